"""The JSON against Grafana's own types, which are on npm: nothing is unknown to it, nothing of a wrong kind."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from deploy.grafana.documents import documents
from tests.deploy.grafana.installed import needs

SOURCES = Path(__file__).parent / "schema"

pytestmark = pytest.mark.slow  # npm compiles Grafana's types


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Draft7Validator:
    """JSON Schema, made of the types by a compiler."""
    needs("node", "npm")
    folder = tmp_path_factory.mktemp("schema")
    for path in SOURCES.iterdir():
        shutil.copy(path, folder)
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, check=True
    )
    line = "npx --no-install ts-json-schema-generator --path=check.ts --tsconfig=tsconfig.json --type=Checked"
    made = subprocess.run([*line.split(), "--expose=none"], cwd=folder, check=True, capture_output=True)
    return Draft7Validator(json.loads(made.stdout))


@pytest.mark.parametrize("name", documents())
def test_grafana_knows_all_of_it(schema, name):
    error = best_match(schema.iter_errors(json.loads(documents()[name])))
    assert error is None, f"{error.json_path}: {error.message}"


def test_what_grafana_does_not_know_is_found(schema):
    dashboard = json.loads(documents()["themewire-overview.json"])
    dashboard["panels"][0]["options"]["colorMode"] = "loud"
    assert not schema.is_valid(dashboard)
