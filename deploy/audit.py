"""`python -m deploy.audit LOCK...`: known vulnerabilities of what a lock file names, by pip-audit.

Exit status: 0 none is known, 1 some are, 2 it could not be found out. A source that does not answer, or does not know a
package, is no assurance.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["main", "verdict"]

CLEAN, VULNERABLE, UNKNOWN = 0, 1, 2
NAMED = 5


def verdict(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """The exit status that pip-audit's report comes to, and what to say."""
    said, unknown = [], []
    for package in report.get("dependencies", ()):
        if "skip_reason" in package:
            unknown.append(str(package["name"]))
        for found in package.get("vulns", ()):
            fixed = ", ".join(found.get("fix_versions", ())) or "no version yet"
            said.append(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    if said:
        return VULNERABLE, [*said, *_unknown(unknown)]
    if unknown or not report.get("dependencies"):
        return UNKNOWN, _unknown(unknown) or ["nothing was audited"]
    return CLEAN, [f"no vulnerability is known of {len(report['dependencies'])} packages"]


def _unknown(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [f"the source says nothing of {', '.join(names[:NAMED])}{more}: is it reached?"]


def main(arguments: Sequence[str]) -> int:
    """Audits the lock files; other arguments are pip-audit's, such as `--service osv`."""
    status, options = CLEAN, [each for each in arguments if not each.endswith(".lock")]
    for lock in (each for each in arguments if each.endswith(".lock")):
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", lock]
        rest = ["--format", "json", "--progress-spinner", "off", *options]
        done = subprocess.run([*command, *rest], capture_output=True, text=True, check=False)
        try:
            found, said = verdict(json.loads(done.stdout))
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            found, said = UNKNOWN, [f"the source of vulnerabilities cannot be reached or read: {last[:300]}"]
        for line in said:
            print(f"{lock}: {line}", file=sys.stderr if found else sys.stdout)
        status = VULNERABLE if VULNERABLE in (status, found) else max(status, found)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
