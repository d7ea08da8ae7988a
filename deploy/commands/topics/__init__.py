"""`themewire topics`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "topics",
    "Compare the topics on Kafka with what they should be, make them, and list rights.",
    ("plan", "apply", "acls"),
)
