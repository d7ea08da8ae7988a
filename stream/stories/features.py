"""Features of a text that tell which event it is about: names, numbers and words, comparable across scripts."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from stream.stories.countries import countries_in

__all__ = ["Common", "FeatureExtractor", "Features"]

STEM = 5  # letters: the forms of one word in most languages begin alike
RARE = 4  # a word that is in more ordinary texts than this is no name
LEAST_KEY = 3  # letters: shorter keys meet by chance
LEAST_NUMBER = len("#1")  # one digit says nothing

_RUN = re.compile(
    r"(?P<scaled>[0-9]+(?:[.,][0-9]+)?[BKMTbkmt](?![A-Za-z0-9.-]*[A-Za-z0-9]))"
    r"|(?P<code>[A-Za-z]+-?[0-9][A-Za-z0-9.-]*(?<![.-])|[0-9]+[A-Za-z][A-Za-z0-9]*)"
    r"|(?P<number>[0-9]+(?:[., \u202f][0-9]{3}(?![0-9]))*(?:[.,][0-9]+)?)"
    r"|(?P<kana>[ァ-ヺー]{2,})"
    r"|(?P<han>[\u3400-\u9fff\uf900-\ufaff]+)"
    r"|(?P<hangul>[가-힣]+)"
    r"|(?P<indic>[\u0900-\u097f]+)"
    r"|(?P<word>(?:(?![ぁ-ヿ\u3400-\u9fff\uf900-\ufaff가-힣\u0900-\u097f])[^\W\d_])+)"
)
_NEW_SENTENCE = re.compile(r"(?:^|[.!?:;…»«\"“”|·—–])\s*$")
# Sounds that one script writes as another: a name's consonants are much the same in all of them, its vowels are not.
_LIKE = str.maketrans(dict(zip("cqgzvwfdj", "kkksbbpty", strict=True)) | {"l": "r"})
_NO_LETTER = re.compile(r"[^a-z0-9]")
_VOWELS = re.compile(r"[aeiouyh]")
_DOUBLED = re.compile(r"(.)\1+")
_CAPITALS_MEAN_LITTLE = frozenset({"de"})  # every noun has one


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a text.

    `names` are keys: two texts that share one may name the same. `named` says whether names can be told from other
    words, so that two texts with `names` and none in common are about different things; `script` is the main one, and
    `weight` that of all `words` together.
    """

    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    countries: frozenset[str]
    named: bool
    script: str
    lang: str
    weight: float


@dataclass(frozen=True, slots=True)
class Common:
    """What a text has in common with another one: words, and the weighed shares of all words that they are.

    `words` are with their weights. `overlap` is their share of the words that either has, `contained` of the words of
    the one that has less.
    """

    one: Features
    other: Features
    words: Mapping[str, float]
    overlap: float
    contained: float


