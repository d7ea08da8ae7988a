"""What fetches from the web, by the settings."""

from collections.abc import Sequence
from importlib.metadata import version

from collectors.fetching.fetch import Fetcher, user_agent
from deploy.settings.model import Settings
from stream.net.guard import Network

__all__ = ["make_fetcher"]


def make_fetcher(settings: Settings, allowed: Sequence[Network] | None = None) -> Fetcher:
    """Fetches as the settings say, from private networks as `allowed` has them in place of the setting."""
    fetch = settings.fetch
    agent = user_agent(version("themewire"), fetch.contact)
    networks = fetch.allow_networks if allowed is None else allowed
    proxy = None if allowed else fetch.proxy or None
    return Fetcher(networks, agent, fetch.connect_timeout, fetch.read_timeout, proxy)
