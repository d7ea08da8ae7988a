"""`themewire items`, a module for each command."""

from deploy.command_group import CommandGroup

__all__ = ["command"]

command = CommandGroup("items", "Import items from files and from standard input.", ("import",))