class FeatureExtractor:
    """Finds the features of texts, and weighs them by inverse document frequency in the texts it was made with."""

    def __init__(self, ordinary: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        texts = list(ordinary)
        for text in texts:
            seen = {(kind, word) for kind, word, _ in _runs(text) if kind != "sound"}
            counts.update({word for _, word in seen} | {_stem(word) for kind, word in seen if kind != "han"})
        self._counts = counts
        self._most = math.log(len(texts) + 1)
        self._weights = {word: self._most - math.log(1 + count) for word, count in counts.items()}
        self.features = lru_cache(maxsize=2_000)(
            self._features
        )  # up to 50 kB each, of what is looked at again and again

    def weight(self, feature: str) -> float:
        """Return how much it says that a text has this word, stem or number: its inverse document frequency."""
        return self._weights.get(feature, self._most)

    def common(self, one: Features, other: Features) -> Common:
        """Return what one text has in common with the other."""
        weight, most = self._weights.get, self._most
        words = {word: weight(word, most) for word in one.words & other.words}
        both, less = math.fsum(words.values()), min(one.weight, other.weight)
        either = one.weight + other.weight - both
        return Common(one, other, words, both / either if either else 0.0, both / less if less else 0.0)

    def _together(self, words: Iterable[str]) -> float:
        weight, most = self._weights.get, self._most
        return math.fsum([weight(word, most) for word in words])  # without rounding: a set has no order

    def _features(self, title: str, summary: str, lang: str) -> Features:
        """The features of an item."""
        words, names, numbers, sure = set(), set(), set(), False
        for kind, word, named in [*_runs(title), *_runs(summary)]:
            if kind == "number":
                numbers |= {word} if len(word) > LEAST_NUMBER else set()
                continue
            if kind in ("han", "sound"):
                names.add(f"={word}")
            if kind == "sound":
                continue
            words.add(word if kind == "han" else _stem(word))
            if named and self._is_rare(word):
                names |= _keys(word)
                sure |= named == "name" and lang not in _CAPITALS_MEAN_LITTLE
        return Features(
            words=frozenset(words),
            names=frozenset(names),
            numbers=frozenset(numbers),
            countries=countries_in(f"{title}\n{summary}", lang),
            named=sure,
            script=_script(title + summary),
            lang=lang,
            weight=self._together(words),
        )

    def _is_rare(self, word: str) -> bool:
        return max(self._counts[word], self._counts[_stem(word)] // 2) <= RARE


def _runs(text: str) -> tuple[tuple[str, str, str], ...]:
    """The kind, the word in Latin letters, and whether it is a `name`, may be one (`perhaps`) or is none, of each run.

    A number is written `#` and its digits without noughts at either end, so that 14 million, 14M and 1400万 are one.
    """
    found = []
    clean = unicodedata.normalize("NFKC", text)
    for match in _RUN.finditer(clean):
        kind, run = match.lastgroup or "", match.group()
        if kind in ("number", "scaled"):
            found.append(("number", _number(run), ""))
        if kind == "han":
            found += [("han" if len(sound) == 2 else "sound", "".join(sound), "") for sound in _pinyin(run)]
        elif kind == "hangul":
            found += [(kind, _roman(part), "perhaps") for part in {run, run[:-1]} if len(part) > 1]
        elif kind != "number" and len(word := _roman(run)) > 1:
            found.append((kind, word, _named(kind, run, clean[: match.start()])))
    return tuple(found)


def _number(run: str) -> str:
    """A number as it is compared: its digits without outer noughts; in a version such as 2.0 they tell."""
    if version := re.fullmatch(r"([0-9]{1,2})[.,]0", run):
        return f"#{version[1]}.0"
    return "#" + (re.sub(r"[^0-9]", "", run).strip("0") or "0")


def _named(kind: str, run: str, before: str) -> str:
    if kind in ("kana", "indic", "code", "scaled"):
        return "perhaps"
    if not run[0].isupper():
        return ""
    return "perhaps" if _NEW_SENTENCE.search(before[-4:]) else "name"


def _pinyin(run: str) -> Iterable[Sequence[str]]:
    """How stretches that are long enough for a name sound in Chinese: other scripts write them so.

    Japanese sounds otherwise, but written in this way its words are those of Chinese, whatever form the signs have.
    """
    sounds = [anyascii(character).lower() for character in run]
    for length in (2, 3, 4):
        for at in range(len(sounds) - length + 1):
            yield sounds[at : at + length]


@lru_cache(maxsize=10_000)  # most words of a text are those of others
def _roman(run: str) -> str:
    return _NO_LETTER.sub("", anyascii(run).lower())


def _stem(word: str) -> str:
    return word[:STEM] if word.isascii() and word.isalpha() else word


def _keys(word: str) -> set[str]:
    """Under which a name is found again: as it is written, how it begins, and by its consonants."""
    keys = {f"={word}"}
    if not word.isalpha():
        return keys
    skeleton = _skeleton(word)
    if len(word) >= STEM:
        keys.add(f"^{word[:STEM]}")
    if len(skeleton) >= LEAST_KEY:
        keys.add(f"~{skeleton}")
    return keys


def _skeleton(word: str) -> str:
    for written, sound in (("ph", "p"), ("sh", "s"), ("ch", "k"), ("x", "ks")):
        word = word.replace(written, sound)
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word.translate(_LIKE)))


_SCRIPTS = {"LATIN": "latin", "CYRILLIC": "cyrillic", "GREEK": "greek", "HANGUL": "hangul", "DEVANAGARI": "indic"}


def _script(text: str) -> str:
    """The script of most letters, a quarter of them being enough for any but Latin: names are often left in it."""
    letters = [character for character in text if character.isalpha()]
    counts = Counter(map(_script_of, letters))
    for script, count in counts.most_common():
        if script != "latin" and count * 4 >= len(letters):
            return script
    return "latin"


@lru_cache(maxsize=10_000)
def _script_of(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "han")
