"""How right a model is on the world's text: `python -m tests.bench.world --real FILE --feeds FOLDER`.

    --real FILE      labelled real items, which no model has learnt; each may say `hard` and `source`
    --feeds FOLDER   feed files, the newest entries of each: what is ordinary. Those that were read and found to be of
                     a theme (`ordinary.jsonl` beside this file has pointers, no texts) count as that. Shares are of
                     feeds that set no threshold; with --openings no more than the entries' openings is judged.
    --written FILE   labelled written items that ship as statements: judged in parts, whole groups at a time, by
                     models that have not learnt the part
    --list FILE      writes the entries that were tagged or nearly, to be read by a person

Figures come with the interval of 95 of 100 resamplings. `--vectors FILE` keeps vectors for the next round.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.model import from_bytes
from classifiers.judging.passages import MOST
from classifiers.judging.text import Text
from classifiers.learning.examples import examples_of
from classifiers.learning.kept_vectors import keeping
from classifiers.learning.model_cache import shipped_model
from classifiers.learning.train import train
from classifiers.learning.vector_cache import reading_shipped
from collectors.parsing.parse import parse
from collectors.parsing.parsed import ParseFailed
from deploy.settings.model import Settings
from seeds.statements import load_statements
from stream.themes.saved import shipped_themes
from tests.bench.judging import text_of_entry

__all__ = ["Labelled", "entries", "figures", "is_measure", "read", "recalls"]

Truth = NDArray[np.bool_]
READ = Path(__file__).with_name("ordinary.jsonl")
RATES = (2, 5, 15)  # false alerts in 1,000 ordinary items
PARTS, RESAMPLED = 5, 1000


class Labelled(msgspec.Struct, frozen=True):
    """A labelled item."""

    title: str
    themes: tuple[str, ...]
    lang: str = ""
    summary: str = ""
    hard: bool = False
    source: str = ""
    group: str = ""


class Read(msgspec.Struct, frozen=True):
    """What a reader said of a feed's entry: its themes, and whether an alert of each of `alike` is borderline."""

    feed: str
    entry: str
    themes: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def read() -> dict[tuple[str, str], Read]:
    """What a reader said of entries, by file and name."""
    return {(row.feed, row.entry): row for row in msgspec.json.Decoder(Read).decode_lines(READ.read_bytes())}


def is_measure(feed: str) -> bool:
    """Whether a feed file is one to measure by, and not one of the background."""
    return bool(hashlib.sha256(feed.encode()).digest()[0] % 2)


def name_of(text: Text) -> str:
    """A pointer to an entry that holds nothing of its text."""
    return hashlib.sha256(f"{text.title}\n{text.summary}".encode()).hexdigest()[:16]


def entries(folder: Path, each: int) -> dict[tuple[str, str], Text]:
    """The newest entries of each feed file, by file and name; an entry that many files carry counts once."""
    found: dict[tuple[str, str], Text] = {}
    seen: set[str] = set()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".xml", ".json")):
        parsed = parse(path.read_bytes(), "", f"http://feeds.example/{path.name}")
        if not isinstance(parsed, ParseFailed):
            for text in map(text_of_entry, parsed.entries[:each]):
                name = name_of(text)
                if name not in seen and (text.title or text.summary):
                    found[path.stem, name] = text
                    seen.add(name)
    return found


def figures(judged: Sequence[Judgement], gold: Sequence[Labelled], themes: Sequence[str]) -> dict[str, float]:
    """Shares of these items, as `classifiers.measuring.evaluate` has them, and of the sure by decision."""
    truth = np.array([[theme in row.themes for theme in themes] for row in gold], dtype=bool)
    tags = np.array([[theme in one.tags for theme in themes] for one in judged], dtype=bool)
    sure = np.array([one.decision != "unsure" for one in judged], dtype=bool)
    tagged = np.array([one.decision == "tagged" for one in judged], dtype=bool)
    return counted(truth, tags, sure, tagged, np.arange(len(gold)))


