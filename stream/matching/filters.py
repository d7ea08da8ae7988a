"""A subscription's filters: why an alert is not for it, in words that name the filter."""

from urllib.parse import urlsplit

from stream.records import Alert, Source, Subscription
from stream.text.patterns import first_of, has_any

__all__ = ["is_from", "never", "refusal", "text_refusal"]


def refusal(subscription: Subscription, alert: Alert, now: int) -> str:
    """Return the first filter that keeps this alert away, or nothing."""
    if alert.theme not in subscription.themes:
        return f"theme: {alert.theme} was not asked for"
    if now < subscription.muted_until:
        return "mute: the subscription is muted"
    if not (alert.sure or subscription.unsure or subscription.threshold):
        return f"unsure: {alert.probability:.2f}, and only what is sure was asked for"
    if alert.probability < subscription.threshold:
        return f"threshold: {alert.probability:.2f} is under {subscription.threshold:.2f}"
    if alert.independent < subscription.least_sources:
        return f"least sources: {alert.independent} independent, asked for {subscription.least_sources}"
    if subscription.sources and not any(is_from(source, subscription.sources) for source in alert.sources):
        return "source: none of those that were asked for"
    if subscription.not_sources and all(is_from(source, subscription.not_sources) for source in alert.sources):
        return "not source: it was read nowhere else"
    return text_refusal(subscription, alert.title, f"{alert.summary}\n{alert.excerpt}", alert.lang)


def text_refusal(subscription: Subscription, title: str, summary: str, lang: str) -> str:
    """Return the first filter of language and words that keeps a text away, or nothing."""
    if subscription.languages and lang not in subscription.languages:
        return f"language: {lang or 'unknown'} was not asked for"
    if subscription.words and not has_any(subscription.words, title, summary):
        return "word: none of those that were asked for"
    if hit := first_of(subscription.not_words, title, summary):
        return f"not word: {hit}"
    return ""


def never(subscription: Subscription) -> str:
    """Return why no alert can ever pass these filters, or nothing where one may."""
    words = set(subscription.words)
    if subscription.themes and not subscription.events and words and words <= set(subscription.not_words):
        return "each word that is asked for is one that is not wanted"
    if subscription.sources and _folded(subscription.sources) <= _folded(subscription.not_sources):
        return "each source that is asked for is one that is not wanted"
    return ""


def is_from(source: Source, names: tuple[str, ...]) -> bool:
    """Whether a source is one of these: by its name or that of the feed that carried it, by a host or its domain."""
    hosts = [(urlsplit(url).hostname or "").casefold() for url in (source.url, source.site)]
    known = {source.name.casefold(), source.via.casefold(), *hosts}
    return any(one in known or any(host.endswith(f".{one}") for host in hosts) for one in _folded(names))


def _folded(names: tuple[str, ...]) -> set[str]:
    return {name.casefold() for name in names}
