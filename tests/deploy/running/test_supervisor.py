"""The children of a parent that is killed end at once, whatever they are doing, and theirs as well."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stream.backends import until

TREE = Path(__file__).parents[3]
# A parent, a child that hangs in a call that no signal handler and no thread of Python would end, and a child of that.
PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], start_new_session=True)
child.wait()
"""
CHILD = """
import os, signal, subprocess, sys
from stream.ops.parent import end_with_parent
end_with_parent(int(sys.argv[1]))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import sys, threading; from stream.ops.parent import end_with_parent; end_with_parent(int(sys.argv[1])); "
code += "print('ready', flush=True); threading.Event().wait()"
grandchild = subprocess.Popen([sys.executable, "-c", code, str(os.getpid())], stdout=subprocess.PIPE)
grandchild.stdout.readline()
print(os.getpid(), grandchild.pid, flush=True)
grandchild.wait()
"""


def lives(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for yet does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent by itself")
def test_children_and_theirs_end_with_a_parent_that_is_killed():
    environ = {**os.environ, "PYTHONPATH": str(TREE)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True, env=environ
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert [lives(pid) for pid in pids] == [True, True]
        parent.kill()
        parent.wait()
        until(lambda: not any(map(lives, pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent by itself")
def test_one_whose_parent_is_gone_already_ends_too():
    code = "from stream.ops.parent import end_with_parent; end_with_parent(1 << 22)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(TREE)})
    assert done.returncode == -signal.SIGKILL


def test_who_has_its_parent_goes_on():
    code = "import sys; from stream.ops.parent import end_with_parent; end_with_parent(int(sys.argv[1]))"
    environ = {**os.environ, "PYTHONPATH": str(TREE)}
    assert subprocess.run([sys.executable, "-c", code, str(os.getpid())], env=environ).returncode == 0
