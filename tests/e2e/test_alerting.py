"""Three kills of story, match and deliver while 300 candidates pass; `make soak` has a hundred while 5,000 do."""

import pytest

from tests.e2e.alerting import kill_while_telling, telling


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kills_of_story_match_and_deliver_lose_and_repeat_nothing(tmp_path, stream_url):
    with telling(tmp_path, stream_url) as place:
        kill_while_telling(place, kills=3, most=300, seed=7)
