"""How probable it is that an item tells of the event that a story is about, and whether its text is a copy: pure."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from stream.stories.features import Common, FeatureExtractor, Features

__all__ = [
    "OWN",
    "WEIGHTS",
    "Letters",
    "Similarity",
    "Surroundings",
    "evidence",
    "from_one_template",
    "is_copy",
    "nearest",
    "plain",
    "same_event_probability",
    "shared_words",
]

RARE = 4.5  # a word of less weight is in texts of many events
OWN = 3.5  # one of less weight is no word of their own to any two texts
COMMON = 3.0  # a number of less weight is in too many texts to say anything
STRETCH = 5  # letters
COPIED = 0.8  # of the shorter text's stretches
MARKS = 1024  # bits, of which a long text has a third
LEAST_COPIED = 30  # letters: shorter texts are no evidence
MOST_OVERLAP = 0.3  # more is a look-alike in the written events, and as often a text that was rewritten in life
TEMPLATE = 0.6  # of the words, weighed
MOST_NUMBERS = 4  # of a text that another has not: how many more says nothing
MOST_NAMES = 3  # that both have: likewise
MOST_MEMBERS = 4  # of a story that is told by many: how many more says nothing
ACROSS = 3  # columns of `WEIGHTS` stand before those for stories that are only told in other languages
_DIGIT = re.compile(r"\d")
_SUFFIX = re.compile(r"\s+[|·–—-]\s+[^|·–—]{2,40}$")

# What each piece of evidence weighs: within a language, then across (`ACROSS`); of each where texts have vectors and
# token vectors, where they have vectors only, and where they have none. `python -m tests.bench.stories --fit` writes
# it. Look-alikes share most words, rare ones too, hence the signs of the overlap and of rare words, but not words that
# no other open item has; of many members the nearest is near by chance.
WEIGHTS: Mapping[str, tuple[float, ...]] = {
    "late interaction": (7.847, 0.0, 0.0, 14.52, 0.0, 0.0),
    "meaning": (2.419, 7.824, 0.0, 9.812, 19.316, 0.0),
    "shared numbers": (0.657, 0.779, 1.131, 1.754, 1.728, 2.368),
    "other numbers": (-0.192, -0.212, -0.27, -1.243, -1.272, -1.406),
    "shared names": (0.291, 0.288, 0.292, 0.608, 0.616, 0.725),
    "other names": (-0.181, -0.143, -0.396, -0.828, -0.818, -1.492),
    "other names, another script": (0.553, 0.691, 0.539, -0.862, -0.661, -1.168),
    "no names": (0.425, 0.493, 0.321, -0.211, -0.126, -0.403),
    "shared countries": (-0.172, -0.212, 0.028, 1.511, 1.46, 2.615),
    "other countries": (-1.31, -1.375, -1.431, -2.01, -1.712, -1.299),
    "overlap": (-30.382, -31.544, -22.675, -39.584, -36.843, 10.795),
    "contained": (6.501, 7.502, 8.369, 4.055, 6.005, 0.336),
    "rare words": (-0.687, -0.636, -0.418, -1.519, -1.458, -0.898),
    "words of their own": (2.114, 2.179, 2.251, 2.653, 2.472, 2.086),
    "hours": (-0.241, -0.248, -0.3, -0.392, -0.398, -0.443),
    "members": (-1.645, -1.64, -1.59, 0.0, 0.0, 0.0),
    "constant": (-2.549, -2.51, -2.462, -5.741, -5.167, -3.072),
}


class Similarity(NamedTuple):
    """How much more similar two texts are than each is to others; None where there is nothing to compare.

    `meaning` is the cosine of their sentence vectors and `maxsim` that of their token vectors
    (`late_interaction`), each corrected for hubness.
    """

    meaning: float | None = None
    maxsim: float | None = None


class Surroundings(NamedTuple):
    """Where an item meets a story: the hours between it and the nearest member, and how many of the other open items
    have each word (none where it is not named)."""

    hours: float = 0.0
    elsewhere: Mapping[str, int] = {}


ALONE = Surroundings()


def nearest(found: Sequence[Similarity]) -> Similarity:
    """Return the similarity of an item to a story, given those to its members."""
    if len(found) == 1:
        return found[0]
    return Similarity(_most(each.meaning for each in found), _most(each.maxsim for each in found))


def evidence(
    story: Sequence[Common], similarity: Similarity, extractor: FeatureExtractor, around: Surroundings = ALONE
) -> dict[str, float]:
    """Return what speaks for and against an item's being of an event, by what it has in common with each member of
    the story that tells of it."""
    item, others = story[0].one, [each.other for each in story]
    names, numbers = _all([member.names for member in others]), _all([member.numbers for member in others])
    countries = _all([member.countries for member in others])
    elsewhere = bool(item.countries - countries and countries - item.countries)
    shared = item.names & names
    named = [member for member in others if item.named and member.named and not shared]
    one_script = any(member.script == item.script for member in named)
    weights = {word: weight for each in story for word, weight in each.words.items()}
    known = around.elsewhere
    return {
        "late interaction": similarity.maxsim or 0.0,
        "meaning": similarity.meaning or 0.0,
        "shared numbers": _much(extractor.weight(each) - COMMON for each in item.numbers & numbers),
        "other numbers": min(MOST_NUMBERS, len(item.numbers - numbers)) if numbers else 0,
        "shared names": min(MOST_NAMES, sum(not name.startswith("=") for name in shared)),
        "other names": one_script,
        "other names, another script": bool(named) and not one_script,
        "no names": not shared and not named,
        "shared countries": bool(item.countries & countries) and not elsewhere,
        "other countries": elsewhere,
        "overlap": min(MOST_OVERLAP, max(each.overlap for each in story)),
        "contained": max(each.contained for each in story),
        "rare words": _much(weight - RARE for weight in weights.values()),
        "words of their own": _much((weight - OWN) / (1 + known.get(word, 0)) for word, weight in weights.items()),
        "hours": math.log1p(around.hours),
        "members": math.log(min(MOST_MEMBERS, len(story))),
        "constant": 1.0,
    }


def _all(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    return sets[0] if len(sets) == 1 else frozenset[str]().union(*sets)


def _much(weights: Iterable[float]) -> float:
    return math.log1p(math.fsum([weight for weight in weights if weight > 0]))  # without rounding: a set has no order


def same_event_probability(
    story: Sequence[Common], similarity: Similarity, extractor: FeatureExtractor, around: Surroundings = ALONE
) -> float:
    """Return the probability that an item is of the event that the members of a story tell of; see `evidence`."""
    one_language = any(each.one.lang == each.other.lang for each in story)
    known = 2 if similarity.meaning is None else 1 if similarity.maxsim is None else 0
    column = known + (0 if one_language else ACROSS)
    found = evidence(story, similarity, extractor, around)
    return 1 / (1 + math.exp(-sum([WEIGHTS[name][column] * value for name, value in found.items()])))


def shared_words(story: Iterable[Common], least: float = 0.0) -> Counter[str]:
    """Return how many of the others have each of an item's words that weigh more than the least."""
    return Counter([word for each in story for word, weight in each.words.items() if weight > least])


