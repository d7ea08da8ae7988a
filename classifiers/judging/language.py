"""Which language a text is in, and whether it is one that the classifier was taught."""

import html
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

__all__ = ["TAUGHT", "Language", "Languages"]

TAUGHT = ("de", "el", "en", "es", "fi", "fr", "id", "it", "ja", "ko", "la", "pt", "ru", "sa", "zh")

# Told apart from ours, so that a foreign text is seen to be one. Close relatives that would take our own texts
# (Malay from Indonesian, Galician and Catalan from Spanish and Portuguese) are left out.
_FOREIGN = (
    *("ar", "bg", "bn", "cs", "da", "fa", "he", "hi", "hu", "hy", "ka", "nl", "no", "pl", "ro", "sv", "ta", "th"),
    *("tr", "uk", "vi"),
)
_SURE = 0.6  # below this the declared language, where there is one, is the better guess


@dataclass(frozen=True, slots=True)
class Language:
    """A two-letter code with a confidence from 0 to 1."""

    code: str
    confidence: float


class Languages:
    """Detects languages; loading takes about a second, so it is done once and handed on."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages([*TAUGHT, *_FOREIGN])

    def detect(self, text: str, declared: str = "") -> Language:
        """Return the language of a text; the declared one is taken only where the text leaves it open."""
        code, confidence = self._identifier.classify(html.unescape(text))
        hint = declared.strip().lower().replace("_", "-").split("-")[0]
        if confidence < _SURE and hint in TAUGHT:
            return Language(hint, _SURE)
        return Language(str(code), round(float(confidence), 4))
