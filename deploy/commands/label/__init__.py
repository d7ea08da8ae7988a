"""`themewire label`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "label",
    "Say which themes items are of and are not of; taggers heed it at once, and trainings learn from it.",
    ("add", "conflicts", "export", "import", "next", "undo"),
)
