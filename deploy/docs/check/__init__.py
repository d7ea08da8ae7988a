"""Holds what the documentation says of the project against the project: links, commands, targets, files, modules.

    *.md ─► pages ─► links, code ─► references ─► faults, each with its file and line
                          └► shell ─► commands ─┘

`pages` reads Markdown, `shell` splits command lines, `commands` knows themewire, make and python, `references` asks
each of them.
"""

from deploy.docs.check.pages import Page, read_page
from deploy.docs.check.references import Fault, Project, find_faults, read_project

__all__ = ["Fault", "Page", "Project", "find_faults", "read_page", "read_project"]