def plain(title: str, summary: str) -> str:
    """Return an item's text, without an outlet's name behind the title."""
    return f"{_SUFFIX.sub('', title)} {summary}"


def is_copy(one: str, other: str) -> bool:
    """Whether two texts (see `plain`) are one, or one is the other's shorter version; each way round the same."""
    return Letters.of(one).copies(Letters.of(other))


class Letters(NamedTuple):
    """What is compared of a text to find copies: its letters, how many stretches of them there are, and their marks.

    A mark is one of few bits for each stretch: where a text lacks the mark it lacks the stretch, which most texts do.
    """

    letters: str
    stretches: int
    marks: int

    @classmethod
    def of(cls, text: str) -> "Letters":
        """Return those of a text (see `plain`)."""
        letters = re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).casefold())
        stretches, marks = _stretches(letters), 0
        for place in {hash(stretch) % MARKS for stretch in stretches}:
            marks |= 1 << place
        return cls(letters, len(stretches), marks)

    def copies(self, other: "Letters") -> bool:
        """Whether one of the texts is the other, or a shorter version of it; it gives up as soon as it cannot be."""
        shorter, longer = (self, other) if self.stretches <= other.stretches else (other, self)
        if shorter.stretches <= LEAST_COPIED - STRETCH:
            return False
        missing, most = set[str](), shorter.stretches - math.ceil(COPIED * shorter.stretches)
        if (shorter.marks & ~longer.marks).bit_count() > most:
            return False
        for stretch in _each_stretch(shorter.letters):
            if stretch not in longer.letters:
                missing.add(stretch)
                if len(missing) > most:
                    return False
        return True


def from_one_template(texts: Common) -> bool:
    """Whether two texts are alike but for what they name or count: releases, dockets, advisories are made so.

    Then they tell of different events, however alike they are.
    """
    one, other = texts.one, texts.other
    return one.lang == other.lang and texts.overlap >= TEMPLATE and _own(one, other) and _own(other, one)


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _own(one: Features, other: Features) -> bool:
    """Whether a text has numbers or codes that another has not."""
    return bool(one.numbers - other.numbers) or any(map(_DIGIT.search, one.names - other.names))


@lru_cache(maxsize=100)  # some 50 kB each
def _stretches(letters: str) -> frozenset[str]:
    return frozenset(_each_stretch(letters))


def _each_stretch(letters: str) -> Iterator[str]:
    return (letters[at : at + STRETCH] for at in range(len(letters) - STRETCH + 1))
