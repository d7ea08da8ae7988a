"""What commands say of a theme of one's own."""

from deploy.running.own_themes import status_of
from stream.records import OwnTheme

__all__ = ["theme_row"]


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
