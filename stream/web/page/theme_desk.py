"""What the page asks of the rooms above about themes: one's own, what people said, and what is done to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.records import Item, OwnTheme
from stream.web.page.job import Job

__all__ = ["Previewed", "Said", "ThemeDesk", "ThemeWish"]


@dataclass(frozen=True)
class Said:
    """What people say of an item and a theme: that it is of it (`yes`) or not; by whom, and when last (ms)."""

    item: Item
    yes: bool
    people: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class ThemeWish:
    """A theme as somebody wants it: `examples` of it and `others` that are not, as ids of items, and as texts."""

    id: str
    name: str
    about: str
    not_about: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    example_texts: tuple[str, ...] = ()
    other_texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Previewed:
    """What a theme would have tagged of so many items of the last days, `surely` and not, and the likeliest of either:
    (item, title, language, address, first seen (ms), probability)."""

    items: int
    surely: int
    unsurely: int
    sure: tuple[tuple[str, str, str, str, int, float], ...]
    unsure: tuple[tuple[str, str, str, str, int, float], ...]


@dataclass(frozen=True)
class ThemeDesk:
    """Themes of one's own without their heads, each with its `status` in a sentence; what was `said` of a theme, the
    latest first; `save` for a wish and who has it; `remove`, by force where subscriptions ask for it; and `work` of a
    kind (`learn`, `preview` or `search`) on a theme, which is a `job`. They raise `InvalidTheme` and `RequestRefused`.
    """

    own: Callable[[], Sequence[OwnTheme]]
    status: Callable[[OwnTheme], str]
    said: Callable[[str], Sequence[Said]]
    save: Callable[[ThemeWish, str], None]
    remove: Callable[[str, bool], None]
    work: Callable[[str, str], None]
    job: Callable[[str, str], Job | None]
    cancel: Callable[[str], None]
