"""What a Dockerfile says, done without a container engine: its lines run in roots of their own, overlays of this one.

Nothing is left behind: the overlays lie in memory, in a mount namespace that ends with the shell. What differs from an
engine: the root below is this machine's, and downloads of its package manager are used again.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import WordSplitter

__all__ = ["TREE", "Image", "read_dockerfile", "run_shell", "shell_of"]

TREE = Path(__file__).parents[2]
_PYTHON = Path(os.path.realpath(sys.executable))  # what the image below would have
_OUTSIDE = ("PIP_", "SSL_", "HTTP", "NO_PROXY", "REQUESTS_")  # how this machine reaches its packages


@dataclass
class Image:
    """A stage: what is done to its root, in shell, and what it then starts with."""

    name: str
    steps: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    shown: list[str] = field(default_factory=list)  # folders of other stages
    volumes: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def inside(self, line: str, more: Mapping[str, str]) -> str:
        """Shell that runs a line in this root."""
        environ = {"PATH": f"{_PYTHON.parent}:/usr/local/bin:/usr/bin:/bin", **self.environ, **more}
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ.items())
        return f"chroot $at/{self.name} env -i {given} sh -ec {shlex.quote(f'cd {self.workdir}; {line}')}"


def read_dockerfile(path: Path) -> list[Image]:
    """The stages of a Dockerfile; an instruction that is not known here is an error."""
    parser = DockerfileParser(fileobj=path.open("rb+"))
    images: list[Image] = []
    for step in parser.structure:
        kind, value = step["instruction"], step["value"]
        if kind == "FROM":
            images.append(Image(value.split()[2] if " AS " in value else "last"))
        elif kind != "COMMENT":
            _done(images[-1], kind, value)
    return images


def _done(image: Image, kind: str, value: str) -> None:
    match kind:
        case "ENV":
            image.environ |= dict(word.split("=", 1) for word in WordSplitter(value).split())
        case "WORKDIR":
            image.workdir = value
            image.steps.append(f"mkdir -p $at/{image.name}{value}")
        case "RUN":
            outside = {name: text for name, text in os.environ.items() if name.upper().startswith(_OUTSIDE)}
            again = {name: text for name, text in image.environ.items() if name != "PIP_NO_CACHE_DIR"}
            line = Image(image.name, environ=again, workdir=image.workdir)
            image.steps.append(line.inside(value, {"HOME": os.environ["HOME"], **outside}))
        case "COPY":
            image.steps += _copied(image, value.split())
        case "USER":
            image.user = value
        case "VOLUME":
            image.volumes += _words(value)
        case "HEALTHCHECK":
            image.health = _words(value[value.index("CMD ") + 4 :])
        case "ENTRYPOINT":
            image.entrypoint = _words(value)
        case "CMD":
            image.command = _words(value)
        case "LABEL" | "EXPOSE":
            pass
        case _:
            raise ValueError(f"this test does not know what {kind} does")


def _words(value: str) -> list[str]:
    words: list[str] = json.loads(value)
    return words


def _copied(image: Image, words: list[str]) -> Iterable[str]:
    """From the tree, or from another stage, whose folder is shown in place of a copy of hundreds of megabytes."""
    *sources, target = words
    there = target if target.startswith("/") else f"{image.workdir}/{target}"
    there = f"$at/{image.name}{there}"
    if sources[0].startswith("--from="):
        name, (source,) = sources[0].removeprefix("--from="), sources[1:]
        image.shown.append(target)
        yield f"mkdir -p {there} && mount --bind $at/{name}{source} {there}"
        return
    for source in sources:
        from_tree = shlex.quote(str(TREE / source))
        if (TREE / source).is_dir():
            yield f"mkdir -p {there} && cp -R {from_tree}/. {there}/"
        else:
            yield f"cp {from_tree} {there}"


def shell_of(images: list[Image], scenes: list[str], at: Path) -> str:
    """A script for `unshare --mount` that builds all roots and then plays `scenes` in the last one, read-only by then.

    `at` is an empty folder. A scene runs without a network but loopback; `START` in it starts the image (with more
    words for it, if need be), and `HEALTH` is its health check.
    """
    last = images[-1]
    uid, _, gid = last.user.partition(":")
    lines = ["set -eu", f"at={shlex.quote(str(at))}", "mount --make-rprivate /", "mount -t tmpfs tmpfs $at"]
    for image in images:
        root = f"$at/{image.name}"
        lines += [
            f"mkdir {root} {root}.upper {root}.work",
            f"mount -t overlay -o lowerdir=/,upperdir={root}.upper,workdir={root}.work overlay {root}",
            f"mount --rbind /proc {root}/proc && mount --rbind /dev {root}/dev",
            f"ln -sf {_PYTHON.name} {root}{_PYTHON.parent}/python",
            *(f"chmod a+rx {root}{folder}" for folder in _PYTHON.parents if str(folder) != "/"),
            *image.steps,
        ]
    root = f"$at/{last.name}"
    for volume in last.volumes:  # a new volume has the owner of what it covers
        owner = f"uid=$(stat -c %u {root}{volume}),gid=$(stat -c %g {root}{volume})"
        lines.append(f"mount -t tmpfs -o {owner} tmpfs {root}{volume}")
    lines += [f"mount -o remount,bind,ro {root}{folder}" for folder in last.shown]
    lines += [f"mount -o remount,ro {root}", f"mount -t tmpfs tmpfs {root}/tmp"]
    drop = f"setpriv --reuid {uid} --regid {gid} --clear-groups --bounding-set=-all --no-new-privs"
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in last.environ.items())
    started = f"chroot {root} {drop} env -i {given}"
    names = {"START": f"{started} {shlex.join(last.entrypoint)}", "HEALTH": f"{started} {shlex.join(last.health)}"}
    for name, line in names.items():
        lines.append(f'{name}() {{ exec {line} "$@"; }}')
    played = "\n".join(f"( ip link set lo up; {scene} )" for scene in scenes)
    return "\n".join([*lines, "export at", "unshare --net bash -eu <<'SCENES'", *lines[-2:], played, "SCENES"])


def run_shell(script: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Runs it in a mount namespace; what is not done by then is ended with all that it has started, and shown."""
    unshare = shutil.which("unshare")
    assert unshare is not None
    command, pipe = [unshare, "--mount", "bash"], subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as shell:
        try:
            said, _ = shell.communicate(script, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            said, _ = shell.communicate()
            raise AssertionError(f"not done after {seconds} s; the last that was said:\n{said[-4000:]}") from None
    return subprocess.CompletedProcess(command, shell.returncode, said, "")
