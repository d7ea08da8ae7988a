"""`themewire feeds`: people's wishes are records on `feeds`; what became of them is read from the index.

add ── looks at the address, finds the feed behind a page ─► feeds          (adding, looking)
check ── polls as the collectors do, and stores nothing                    (checking, looking)
list, held ── what became of the wishes                                    (listing)
remove, pause, resume, release, import, export ─► feeds                    (wishes)
"""

import click

from deploy.commands.feeds import adding, checking, listing, wishes

__all__ = ["command"]


@click.group("feeds")
def command() -> None:
    """Add, list, check, remove, pause, resume, import and export feeds; see and release what was held back."""


for _each in (
    adding.add,
    checking.check,
    wishes.export,
    listing.held,
    wishes.import_,
    listing.list_,
    wishes.pause,
    wishes.release,
    wishes.remove,
    wishes.resume,
):
    command.add_command(_each)
