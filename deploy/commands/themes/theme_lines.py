"""What commands say of a theme of one's own."""

from deploy.wording import plural
from stream.records import OwnTheme

__all__ = ["status_of", "theme_row"]


def status_of(theme: OwnTheme) -> str:
    """How far it is, in one sentence."""
    own, other = theme.examples
    if not theme.head:
        return "it is saved, and judges items once the role `train` has learnt it"
    if not own + other:
        return "it judges by its description alone, so all that it tags is unsure"
    learnt = f"learnt from {plural(own, 'item')} of it and {other} that are not"
    if theme.sure:
        found = theme.evaluation.get("recall.sure", 0.0)
        return f"{learnt}; its alerts may be sure ({found:.0%} of what was held back would be)"
    return f"{learnt}; what it tags is unsure until it has: {theme.note}"


def theme_row(theme: OwnTheme) -> dict[str, object]:
    """What `--json` says of it; the names are a contract."""
    return {
        "id": theme.id,
        "ships": False,
        "name": theme.name,
        "about": theme.about,
        "not_about": list(theme.not_about),
        "revision": theme.revision,
        "added_at": theme.added_at,
        "sure": theme.sure,
        "status": status_of(theme),
        "examples": {"of": theme.examples[0], "not": theme.examples[1]},
        "model": theme.model,
        "trained_at": theme.trained_at or None,
        "evaluation": theme.evaluation,
        "checks": [{name: getattr(check, name) for name in check.__struct_fields__} for check in theme.checks],
        "note": theme.note,
    }
