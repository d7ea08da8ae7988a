"""`themewire feeds`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "feeds",
    "Add, list, check, remove, pause, resume, import and export feeds; see and release what was held back.",
    ("add", "check", "export", "held", "import", "list", "pause", "release", "remove", "resume"),
)
