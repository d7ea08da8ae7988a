"""The unit: systemd takes it and finds little exposed, and it runs what there is with settings that there are."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import click
import pytest
from pydantic import SecretStr

from deploy.cli import group
from deploy.running.supervisor import STOP_SECONDS
from deploy.settings.loading import load_settings, setting_names
from tests.deploy.clean_root import TREE

SYSTEMD = TREE / "deploy" / "systemd"
UNIT, CREDENTIALS = SYSTEMD / "themewire.service", SYSTEMD / "credentials.conf"
MOST_EXPOSED = 2.0
INSTALLED = "/opt/themewire/bin/themewire"


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """Of Debian's package systemd; where it has to be, its absence is a failure."""
    if not shutil.which("systemd-analyze"):
        missing = "systemd-analyze is missing: apt-get install systemd"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    given = {**os.environ, "SYSTEMD_LOG_LEVEL": "info", "SYSTEMD_COLORS": "0"}
    return subprocess.run(["systemd-analyze", *words], env=given, capture_output=True, text=True)


def lines(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def variables(path: Path) -> dict[str, str]:
    words = [word for line in lines(path)["Environment"] for word in shlex.split(line)]
    return dict(word.split("=", 1) for word in words)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """With its secrets, and a command that is here."""
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text("utf-8").replace(INSTALLED, str(Path(sys.prefix) / "bin" / "themewire")), "utf-8")
    folder = tmp_path / f"{UNIT.name}.d"
    folder.mkdir()
    shutil.copy(CREDENTIALS, folder)
    return here


def test_systemd_has_nothing_against_the_unit(unit):
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_says_what_is_wrong_with_a_unit(unit):
    """So that its silence means something; an unknown name is a warning only."""
    unit.write_text(unit.read_text("utf-8").replace("ProtectSystem=", "ProtectSystems="), "utf-8")
    assert "ProtectSystems" in analyze("verify", "--man=no", str(unit)).stderr


def test_little_is_exposed(unit):
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED * 10:.0f}", str(unit))
    assert done.returncode == 0, done.stdout
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) < MOST_EXPOSED


def test_it_runs_a_command_that_there_is():
    (line,) = lines(UNIT)["ExecStart"]
    program, *words = shlex.split(line)
    assert program == INSTALLED
    assert words == ["run"]
    assert group.get_command(click.Context(group), *words) is not None


def test_its_settings_are_settings(tmp_path):
    """Those of the unit, of the secrets, and of the example, whose lines without the # are all taken together."""
    environ = variables(UNIT) | variables(CREDENTIALS)
    for name in [name for name in environ if name.endswith("_FILE")]:
        secret = tmp_path / Path(environ[name]).name
        secret.write_text("of sixteen characters or more\n", "utf-8")
        environ[name] = environ[name].replace("%d", str(tmp_path))
    example = (SYSTEMD / "environment.example").read_text("utf-8")
    environ |= dict(re.findall(r"^#?(THEMEWIRE_[A-Z_]+)=(.*)$", example, re.MULTILINE))
    settings = load_settings(None, environ, {})
    assert settings.stream_url == "kafka://broker1:9092,broker2:9092"
    assert str(settings.data.dir) == "%S/themewire"
    assert settings.mail.password.get_secret_value() == "of sixteen characters or more"


def test_every_secret_may_be_a_credential():
    named = dict(word.split(":", 1) for word in lines(CREDENTIALS)["LoadCredential"])
    secrets = {name for name, field in setting_names() if field.annotation is SecretStr}
    assert named == {name: f"/etc/themewire/credentials/{name}" for name in secrets}
    files = {f"THEMEWIRE_{name.replace('.', '__').upper()}_FILE": f"%d/{name}" for name in secrets}
    assert variables(CREDENTIALS) == files
    assert not any(name.endswith(("TOKEN", "SECRET", "PASSWORD")) for name in variables(UNIT))


def test_a_backup_is_written_every_night_as_the_same_user(tmp_path):
    service, timer = SYSTEMD / "themewire-backup.service", SYSTEMD / "themewire-backup.timer"
    here = tmp_path / service.name
    here.write_text(service.read_text("utf-8").replace(INSTALLED, str(Path(sys.prefix) / "bin" / "themewire")), "utf-8")
    shutil.copy(timer, tmp_path)
    done = analyze("verify", "--man=no", str(here), str(tmp_path / timer.name))
    assert (done.returncode, done.stderr) == (0, "")
    assert service.stem == timer.stem
    own, main = lines(service), lines(UNIT)
    for name in ("User", "DynamicUser", "StateDirectoryMode", "UMask"):
        assert own[name] == main[name]
    (line,) = own["ExecStart"]
    command = shlex.split(shlex.split(line)[2])
    assert command[1:3] == [INSTALLED, "backup"]
    assert group.get_command(click.Context(group), "backup") is not None
    assert command[3].startswith("/var/lib/themewire/backups/")
    assert own["StateDirectory"] == ["themewire themewire/backups"]


def test_it_has_the_time_it_takes_to_stop():
    (seconds,) = lines(UNIT)["TimeoutStopSec"]
    assert int(seconds) > STOP_SECONDS + 2 * 5  # the web server and the canary's


def test_commands_run_beside_it_as_its_user_with_its_files():
    text = (SYSTEMD / "themewire-command").read_text("utf-8")
    assert os.access(SYSTEMD / "themewire-command", os.X_OK)
    words = shlex.split(text.split("exec ", 1)[1])
    properties = dict(word.removeprefix("--property=").split("=", 1) for word in words if "--property=" in word)
    assert {name: [value] for name, value in properties.items()}.items() <= lines(UNIT).items()
    given = dict(word.removeprefix("--setenv=").split("=", 1) for word in words if "--setenv=" in word)
    places = {"%S": "/var/lib", "%C": "/var/cache"}
    same = {name: variables(UNIT)[name].replace(v[:2], places.get(v[:2], v[:2])) for name, v in variables(UNIT).items()}
    assert given.items() <= same.items()
    assert words[-2:] == [INSTALLED, "$@"]
