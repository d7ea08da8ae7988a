"""`themewire themes`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "themes",
    "Add, list, show and remove themes of your own, beside those that ship.",
    ("add", "list", "preview", "remove", "show"),
)
