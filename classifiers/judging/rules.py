"""Rules in front of the classifier: patterns that must, or must not, give an item a theme, whatever a model says.

    [[rule]]
    id = "ieee-802"
    theme = "standards"
    must = 'IEEE\\s+802\\.\\d'          # or: must_not = '...'

Patterns are RE2's, whose time is linear in the text: none can hang. They are searched in title, summary and text, as a
subscription's words are (`stream.text.patterns`).
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from classifiers.judging.classify import Judgement
from classifiers.judging.passages import passage_around
from classifiers.judging.text import Field, Span, Text
from stream.errors import ThemewireError
from stream.records import Reason
from stream.text.patterns import found, pattern

__all__ = ["Rule", "Rules", "RulesError", "load_rules"]

_ID = re.compile(r"[a-z0-9-]+")


class RulesError(ThemewireError):
    """A rule cannot be used; the sentence names it and says why."""


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    theme: str
    must: str = ""
    must_not: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: tuple[_Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that gives (`must`) or takes away a theme."""

    id: str
    theme: str
    must: bool
    pattern: Any  # a compiled RE2 pattern; the library is untyped


@dataclass(frozen=True)
class Rules:
    """Rules by the order of their file; a `must_not` outweighs a `must`."""

    rules: Sequence[Rule] = ()

    def of(self, themes: Iterable[str]) -> "Rules":
        """Return those for these themes."""
        known = set(themes)
        return Rules(tuple(rule for rule in self.rules if rule.theme in known))

    def apply(self, text: Text, judgement: Judgement) -> Judgement:
        """Return the judgement as the rules leave it: their probabilities are 1 and 0, and `rule` names those that
        matched."""
        hits = [(rule, reason) for rule in self.rules if (reason := _found(rule, text)) is not None]
        if not hits:
            return judgement
        given = {rule.theme for rule, _ in hits if rule.must}
        taken = {rule.theme for rule, _ in hits if not rule.must}
        given -= taken
        themes = {
            theme: 0.0 if theme in taken else 1.0 if theme in given else probability
            for theme, probability in judgement.themes.items()
        }
        tags = tuple(theme for theme in themes if theme in given or (theme in judgement.tags and theme not in taken))
        reasons = tuple(reason for rule, reason in hits if rule.must and rule.theme in given)
        others = tuple(r for r in judgement.reasons if r.theme in tags and r.theme not in given)
        own = judgement.own
        before, after = set(judgement.tags) - own.keys(), set(tags) - own.keys()
        return replace(
            judgement,
            themes=themes,
            tags=tags,
            decision="tagged" if given - own.keys() else "none" if before and not after else judgement.decision,
            own={t: "tagged" if t in given else "none" if t in taken else decision for t, decision in own.items()},
            reasons=reasons + others,
            rule=",".join(rule.id for rule, _ in hits),
            spans={**{t: s for t, s in judgement.spans.items() if t not in given}, **_spans(reasons, text)},
        )


def load_rules(path: Path, themes: Iterable[str]) -> Rules:
    """Return the rules of a file, none where there is no file; raises `RulesError`."""
    try:
        rows = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).rule
    except FileNotFoundError:
        return Rules()
    except (OSError, ValueError) as error:  # TOML's, UTF-8's and msgspec's errors are ValueErrors
        raise RulesError(f"the rules in {path} cannot be read: {error}") from error
    known = tuple(themes)
    rules: list[Rule] = []
    for row in rows:
        if row.id in {rule.id for rule in rules}:
            raise RulesError(f"{path}: two rules have the id {row.id!r}")
        try:
            rules.append(_rule(row, known))
        except ValueError as error:
            raise RulesError(f"{path}, rule {row.id!r}, is refused: {error}") from error
    return Rules(tuple(rules))


def _rule(row: _Row, themes: Sequence[str]) -> Rule:
    if not _ID.fullmatch(row.id):
        raise ValueError("an id is made of a-z, 0-9 and dashes")
    if row.theme not in themes:
        raise ValueError(f"there is no theme {row.theme!r}; there are: {', '.join(themes)}")
    if bool(row.must) == bool(row.must_not):
        raise ValueError("a rule has one pattern, `must` or `must_not`")
    return Rule(row.id, row.theme, bool(row.must), pattern(row.must or row.must_not))


def _found(rule: Rule, text: Text) -> Reason | None:
    """The span that matches, with the weight of certainty."""
    for field, value in (("title", text.title), ("summary", text.summary), ("text", text.text)):
        if (span := found(rule.pattern, value)) is not None:
            return Reason(rule.theme, field, *span, 1.0)
    return None


def _spans(reasons: Iterable[Reason], text: Text) -> dict[str, Span]:
    """What stands around a match in the text, which people are not shown as a whole."""
    field: Field = "text"
    inside = [reason for reason in reasons if reason.field == field]
    return {r.theme: Span(field, *passage_around(text.text, r.start, r.end)) for r in inside}
