"""Which language a text is in, and whether it is one that the classifier was taught."""

import html
import re
from dataclasses import dataclass

import numpy as np
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

# Languages that share a script, with the letters of the others that each never uses. A text without any such letter is
# open: only who wrote it knows.
_HAN = "\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SHARED = (
    (
        re.compile(f"[{_HAN}]"),
        {"zh": "[\u3041-\u30ff\uac00-\ud7a3]", "ja": "[\uac00-\ud7a3]", "ko": "[\u3041-\u30ff]"},
    ),
    (re.compile("[\u0400-\u04ff]"), {"ru": "[іїєґўј]", "uk": "[ыэъёўј]", "bg": "[ыэёіїєґўј]"}),
    (re.compile("[\u0900-\u097f]"), {"hi": "[ॠऌॡ]", "sa": "[\u095c\u095d\u0929\u0931\u0934]"}),
    (re.compile("[\u0621-\u06d3]"), {"ar": "[پچژگکی]", "fa": "[ةيك]"}),
)
_WRITTEN_IN = {"ja": "euc_jis_2004", "ko": "euc_kr"}  # which have none of the characters that only Chinese has
# Countries' codes, and codes of before, that feeds give as a language.
_MEANT = {
    "jp": "ja", "kr": "ko", "cn": "zh", "tw": "zh", "gr": "el", "cz": "cs", "dk": "da", "se": "sv", "ua": "uk",
    "iw": "he", "in": "id", "nb": "no", "nn": "no",
}  # fmt: skip


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
        # Of these languages alone, a feature beside the other: else each number that is read is far from the next.
        self._identifier.nb_ptc = np.ascontiguousarray(self._identifier.nb_ptc)

    def detect(self, text: str, declared: str = "") -> Language:
        """Return the language of a text; the declared one is taken only where the text leaves it open.

        That is where the text says too little, or is in the script of both and has nothing that the declared one lacks:
        kanji alone do not speak against Japanese.
        """
        plain = html.unescape(text)
        code, confidence = self._identifier.classify(plain)
        hint = declared.strip().lower().replace("_", "-").split("-")[0]
        hint = _MEANT.get(hint, hint)
        if (confidence < _SURE and hint in TAUGHT) or (hint != code and _as_well(plain.lower(), hint, str(code))):
            return Language(hint, _SURE)
        return Language(str(code), round(float(confidence), 4))


def _as_well(text: str, hint: str, code: str) -> bool:
    """Whether a text that was taken for one language is as well written in another, by its letters."""
    for script, languages in _SHARED:
        if code in languages and hint in languages and not re.search(languages[hint], text):
            own = "".join(script.findall(text))
            return bool(own) and _writable(own, hint)
    return False


def _writable(characters: str, language: str) -> bool:
    try:
        characters.encode(_WRITTEN_IN.get(language, "utf-8"))
    except UnicodeEncodeError:
        return False
    return True
