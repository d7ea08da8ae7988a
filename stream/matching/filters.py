"""A subscription's filters: why an alert is not for it, in words that name the filter."""

from urllib.parse import urlsplit

from stream.records import Alert, Source, Subscription
from stream.text.patterns import found, word

__all__ = ["is_from", "never", "refusal", "text_refusal"]


def refusal(wish: Subscription, alert: Alert, now: int) -> str:
    """Return the first filter that keeps this alert away, or nothing."""
    if alert.theme not in wish.themes:
        return f"theme: {alert.theme} was not asked for"
    if now < wish.muted_until:
        return "mute: the subscription is muted"
    if alert.probability < wish.threshold:
        return f"threshold: {alert.probability:.2f} is under {wish.threshold:.2f}"
    if alert.independent < wish.least_sources:
        return f"least sources: {alert.independent} independent, asked for {wish.least_sources}"
    if wish.sources and not any(is_from(source, wish.sources) for source in alert.sources):
        return "source: none of those that were asked for"
    if wish.not_sources and all(is_from(source, wish.not_sources) for source in alert.sources):
        return "not source: it was read nowhere else"
    return text_refusal(wish, alert.title, f"{alert.summary}\n{alert.excerpt}", alert.lang)


def text_refusal(wish: Subscription, title: str, summary: str, lang: str) -> str:
    """Return the first filter of language and words that keeps a text away, or nothing."""
    if wish.languages and lang not in wish.languages:
        return f"language: {lang or 'unknown'} was not asked for"
    if wish.words and not any(_in(text, title, summary) for text in wish.words):
        return "word: none of those that were asked for"
    if hit := next((text for text in wish.not_words if _in(text, title, summary)), ""):
        return f"not word: {hit}"
    return ""


def never(wish: Subscription) -> str:
    """Return why no alert can ever pass these filters, or nothing where one may."""
    if wish.themes and not wish.events and wish.words and set(wish.words) <= set(wish.not_words):
        return "each word that is asked for is one that is not wanted"
    if wish.sources and _folded(wish.sources) <= _folded(wish.not_sources):
        return "each source that is asked for is one that is not wanted"
    return ""


def _in(text: str, title: str, summary: str) -> bool:
    pattern = word(text)
    return any(found(pattern, read) is not None for read in (title, summary))


def is_from(source: Source, names: tuple[str, ...]) -> bool:
    """Whether a source is one of these: by its name or that of the feed that carried it, by a host or its domain."""
    hosts = [(urlsplit(url).hostname or "").casefold() for url in (source.url, source.site)]
    known = {source.name.casefold(), source.via.casefold(), *hosts}
    return any(one in known or any(host.endswith(f".{one}") for host in hosts) for one in _folded(names))


def _folded(names: tuple[str, ...]) -> set[str]:
    return {name.casefold() for name in names}
