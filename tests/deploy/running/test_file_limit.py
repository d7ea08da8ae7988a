"""The limit of open files of a process."""

import subprocess
import sys

SCRIPT = """
import resource
from deploy.running.file_limit import raise_file_limit
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
raise_file_limit()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], hard)
"""


def test_the_soft_limit_is_raised():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    soft, hard = map(int, done.stdout.split())
    assert soft == (min(hard, 65_536) if hard >= 0 else 65_536)
