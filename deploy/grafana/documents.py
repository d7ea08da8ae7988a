"""The JSON of every dashboard, and the folder that has it."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.alerting import alerting
from deploy.grafana.classifying import classifying
from deploy.grafana.collecting import collecting
from deploy.grafana.overview import overview
from deploy.grafana.streams import streams

__all__ = ["FOLDER", "documents"]

FOLDER = Path(__file__).parent / "dashboards"


def documents() -> dict[str, str]:
    """The JSON of each dashboard by its file's name."""
    built = [make().build() for make in (overview, collecting, classifying, alerting, streams)]
    return {f"{each.uid}.json": json.dumps(each, cls=JSONEncoder, indent=2) + "\n" for each in built}
