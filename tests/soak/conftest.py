"""The streams and the cache of the end-to-end tests."""

from tests.e2e.conftest import cache, stream_url

__all__ = ["cache", "stream_url"]
