"""The rows of the story stage, and what follows from a story's row alone."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from stream.engine.tables import Table
from stream.records import Tagged
from stream.stories.hubness import MEAN_COSINE, MEAN_MAXSIM

__all__ = ["MEMBERS", "OPEN", "STORIES", "Member", "Open", "Part", "Story", "independent", "lead", "with_part"]


class Open(msgspec.Struct, frozen=True):
    """A row: an item whose story others may still join; it goes when that time is over. `at` and `begun` are ms.

    `begun` is the event time of the story's first item, `vectors` and `token_vectors` are those of
    the candidate, and the means how similar it was to what was open when it came (`stream.stories.hubness`).
    """

    story: str
    item: str
    at: int
    begun: int
    title: str
    summary: str
    lang: str
    vectors: dict[str, bytes] = {}
    token_vectors: bytes = b""
    mean_cosine: float = MEAN_COSINE
    mean_maxsim: float = MEAN_MAXSIM
    v: int = 1


class Member(msgspec.Struct, frozen=True):
    """A row: to which story an item belongs (none while it has never stood), and how it was last classified.

    After some months only that it was there is kept, and `tagged` is None.
    """

    story: str
    revision: int
    tagged: Tagged | None = None
    v: int = 1


class Part(msgspec.Struct, frozen=True):
    """An item in a story: whether it stands, whether it was news when it came, and whether the classifier is sure.

    `outlet` are the names under which who published it is known. `copy_of` is an item of the story with the same text.
    """

    item: str
    outlet: tuple[str, ...]
    stands: bool
    fresh: bool
    copy_of: str = ""
    sure: bool = True


class Story(msgspec.Struct, frozen=True):
    """A row: the items of a story in their order, and its last alert.

    `seq` is -1 while nothing was, as for items that were history when they came. `shown` (a hash), `independent`
    and `sure` are what a reader has been shown. `related` are other stories, by how probable it is that they are of the
    same event.
    """

    seq: int = -1
    kind: str = ""
    shown: str = ""
    independent: int = 1
    begun: int = 0
    parts: tuple[Part, ...] = ()
    sure: bool = True
    related: dict[str, float] = {}
    v: int = 1


OPEN = Table("open", Open)  # by THEME/ITEM; due: when nothing can join it any more
MEMBERS = Table("members", Member)  # by THEME/ITEM; due: when what was judged of it is forgotten
STORIES = Table("stories", Story)  # by story


def with_part(story: Story, part: Part) -> Story:
    """Return the story with this part in place of its item's, or behind the others."""
    if any(known.item == part.item for known in story.parts):
        parts = tuple(part if known.item == part.item else known for known in story.parts)
    else:
        parts = (*story.parts, part)
    return replace(story, parts=parts)


def is_sure(parts: Sequence[Part]) -> bool:
    """Return whether the classifier, or a person, is sure of an item that stands."""
    return any(part.stands and part.sure for part in parts)


def lead(parts: Sequence[Part]) -> Part | None:
    """Return the part that a story shows: the first that stands, one that was news before one that was history."""
    standing = [part for part in parts if part.stands]
    return min(standing, key=lambda part: not part.fresh, default=None)


def independent(parts: Sequence[Part]) -> int:
    """Return how many tell of it by themselves: what stands, less copies, and each outlet once.

    A copy of a copy is one of the first, also where that stands no more.
    """
    names: list[set[str]] = []  # of each group: its items and outlets
    for part in parts:
        own = {f"item {part.item}", *(f"outlet {name}" for name in part.outlet)}
        if part.copy_of:
            own.add(f"item {part.copy_of}")
        joined = [group for group in names if group & own]
        names = [group for group in names if not group & own] + [own.union(*joined)]
    standing = {f"item {part.item}" for part in parts if part.stands}
    return sum(bool(group & standing) for group in names)
