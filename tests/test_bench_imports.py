"""The benchmarks run on request only: that they still can be imported is seen at once."""

import importlib
from pathlib import Path

import pytest

from tests import bench

MODULES = sorted(path.stem for path in Path(bench.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_can_be_imported(name):
    assert importlib.import_module(f"tests.bench.{name}").__doc__ or name == "__init__"