def counted(truth: Truth, tags: Truth, sure: Truth, tagged: Truth, rows: NDArray[np.intp]) -> dict[str, float]:
    """The figures of some rows."""
    truth, tags, sure, tagged = truth[rows], tags[rows], sure[rows], tagged[rows]
    right, none = (truth == tags).all(axis=1), ~truth.any(axis=1)
    f1 = [2 * (a & b).sum() / max(1, a.sum() + b.sum()) for a, b in zip(tags.T, truth.T, strict=True) if b.any()]
    return {
        "macro-F1": float(np.mean(f1)) if f1 else float("nan"),
        "false alerts": _share(tags[none].any(axis=1)),
        "coverage": _share(sure),
        "sure right": _share(right[sure]),
        "sure tags right": _share(right[tagged]),
        "sure none right": _share(right[sure & ~tagged]),
        "alerted": _share((tags & truth)[tagged].sum() / max(1, truth.sum())),
    }


def recalls(ordinary: Sequence[Judgement], real: Sequence[Judgement], gold: Sequence[Labelled]) -> dict[str, float]:
    """For each rate of false alerts the recall of themed items, each theme with the same share of the false alerts."""
    themes = list(real[0].themes)
    quiet, said = _rows(ordinary, themes), _rows(real, themes)
    truth = np.array([[theme in row.themes for theme in themes] for row in gold], dtype=bool)
    found = {}
    for rate in RATES:
        best = 0.0
        for part in np.arange(0.2, 1.01, 0.05):
            at = np.sort(quiet, axis=0)[::-1][int(part * rate / 1000 * len(quiet))]
            if (quiet > at).any(axis=1).sum() <= rate / 1000 * len(quiet):
                best = max(best, float(((said > at) & truth).sum() / truth.sum()))
        found[f"recall at {rate} in 1,000"] = best
    return found


def report(judged: Sequence[Judgement], gold: Sequence[Labelled], themes: Sequence[str]) -> Iterator[str]:
    """The figures with intervals, and by kind of item."""
    truth = np.array([[theme in row.themes for theme in themes] for row in gold], dtype=bool)
    tags = np.array([[theme in one.tags for theme in themes] for one in judged], dtype=bool)
    sure = np.array([one.decision != "unsure" for one in judged], dtype=bool)
    tagged = np.array([one.decision == "tagged" for one in judged], dtype=bool)
    chance = np.random.default_rng(0)
    draws = [counted(truth, tags, sure, tagged, chance.integers(0, len(gold), len(gold))) for _ in range(RESAMPLED)]
    for name, value in figures(judged, gold, themes).items():
        low, high = np.nanquantile([draw[name] for draw in draws], (0.025, 0.975))
        yield f"{name:18}{value:7.3f}   {low:.3f}–{high:.3f}"
    for column, theme in enumerate(themes):
        hit, said, true = (tags & truth)[:, column].sum(), tags[:, column].sum(), truth[:, column].sum()
        yield f"{theme:24} precision {hit / max(1, said):.2f}  recall {hit / max(1, true):.2f}  of {true}"
    kinds: Mapping[str, Iterable[str]] = {
        "hard": ["hard" if row.hard else "easy" for row in gold],
        "language": [row.lang for row in gold],
        "source": [row.source for row in gold],
    }
    for kind, values in kinds.items():
        names = list(values)
        for value in sorted(set(names), key=lambda value: (-names.count(value), value)):
            own = [at for at, name in enumerate(names) if name == value]
            if value and len(own) >= 8:
                part = figures([judged[at] for at in own], [gold[at] for at in own], themes)
                yield f"{kind}: {value} ({len(own)})  " + "  ".join(f"{k} {v:.2f}" for k, v in part.items())


def by_parts(gold: Sequence[Labelled], settings: Settings, encoders: Encoders, languages: Languages) -> list[Judgement]:
    """What models say of written items that they have not learnt, nor others of their groups."""
    themes, statements, shipped = shipped_themes(), load_statements(), reading_shipped(encoders)
    found: dict[int, Judgement] = {}
    for part in range(PARTS):
        own = [at for at, row in enumerate(gold) if _part(row.group or row.title) == part]
        titles = {gold[at].title for at in own}
        rest = [one for one in statements if one.title not in titles]
        model = train(examples_of(rest), themes, settings.classify.encoder, encoders=shipped)
        judge = Classifier(model, encoders, languages).judge
        texts = [Text(gold[at].title, gold[at].summary) for at in own]
        found |= dict(zip(own, judge(texts, reasons=False, token_vectors=False), strict=True))
    return [found[at] for at in range(len(gold))]


def _part(group: str) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % PARTS


def _rows(judged: Sequence[Judgement], themes: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[one.themes[theme] for theme in themes] for one in judged])


