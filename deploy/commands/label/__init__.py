"""`themewire label`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "label",
    """Correct the classifier: say which themes an item is about.

    A label takes effect at once, and the next training learns from it.
    """,
    ("add", "conflicts", "export", "import", "next", "review", "undo"),
)
