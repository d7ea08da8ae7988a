"""`themewire dead`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup("dead", "List, show and requeue records that could not be handled.", ("list", "requeue", "show"))
