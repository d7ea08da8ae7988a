"""Writes the JSON of the dashboards; `--check` fails when a file is out of date, or is of no dashboard."""

import sys

from deploy.grafana.documents import FOLDER, documents

__all__ = ["main"]


def main() -> None:
    """Writes the files, or with `--check` compares them."""
    wanted = documents()
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    stale = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date in deploy/grafana/dashboards/: {', '.join(stale)}; run `make docs`")
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()


if __name__ == "__main__":
    main()
