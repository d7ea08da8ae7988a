"""`python -m deploy` is the command `themewire`; the process of a role is started so."""

import os

from stream.ops.parent import end_with_parent

if __name__ == "__main__":
    if parent := os.environ.get("THEMEWIRE_CHILD"):  # before the libraries are loaded, which takes seconds
        end_with_parent(int(parent))
    from deploy.cli import main

    main()
