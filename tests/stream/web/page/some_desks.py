"""Desks of labels, models and themes that note what is asked of them."""

from collections.abc import Collection

from msgspec.structs import replace

from stream.records import Check, Item, Label, ModelRecord, OwnTheme
from stream.themes.rules import InvalidTheme
from stream.web.page import DeadDesk, DeadRow, Doubted, Job, LabelDesk, ModelDesk, Said, ThemeDesk, ThemeWish
from tests.stream.web.page.some_texts import EVIL, NOW

__all__ = ["SomeDead", "SomeLabels", "SomeModels", "SomeThemes", "item", "model"]


def item(key: str, title: str = EVIL) -> Item:
    return Item(
        id=key, feed="f", source=EVIL, entry="e", revision=0, url="", title=title, summary=EVIL, lang="en",
        published=NOW, date_quality="trusted", first_seen=NOW, baseline=False,
    )  # fmt: skip


def model(key: str, **of: object) -> ModelRecord:
    checks = (
        Check("average precision", "t", 0.9, 0.8, good=True, serving=0.82),
        Check("false alerts", "", 0.2, 0.1, good=False, serving=0.05),
    )
    record = ModelRecord(
        id=key, data=b"", training_hash="", weights_hash="", promoted_at=0, trained_at=NOW - 60_000, examples=12,
        checks=checks,
    )  # fmt: skip
    return replace(record, **of)  # type: ignore[arg-type]


class SomeLabels:
    """A desk on which what is said is noted."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.said: list[Label] = []
        self.undone: list[str] = []
        self.doubted: list[Doubted] = []

    def desk(self) -> LabelDesk:
        def say(name: str, who: str, yes: tuple[str, ...], no: tuple[str, ...], confirmed: bool) -> str:
            label = f"label {len(self.said) + 1}"
            made = Label(id=label, item=item(name), who=who, origin="", at=NOW, yes=yes, no=no, confirmed=confirmed)
            self.said.append(made)
            return label

        return LabelDesk(
            lambda: [each for each in self.waiting if each not in {label.item.id for label in self.standing}],
            lambda at: [label for label in reversed(self.standing) if label.at >= at],
            lambda: self.doubted,
            say,
            lambda name, who, label: self.undone.append(label),
        )

    @property
    def standing(self) -> list[Label]:
        return [label for label in self.said if label.id not in self.undone]


class SomeModels:
    """A desk on which trainings begin and never end by themselves."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.records: list[ModelRecord] = []
        self.decided: list[tuple[str, ...]] = []

    def desk(self) -> ModelDesk:
        return ModelDesk(
            self.jobs.get,
            lambda: self.jobs.update(train=Job("train", "A training", NOW, total=4, done=1, steps=(EVIL,))),
            lambda name: self.decided.append(("replay", name)),
            lambda name: self.decided.append(("cancel", name)),
            lambda: self.records,
            lambda name: self.decided.append(("promote", name)),
            lambda name, who: self.decided.append(("refuse", name, who)),
        )


class SomeThemes:
    """A desk on which themes are wished for, and work on them begins."""

    def __init__(self) -> None:
        self.mine: list[OwnTheme] = []
        self.spoken: list[Said] = []
        self.jobs: dict[tuple[str, str], Job] = {}
        self.done: list[object] = []

    def desk(self) -> ThemeDesk:
        def save(wish: ThemeWish, who: str) -> None:
            if "nonsense" in wish.about:
                raise InvalidTheme(f"{wish.about!r} says too little")
            self.done.append(wish)

        def remove(theme: str, force: bool) -> None:
            if not force:
                raise InvalidTheme("it is asked for")
            self.done.append(("remove", theme))

        return ThemeDesk(
            lambda: self.mine,
            lambda theme: f"it is unsure {EVIL}",
            lambda theme: self.spoken,
            save,
            remove,
            lambda kind, theme: self.done.append((kind, theme)),
            lambda kind, theme: self.jobs.get((kind, theme)),
            lambda name: self.done.append(("cancel", name)),
        )


class SomeDead:
    """A desk of dead records that are gone once they were given back."""

    def __init__(self) -> None:
        self.rows: list[DeadRow] = []

    def desk(self) -> DeadDesk:
        def requeue(wanted: Collection[tuple[str, str]]) -> int:
            gone = [row for row in self.rows if (row.origin, row.stage) in wanted and not row.stays]
            self.rows = [row for row in self.rows if row not in gone]
            return len(gone)

        return DeadDesk(lambda: self.rows, requeue)
