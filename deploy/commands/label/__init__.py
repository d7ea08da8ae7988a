"""`themewire label`: what people say of items are records on `labels`; taggers heed them at once, trainings later.

add, undo ── a word on an item, or its taking back ─► labels               (saying)
import, export ── files of labels                                          (moving)
conflicts ── labels that cannot all be right                               (looking)
next ── which item to label now, one after the other                       (choosing)
"""

import click

from deploy.commands.label import choosing, looking, moving, saying

__all__ = ["command"]


@click.group("label")
def command() -> None:
    """Say which themes items are of and are not of; taggers heed it at once, and trainings learn from it."""


for _each in (
    saying.add,
    looking.conflicts,
    moving.export,
    moving.import_,
    choosing.next_,
    saying.undo,
):
    command.add_command(_each)
