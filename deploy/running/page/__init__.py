"""What the page is given by the composition root, a module for each subject."""

from deploy.running.page.bench import workbench

__all__ = ["workbench"]
