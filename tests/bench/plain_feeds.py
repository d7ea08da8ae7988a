"""How many feeds of a folder go the fast way, whether they come out as feedparser has them, and what both take.

`python -m tests.bench.plain_feeds FOLDER`; it fails where one comes out otherwise.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from collectors.parsing.addresses import plain_permalinks
from collectors.parsing.decoding import decoded
from collectors.parsing.jsonfeed import looks_like_json
from collectors.parsing.parse import feed_of
from collectors.parsing.parsed import Parsed
from collectors.parsing.plain_feed import read_plain
from collectors.parsing.recovery import Found, read
from collectors.parsing.xml_guard import guarded
from collectors.parsing.xml_text import BLANKS, as_xml

URL = "https://feeds.example/feed"


def documents(files: list[Path]) -> list[bytes]:
    """The feeds that are XML, as they come to a parser."""
    texts = (decoded(path.read_bytes(), "").lstrip(BLANKS).encode() for path in files)
    return [plain_permalinks(as_xml(text)) for text in texts if text and not looks_like_json(text)]


def timed(way: Callable[[bytes], Found | None], documents: list[bytes]) -> tuple[float, list[Parsed]]:
    """Seconds of CPU for these documents, and what comes of them."""
    began = time.process_time()
    found = [(way(document), document) for document in documents]
    feeds = [feed_of(each, document, URL) for each, document in found if each]
    return time.process_time() - began, feeds


def main() -> None:
    files = [path for path in sorted(Path(sys.argv[1]).iterdir()) if path.suffix in (".xml", ".json")]
    every = documents(files)
    plain = [each for each in every if guarded(each) == (None, True) and read_plain(each)]
    judge, judged = timed(read, plain)
    fast, feeds = timed(read_plain, plain)
    differing = sum(one != other for one, other in zip(feeds, judged, strict=True))
    entries = sum(len(feed.entries) for feed in feeds)
    print(f"{len(files)} files, {len(every)} of XML, {len(plain)} by the fast way ({len(plain) / len(files):.0%})")
    print(f"{entries} entries: feedparser {judge:.2f} s, the fast way {fast:.2f} s ({judge / fast:.1f} times as fast)")
    print(f"{differing} feeds come out otherwise")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
