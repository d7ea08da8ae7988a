"""Feeds and pages that a server of a test answers with."""

HTML = "Content-Type: text/html; charset=utf-8"


def rss(*titles: str, title: str = "Site") -> bytes:
    items = "".join(
        f"<item><title>{name}</title><link>http://s.example/{n}</link>"
        f"<pubDate>Tue, 0{n + 1} Apr 2025 12:00:00 GMT</pubDate></item>"
        for n, name in enumerate(titles)
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def page(*hrefs: str) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    return f"<!doctype html><html><head>{links}</head></html>".encode()
