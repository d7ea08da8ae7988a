"""A site in a process of its own, so that its work is not counted: `python -m tests.bench.site ENTRIES`.

`/feed/N` shows one entry to whoever has no validator yet (the baseline), then ENTRIES more, then says that nothing has
changed. Any POST is taken. It prints its address, and ends when its standard input does.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.ledger import TEXTS

__all__ = ["site"]


def document(feed: int, entries: int) -> bytes:
    """A feed's document with so many entries, of each theme and of none in turn."""
    shown = []
    for number in range(entries):
        title, summary = list(TEXTS.values())[number % len(TEXTS)]
        link = f"http://site.example/{feed}/{number}"
        title = title.format(f"N{feed}-{number}")
        shown.append(f"<item><title>{title}</title><link>{link}</link><description>{summary}</description></item>")
    return f'<rss version="2.0"><channel><title>Feed {feed}</title>{"".join(shown)}</channel></rss>'.encode()


def handler(entries: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            feed = int(self.path.rpartition("/")[2])
            known = self.headers.get("If-None-Match")
            if known == '"2"':
                self.say(304, '"2"', b"")
            else:
                self.say(200, '"2"' if known else '"1"', document(feed, entries + 1 if known else 1))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.say(204, '""', b"")

        def say(self, status: int, etag: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/rss+xml")
            if status == 200:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def site(entries: int) -> Iterator[str]:
    """The address of a site that runs within."""
    command = [sys.executable, "-m", "tests.bench.site", str(entries)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield process.stdout.readline().strip()
        process.stdin.close()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(int(sys.argv[1])))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
