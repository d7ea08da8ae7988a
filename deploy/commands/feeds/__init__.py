"""`themewire feeds`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "feeds",
    "Add, list, check and remove feeds; import and export OPML.",
    ("add", "check", "export", "held", "import", "list", "pause", "release", "remove", "resume"),
)
