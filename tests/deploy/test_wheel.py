"""The wheel has all that the packages have, and says what it is; that it runs is shown in `test_container`."""

import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.deploy.clean_root import TREE

PACKAGES = ("seeds", "stream", "collectors", "classifiers", "deploy")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir"]
    subprocess.run([*build, str(folder), str(TREE)], check=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture(scope="module")
def metadata(files: dict[str, bytes]) -> Message:
    (name,) = (name for name in files if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(files[name])


def test_the_wheel_has_every_file_of_the_packages(wheel, files):
    names = {name for name in files if ".dist-info/" not in name}
    ours = {path.relative_to(TREE) for name in PACKAGES for path in (TREE / name).rglob("*") if path.is_file()}
    assert names == {path.as_posix() for path in ours if "__pycache__" not in path.parts}
    assert {"classifiers/artefacts/model.json", "seeds/statements/en.jsonl", "seeds/feeds.toml"} <= names
    assert wheel.stat().st_size < 17 * 2**20  # nearly all of it the vectors of the statements


def test_every_package_says_that_it_is_typed(files):
    """PEP 561: a checker of types reads the annotations of an installed package only where this file is."""
    assert {name for name in files if name.endswith("/py.typed")} == {f"{package}/py.typed" for package in PACKAGES}


def test_the_licence_is_in_the_wheel_and_in_its_metadata(files, metadata):
    """PEP 639: an expression and the files, and no classifier for it beside them."""
    (name,) = (name for name in files if name.endswith(".dist-info/licenses/LICENSE"))
    assert files[name] == (TREE / "LICENSE").read_bytes()
    assert b"Apache License\n                           Version 2.0, January 2004\n" in files[name]
    assert (metadata["License-Expression"], metadata.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])
    assert not [each for each in metadata.get_all("Classifier") if each.startswith("License ::")]


def test_the_metadata_says_what_runs_it_and_promises_no_address(metadata):
    """hatchling refuses a classifier that does not exist."""
    with (TREE / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert metadata.get_all("Classifier") == sorted(project["classifiers"])
    oldest = project["requires-python"].removeprefix(">=")
    assert {"Typing :: Typed", f"Programming Language :: Python :: {oldest}"} <= set(project["classifiers"])
    assert (metadata["Project-URL"], metadata["Home-page"]) == (None, None)


def test_the_newest_version_of_the_changelog_is_that_of_the_wheel(metadata):
    """Released versions stand under a dated heading each, the newest first; what is not released stands above."""
    text = (TREE / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *released = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert first == "[Unreleased]"
    versions = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d", heading) for heading in released]
    assert versions, "no version was released"
    assert all(versions), released
    assert versions[0] is not None
    assert versions[0][1] == metadata["Version"]
