"""Twenty kills while a feed grows to 1,000 items, on both backends."""

import pytest

from tests.e2e.installation import installation
from tests.e2e.kills import GROWTH, WINDOW, kill_while_growing
from tests.ledger import Ledger


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_kills_lose_and_repeat_nothing(tmp_path, stream_url, cache):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=1000)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        kill_while_growing(place, kills=20, seed=20)
