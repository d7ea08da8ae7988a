"""A commit is checked as CI checks it, by pre-commit itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.deploy.clean_root import TREE

CONFIG = TREE / ".pre-commit-config.yaml"
PRE_COMMIT = str(Path(sys.prefix) / "bin" / "pre-commit")


def test_the_configuration_is_valid_and_names_no_version_of_its_own():
    done = subprocess.run([PRE_COMMIT, "validate-config", str(CONFIG)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["repo"] for each in yaml.safe_load(CONFIG.read_text("utf-8"))["repos"]] == ["local"]


def test_a_commit_runs_make_check_and_is_refused_where_that_fails(tmp_path: Path):
    """CI runs `make check`, too: what passes here passes there."""
    assert "\nmake check\n" in (TREE / ".ci" / "run").read_text("utf-8")
    shutil.copy(CONFIG, tmp_path)
    (tmp_path / "Makefile").write_text("check:\n\t@echo all was checked; test ! -e wrong\n", "utf-8")
    given = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    environ = {**given, "PRE_COMMIT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def said_by(*command: str) -> tuple[int, str]:
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    assert said_by("git", "init", "--quiet")[0] == 0
    assert said_by("git", "add", CONFIG.name, "Makefile")[0] == 0
    assert said_by(PRE_COMMIT, "install")[0] == 0
    assert said_by("git", *who, "commit", "-m", "one")[0] == 0
    (tmp_path / "wrong").touch()
    status, said = said_by("git", *who, "commit", "--allow-empty", "-m", "two")
    assert status != 0
    assert "all was checked" in said
