"""`python -m deploy` is the command `themewire`."""

from deploy.cli import main

if __name__ == "__main__":
    main()
