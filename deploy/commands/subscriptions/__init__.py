"""`themewire subscriptions`: who wants to hear of what, as records on `subscriptions`; at work within seconds.

add, mute, remove, list, show ── wishes                                    (wishing)
preview ── what one would have sent in the last days, before it is saved   (trying)
test ── one marked alert through its channel                               (trying)
check ── the items that it says must alert, and must not                   (trying)
precision ── how often alerts were right, by the links in them             (measuring)
"""

import click

from deploy.commands.subscriptions import measuring, trying, wishing

__all__ = ["command"]


@click.group("subscriptions")
def command() -> None:
    """Say who wants to hear of what, when and where; try it before it counts."""


for _each in (
    wishing.add,
    trying.check,
    wishing.list_,
    wishing.mute,
    measuring.precision,
    trying.preview,
    wishing.remove,
    wishing.show,
    trying.test,
):
    command.add_command(_each)
