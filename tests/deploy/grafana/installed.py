"""Programs that a test needs: where one is missing the test is skipped, loudly, and never under CI=true."""

import os
import shutil

import pytest


def needs(*programs: str) -> None:
    missing = [each for each in programs if not shutil.which(each)]
    if missing:
        sentence = f"It needs {', '.join(missing)}, which is not installed."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
