"""Writes the JSON of the dashboards; `--check` fails when a file is out of date, or is of no dashboard."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.alerting import alerting
from deploy.grafana.classifying import classifying
from deploy.grafana.collecting import collecting
from deploy.grafana.overview import overview
from deploy.grafana.streams import streams

__all__ = ["FOLDER", "documents", "main"]

FOLDER = Path(__file__).parent / "dashboards"


def documents() -> dict[str, str]:
    """The JSON of each dashboard by its file's name."""
    built = (make().build() for make in (overview, collecting, classifying, alerting, streams))
    return {
        f"{each.uid}.json": json.dumps(each, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n" for each in built
    }


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
