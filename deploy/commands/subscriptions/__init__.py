"""`themewire subscriptions`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "subscriptions",
    "Say who wants to hear of what, when and where; try it before it counts.",
    ("add", "atom", "check", "list", "mute", "precision", "preview", "remove", "show", "test"),
)
