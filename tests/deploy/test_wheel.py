"""The wheel has all that the packages have; that it runs outside a checkout is shown in `test_container`."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.deploy.clean_root import TREE

PACKAGES = ("seeds", "stream", "collectors", "classifiers", "deploy")


def test_the_wheel_has_every_file_of_the_packages(tmp_path: Path):
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path), str(TREE)], check=True)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    ours = {path.relative_to(TREE) for name in PACKAGES for path in (TREE / name).rglob("*") if path.is_file()}
    assert names == {path.as_posix() for path in ours if "__pycache__" not in path.parts}
    assert {"classifiers/artefacts/model.json", "seeds/statements/en.jsonl", "seeds/feeds.toml"} <= names
    assert wheel.stat().st_size < 12 * 2**20
