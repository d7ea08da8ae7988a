"""What ships is what the seeds give: the one test that trains the whole model from nothing."""

import platform
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(3600)  # four CPU minutes, most of them reading the statements
@pytest.mark.skipif(platform.machine() != "x86_64", reason="What ships was computed as x86-64 machines do.")
def test_what_ships_comes_out_again_from_nothing():
    """In a process of its own, in which the libraries are told to compute as any such machine can."""
    done = subprocess.run(
        [sys.executable, "-m", "classifiers.build.artefacts", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is what ships" in done.stdout
