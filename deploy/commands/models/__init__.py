"""`themewire models`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "models",
    "List, show, promote and roll back models.",
    ("list", "promote", "rollback", "show"),
)
