"""Three kills while a feed grows to 300 items; `make soak` has twenty."""

import pytest

from tests.e2e.installation import installation
from tests.e2e.kills import GROWTH, WINDOW, kill_while_growing
from tests.ledger import Ledger


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_kills_lose_and_repeat_nothing(tmp_path, stream_url, cache):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=300)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        kill_while_growing(place, kills=3, seed=4)
