"""`themewire models`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "models",
    "List and show the models that were trained, promote one, or roll back to the one before.",
    ("list", "promote", "rollback", "show"),
)
