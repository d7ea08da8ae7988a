"""`themewire deliveries`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "deliveries", "List what was sent and what became of it; send again what was given up.", ("again", "list")
)
