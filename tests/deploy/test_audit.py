"""An audit that could not ask is no clean one, and the bill of materials names what the lock file does."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.audit import main, verdict

ROOT = Path(__file__).parents[2]
GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (3)"}


@pytest.mark.parametrize(
    ("dependencies", "status", "says"),
    [
        ([GOOD], 0, "no vulnerability is known of 1 packages"),
        ([GOOD, BAD], 1, "b 2: CVE-1, fixed in 2.1"),
        ([UNKNOWN, BAD], 1, "b 2: CVE-1, fixed in 2.1"),
        ([GOOD, UNKNOWN], 2, "says nothing of c"),
        ([], 2, "nothing was audited"),
    ],
)
def test_what_a_report_comes_to(dependencies, status, says):
    found, said = verdict({"dependencies": dependencies})
    assert found == status
    assert says in said[0]


@pytest.mark.slow
def test_a_source_that_cannot_be_reached_is_told_by_its_status(tmp_path, monkeypatch, capsys):
    lock = tmp_path / "some.lock"
    lock.write_text(f"idna==3.10 --hash=sha256:{'0' * 64}\n")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert main([str(lock), "--service", "osv", "--cache-dir", str(tmp_path)]) == 2
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.slow
def test_the_bill_of_materials_names_every_package_of_the_lock(tmp_path):
    bill = tmp_path / "bill.json"
    recipe = re.search(r"^sbom:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    line = recipe[1].strip().replace("$(BIN)/", "").replace("$(SBOM)", str(bill)).replace(" \\\n\t", " ").split()
    command = [sys.executable, "-m", "cyclonedx_py", *line[1:]]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(bill.read_text())
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == "themewire"
    assert sorted({each["name"] for each in found["components"]}) == sorted(set(locked))
