"""The cache of the end-to-end tests."""

from tests.e2e.conftest import cache

__all__ = ["cache"]