def _share(truth: Truth | float) -> float:
    return float(np.mean(truth)) if np.size(truth) else float("nan")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.world", description=__doc__)
    for option in ("--real", "--feeds", "--written", "--list", "--vectors", "--model"):
        parser.add_argument(option, type=Path)
    parser.add_argument("--each", type=int, default=3, help="entries of each feed")
    parser.add_argument("--openings", action="store_true", help="judges nothing but the entries' openings")
    asked = parser.parse_args()
    settings, languages = Settings(), Languages()
    encoders = keeping(Encoders(), asked.vectors) if asked.vectors else Encoders()
    labelled = msgspec.json.Decoder(Labelled).decode_lines
    record = shipped_model()
    data = asked.model.read_bytes() if asked.model else record.data if record else b""
    model = from_bytes(data)
    judge = Classifier(model, encoders, languages).judge

    def judged(texts: Sequence[Text]) -> list[Judgement]:
        return judge(texts, reasons=False, token_vectors=False)

    real, said = (), []
    if asked.real:
        real = labelled(asked.real.read_bytes())
        said = judged([Text(row.title, row.summary) for row in real])
        print("\n".join(report(said, real, model.themes)))
    if asked.written:
        written = labelled(asked.written.read_bytes())
        print("\nwritten, by models that have not learnt them")
        print("\n".join(report(by_parts(written, settings, encoders, languages), written, model.themes)))
    if asked.feeds:
        texts = entries(asked.feeds, asked.each)
        read_by = Classifier(model, encoders, languages, 1 if asked.openings else MOST).judge
        ordinary = dict(zip(texts, read_by(list(texts.values()), reasons=False, token_vectors=False), strict=True))
        print("\n".join(told(ordinary, said, real)))
        if asked.list:
            asked.list.write_text("\n".join(listed(texts, ordinary)), encoding="utf-8")


def told(
    ordinary: Mapping[tuple[str, str], Judgement], said: Sequence[Judgement], real: Sequence[Labelled]
) -> Iterator[str]:
    """What becomes of ordinary entries; those that a reader found to be of a theme are none of them."""
    known = read()
    themed = {at for at in ordinary if at in known and (known[at].themes or known[at].alike)}
    rest = [one for at, one in ordinary.items() if is_measure(at[0]) and at not in themed]
    yield f"\n{len(ordinary)} entries, of which {len(themed)} are known to be of a theme or on its border"
    yield f"{len(rest)} others are of feeds that set no threshold:"
    for decision in ("tagged", "unsure", "none"):
        own = [one for one in rest if one.decision == decision]
        yield f"{decision:8}{1000 * len(own) / len(rest):8.1f} in 1,000"
    alerts = [(at, tag, one.decision) for at, one in ordinary.items() for tag in one.tags]
    for sure in ("tagged", "unsure"):
        words = [_word(known.get(at), tag) for at, tag, decision in alerts if decision == sure]
        yield f"alerts, {sure}: " + ", ".join(
            f"{words.count(w)} {w}" for w in ("right", "borderline", "wrong", "unread")
        )
    if real:
        for name, value in recalls(rest, said, real).items():
            yield f"{name:24}{value:.3f}"


def _word(read: Read | None, theme: str) -> str:
    if read is None:
        return "unread"
    return "right" if theme in read.themes else "borderline" if theme in read.alike else "wrong"


def listed(texts: Mapping[tuple[str, str], Text], ordinary: Mapping[tuple[str, str], Judgement]) -> Iterator[str]:
    """The entries with the highest probabilities, for a reader."""
    order = sorted(ordinary, key=lambda at: (ordinary[at].decision != "tagged", -max(ordinary[at].themes.values())))
    for at in order[: max(400, sum(bool(one.tags) for one in ordinary.values()))]:
        one, text = ordinary[at], texts[at]
        yield json.dumps(
            {
                "feed": at[0],
                "entry": at[1],
                "decision": one.decision,
                "tags": {t: one.themes[t] for t in one.tags},
                "most": max(one.themes, key=lambda theme: one.themes[theme]),
                "at": max(one.themes.values()),
                "title": text.title[:200],
                "summary": text.summary[:300],
                "passages": {t: (getattr(text, s.field))[s.start : s.end] for t, s in one.spans.items()},
            },
            ensure_ascii=False,
        )


if __name__ == "__main__":
    main()
