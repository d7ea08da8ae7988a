"""Checks every page of the checkout that it lies in: prints what is wrong, and fails if anything is."""

import sys
from pathlib import Path

from deploy.cli import group
from deploy.docs.check import find_faults, read_page, read_project

__all__ = ["main"]


def main() -> None:
    """One line a fault (`FILE:LINE: sentence`) on standard error; exits with 1 if there is any."""
    root = Path(__file__).parents[3]
    project = read_project(root, group)
    pages = [read_page(name, (root / name).read_text(encoding="utf-8")) for name in project.documents()]
    faults = find_faults(pages, project)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} things in the documentation do not fit the project")


if __name__ == "__main__":
    main()
