"""What the shipped model makes of the texts of `gazette`: `python -m tests.bench.gazette_judged [ITEMS]`."""

import sys
from collections import Counter
from collections.abc import Sequence

from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoder, Encoders, Vectors
from classifiers.judging.model import from_bytes
from classifiers.judging.text import Text
from classifiers.learning.model_cache import shipped_model
from tests.bench.gazette import entry_text


class _Counting:
    """An encoder that knows how many texts it has read."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim = encoder.name, encoder.dim
        self._encoder = encoder
        self.read = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        self.read += len(texts)
        return self._encoder.encode(texts)


def main() -> None:
    """Prints how many texts each encoder reads, and how the items are decided on."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    model, loaded = from_bytes(shipped_model().data), Encoders()
    counting = {name: _Counting(loaded.get(name)) for name in model.heads[-1].encoders}
    encoders = Encoders(more={name: lambda name=name: counting[name] for name in counting})  # type: ignore[misc]
    texts = [Text(*entry_text(str(number % 240), number)) for number in range(count)]
    judged = Classifier(model, encoders).judge(texts, reasons=False, token_vectors=False)
    read = ", ".join(f"{name} {each.read}" for name, each in counting.items())
    print(f"{count} items: {dict(Counter(one.decision for one in judged))}; texts read: {read}")


if __name__ == "__main__":
    main()
