"""`themewire dead`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup(
    "dead", "List, show and requeue records that a stage could not handle.", ("list", "requeue", "show")
)
