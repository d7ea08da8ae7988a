"""A hundred kills of story, match and deliver while 5,000 candidates pass; thirty on Kafka."""

import pytest

from tests.e2e.alerting import kill_while_telling, telling


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_hundred_kills_of_story_match_and_deliver_lose_and_repeat_nothing(tmp_path, stream_url):
    with telling(tmp_path, stream_url) as place:
        kills = 100 if stream_url.startswith("sqlite") else 30
        repeated = kill_while_telling(place, kills, most=5000, seed=70)
        print(f"{kills} kills: {sum(repeated)} messages came again, at most {max(repeated)} after a kill")
