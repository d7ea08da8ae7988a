"""The Dockerfile, in a root of its own; it and the compose file, by those who know the rules of such files."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from deploy.running.wiring import ROLES
from tests.deploy.clean_root import TREE, read_dockerfile, run_shell, shell_of

DOCKERFILE, COMPOSE = TREE / "deploy" / "Dockerfile", TREE / "deploy" / "compose.yaml"
BIN = Path(sys.prefix) / "bin"

RUNS = """
exec 3< <(START %s 2>&1); pid=$!
until read -r line <&3 && [[ $line == *"themewire runs"* ]]; do echo "run: $line"; done
until (HEALTH) 2>/dev/null; do kill -0 $pid; read -r -t 0.2 line <&3 || true; done
echo "run is healthy"
cat <&3 >/dev/null & kill -TERM $pid; wait $pid; echo "run ended with $?"
"""
DEMO = r"""
exec 3< <(START demo 2>&1); pid=$!
until read -r line <&3 && [[ $line =~ (standards|ip-disputes|cpu-inference|gpu-training-failures)\ .*0\.[0-9] ]]
do echo "demo: $line"; done
echo "demo alerts"
cat <&3 >/dev/null & kill -TERM $pid; wait $pid; echo "demo ended with $?"
"""


def said_by(command: str, *arguments: str) -> str:
    """What a checker has against its files, "" for nothing."""
    done = subprocess.run([BIN / command, *arguments], cwd=TREE, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"status {done.returncode}"


def test_hadolint_has_nothing_against_the_dockerfile():
    assert said_by("hadolint", str(DOCKERFILE)) == ""


def test_the_compose_file_is_one_by_the_specification():
    assert said_by("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)) == ""


def test_yamllint_has_nothing_against_the_compose_file():
    assert said_by("yamllint", "--strict", str(COMPOSE)) == ""


def test_the_context_has_what_is_copied_and_nothing_else():
    """Each `COPY` from the tree has its line in .dockerignore, which lets through nothing by itself."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if line.startswith("COPY ")]
    copied = {word for line in lines if "--from" not in line for word in line.split()[1:-1]}
    ignored = (TREE / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert all((TREE / name).exists() for name in copied)


def test_the_compose_file_has_what_it_mounts_and_every_role():
    compose = yaml.safe_load(COMPOSE.read_text("utf-8"))
    services = compose["services"]
    mounted = [volume.split(":")[0] for each in services.values() for volume in each.get("volumes", [])]
    for name in mounted:
        assert name in compose["volumes"] or (COMPOSE.parent / name).exists(), name
    roles = [each["command"][1] for each in services.values() if each.get("command", [""])[0] == "run"]
    assert sorted(roles) == sorted([*(role for role in ROLES if role != "index"), "web"])
    targets = json.loads(compose["configs"]["targets-kafka"]["content"])
    assert sorted(target for each in targets for target in each["targets"]) == sorted(f"{role}:8080" for role in roles)
    for each in services.values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", each["image"]), each["image"]
        assert set(each["profiles"]) <= {"embedded", "kafka"}


def test_prometheus_in_containers_is_asked_as_prometheus_beside_them():
    """Its settings are those of `prometheus.yml`, but for where Alertmanager is."""
    inside = yaml.safe_load(yaml.safe_load(COMPOSE.read_text("utf-8"))["configs"]["prometheus"]["content"])
    beside = yaml.safe_load((COMPOSE.parent / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert inside.pop("alerting") == {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]}
    assert inside == {name: value for name, value in beside.items() if name != "alerting"}


def test_versions_agree():
    with (TREE / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in DOCKERFILE.read_text("utf-8")
    assert f"image: themewire:{version}" in COMPOSE.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="A root of its own needs Linux and root.")
def test_the_image_is_built_and_runs_as_nobody_on_a_root_that_is_read_only(tmp_path: Path):
    images = read_dockerfile(DOCKERFILE)
    assert (images[-1].user, images[-1].volumes) == ("10001:10001", ["/data"])
    done = run_shell(shell_of(images, [RUNS % " ".join(images[-1].command), DEMO], tmp_path), 400)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    said = done.stdout.splitlines()
    for line in ("run is healthy", "run ended with 0", "demo alerts", "demo ended with 0"):
        assert line in said, done.stdout[-4000:] + done.stderr[-4000:]
