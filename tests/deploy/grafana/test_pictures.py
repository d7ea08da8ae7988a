"""How values are said, and that pictures are drawn of whatever a Prometheus answers."""

import pytest

from deploy.grafana.units import said


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.973, "percentunit", "97.3 %"),
        (0, "s", "0"),
        (0.0042, "s", "4.2 ms"),
        (75, "s", "1.25 min"),
        (90_000, "s", "1.04 d"),
        (1536, "bytes", "1.5 KiB"),
        (0, "Bps", "0 B/s"),
        (12_345, "short", "12.3 K"),
        (0.5, "ops", "0.5 /s"),
    ],
)
def test_a_value_is_said_in_its_unit(value, unit, text):
    assert said(value, unit) == text
