"""The demo's hub (WebSub): who has asked, on this machine, is told when the world has brought an outlet something."""

import hmac
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from threading import Event, Lock, Thread
from urllib.parse import parse_qsl, urlencode, urlsplit

__all__ = ["HUB_PATH", "DemoHub"]

HUB_PATH = "/hub"
LOOK_SECONDS = 0.5
WAIT_SECONDS = 5.0
LEASE = 86_400
MOST = 20  # callbacks


class DemoHub:
    """Pushes to callbacks on loopback until it is closed; `changed` says when, in seconds, a topic last changed."""

    def __init__(self, changed: Callable[[str], float]) -> None:
        self._changed = changed
        self._callbacks: dict[str, tuple[str, str, float]] = {}  # topic, secret, and which change was told
        self._lock, self._over = Lock(), Event()
        self._thread = Thread(target=self._watch, name="demo-hub", daemon=True)

    def start(self) -> None:
        """Begins to look for what has changed."""
        self._thread.start()

    def take(self, form: bytes) -> bool:
        """Whether this is something that it can be asked for; it calls back in a thread of its own."""
        asked = dict(parse_qsl(form.decode("utf-8", "replace")))
        here = urlsplit(asked.get("hub.callback", "")).hostname in ("127.0.0.1", "localhost")
        if not here or asked.get("hub.mode") not in ("subscribe", "unsubscribe") or len(self._callbacks) >= MOST:
            return False
        Thread(target=self._verify, args=(asked,), daemon=True).start()
        return True

    def close(self) -> None:
        """Pushes no more."""
        self._over.set()
        self._thread.join()

    def _verify(self, asked: dict[str, str]) -> None:
        callback, topic, challenge = asked["hub.callback"], asked.get("hub.topic", ""), secrets.token_urlsafe(16)
        query = {"hub.mode": asked["hub.mode"], "hub.topic": topic, "hub.challenge": challenge}
        if _ask(f"{callback}?{urlencode({**query, 'hub.lease_seconds': str(LEASE)})}", {}) != challenge:
            return
        with self._lock:
            if asked["hub.mode"] == "unsubscribe":
                self._callbacks.pop(callback, None)
            else:
                self._callbacks[callback] = (topic, asked.get("hub.secret", ""), self._changed(topic))

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                waiting = list(self._callbacks.items())
            for callback, (topic, secret, told) in waiting:
                if (changed := self._changed(topic)) > told:
                    _ask(callback, {"X-Hub-Signature": f"sha256={_signed(secret, topic)}"}, topic.encode())
                    with self._lock:
                        self._callbacks[callback] = (topic, secret, changed)


def _signed(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()


def _ask(url: str, headers: dict[str, str], body: bytes | None = None) -> str:
    """What is answered; "" where nothing comes, since who has asked may be gone."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=WAIT_SECONDS) as answer:
            text: str = answer.read(1000).decode("utf-8", "replace")
            return text
    except (OSError, urllib.error.HTTPError, ValueError):
        return ""
