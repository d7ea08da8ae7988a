"""`themewire export`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.exporting.export import export
from deploy.exporting.folder import Wish
from deploy.exporting.formats import FORMATS
from deploy.exporting.rows import EXPORTS
from deploy.options import CommandError, common, opened
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.themes.rules import no_such_theme
from stream.themes.saved import every_theme

__all__ = ["command"]


def _moment(_: click.Context, __: click.Parameter, value: str) -> int:
    """A date or time in UTC, in milliseconds; 0 where none is given."""
    if not value:
        return 0
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no date or time, as 2026-03-04 or 2026-03-04T10:00") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


@click.command("export")
@click.argument("what", type=click.Choice(list(EXPORTS)))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="parquet", show_default=True)
@click.option("--theme", "themes", multiple=True, metavar="THEME", help="Only of this theme; several with more.")
@click.option("--since", callback=_moment, default="", metavar="DATE", help="From this date or time (UTC) on.")
@click.option("--until", callback=_moment, default="", metavar="DATE", help="Up to this date or time (UTC).")
@common
def command(
    settings: Settings, what: str, folder: Path, form: str, themes: tuple[str, ...], since: int, until: int
) -> None:
    """Export items, judgements, alerts or labels to files in FOLDER, for analysis.

    The same command again adds what has come since, or goes on where it was cut off: each row is there once.
    docs/export.md describes the columns.
    """
    with opened(settings) as log:
        known = every_theme(log)
        for theme in themes:
            if theme not in known:
                raise CommandError(no_such_theme(theme, known))
        wish = Wish(what=what, format=form, themes=tuple(sorted({*themes})), since=since, until=until)
        done = export(log, folder, wish, known)
    if done.lost:
        click.echo(
            f"warning: {plural(done.lost, 'record')} went by retention before this export had read them: "
            "run it more often",
            err=True,
        )
    click.echo(
        f"{plural(done.rows, 'row')} in {plural(done.parts, 'file')} added to {folder}; in all {done.rows_in_all}"
    )
