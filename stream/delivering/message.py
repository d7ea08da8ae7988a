"""What a message says to people, whatever channel carries it: a subject, plain text, and HTML.

    Outbound, links ─► sections ─► Wording        (sanitising makes each text harmless, layout puts it down)

Titles, summaries, names and addresses are written by strangers. None of them can add a line, a tag, a header or a link:
of what they wrote only the items' own http and https addresses are links, spelled out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stream.delivering.feedback import Links, alerts_of
from stream.delivering.layout import Fact, Section, as_html, as_text
from stream.delivering.lines import Line, as_lines
from stream.delivering.sanitising import moment, one_line, web_link
from stream.records import Alert, HealthEvent, Outbound

__all__ = ["Wording", "alert_sections", "mute_link", "thread_key", "worded"]

SUBJECT, TITLE, SHORT_TITLE, SUMMARY, NAME, SENTENCE, EXCERPT = 150, 300, 120, 1000, 100, 500, 500
MOST_SOURCES = 20
MOST_REASONS = 6

_TEST = "This is a test: nothing has happened."
_NOTES = {
    "new": "",
    "update": "An update: there is more to say of what you were sent before.",
    "retracted": "Retracted: you were sent this before, and it does not stand any more.",
}
_MARKS = {"new": "", "update": "Update: ", "retracted": "Retracted: "}
_RELATED = "Related: "
_FEEDBACK = {"right": "Right, it is of this theme", "wrong": "Wrong, it is not"}
_MUTE = "Mute this subscription"


@dataclass(frozen=True)
class Wording:
    """A message for people: `subject` on one line, `text`, the same as a whole page of HTML, and as `lines`."""

    subject: str
    text: str
    html: str
    lines: tuple[Line, ...] = ()


def worded(out: Outbound, links: Links) -> Wording:
    """The message for what is to be sent: an alert with its feedback links, or a line for each alert of a digest."""
    alerts = alerts_of(out)
    sections = [Section("", [_TEST])] if out.test else []
    sections += alert_sections(alerts, links) if out.alert else [_digest(alerts, links)] if alerts else []
    if out.event:
        sections.append(_event(out.event))
    sections.append(Section("", facts=[*_sent(out), *_own({_MUTE: mute_link(out, links)})]))
    subject = one_line(("Test: " if out.test else "") + _subject(out, alerts), SUBJECT)
    return Wording(subject, as_text(sections), as_html(subject, sections), as_lines(subject, sections))


def mute_link(out: Outbound, links: Links) -> str:
    """The address that mutes a message's subscription; "" where there is none."""
    return next((url for each in alerts_of(out) if (url := web_link(links.get(each.id, {}).get("mute", "")))), "")


def _subject(out: Outbound, alerts: tuple[Alert, ...]) -> str:
    if out.event:
        return f"[themewire] {out.event.kind}: {out.event.subject}"
    if not alerts:
        return "[themewire] nothing"
    unsure = "" if alerts[0].sure else "Unsure: "
    mark = _RELATED if out.thread and alerts[0].kind == "new" else _MARKS[alerts[0].kind]
    first = f"{unsure}{mark}[{one_line(alerts[0].theme, NAME)}] {alerts[0].title}"
    return first if out.alert else f"{len(alerts)} alerts: {first}"


def alert_sections(alerts: Sequence[Alert], links: Links) -> list[Section]:
    """Everything about each alert, with its feedback links."""
    return [_alert(each, links.get(each.id, {})) for each in alerts]


def _digest(alerts: Sequence[Alert], links: Links) -> Section:
    """A line for each alert, with a link to it on the digest's page, or to the item where there is no such page."""
    facts = []
    for number, each in enumerate(alerts, start=1):
        mark = f"{_MARKS[each.kind]}[{one_line(each.theme, NAME)}]"
        title = one_line(each.title, SHORT_TITLE) or "(without a title)"
        link = web_link(links.get(each.id, {}).get("page", "")) or web_link(each.url)
        likely = f"; likely the same event as {one_line(each.related[0].title, NAME)}" if each.related else ""
        facts.append(Fact(str(number), f"{mark} {title} ({_from(each)}{_probability(each)}{likely})", link))
    return Section("", facts=facts)


def _from(alert: Alert) -> str:
    """The first source, and how many more there are."""
    if not alert.sources:
        return ""
    more = f" and {len(alert.sources) - 1} more" if len(alert.sources) > 1 else ""
    return f"{one_line(alert.sources[0].name, NAME) or '(without a name)'}{more}, "


def _alert(alert: Alert, links: Mapping[str, str]) -> Section:
    facts = [
        Fact("Theme", one_line(alert.theme, NAME)),
        Fact("Probability", _probability(alert)),
        *([Fact("Because of", because)] if (because := _because(alert)) else []),
        Fact("Judged by", _judge(alert)),
        *_sources(alert),
        *_related(alert),
        Fact(
            "Published", moment(alert.published) + ("" if alert.date_quality == "trusted" else ", which is uncertain")
        ),
        Fact("First seen", moment(alert.first_seen)),
        *_own({label: links.get(what, "") for what, label in _FEEDBACK.items()}),
    ]
    title = one_line(alert.title, TITLE) or "(without a title)"
    return Section(title, [_NOTES[alert.kind], *_told(alert)], facts, alert.lang)


def _told(alert: Alert) -> Iterator[str]:
    """The beginning of the summary and, where that does not have it, the passage that the alert is about."""
    summary, excerpt = one_line(alert.summary, SUMMARY), one_line(alert.excerpt, EXCERPT)
    yield summary
    if excerpt and excerpt not in summary:
        yield f"… {excerpt} …"


def _probability(alert: Alert) -> str:
    return f"{one_line(f'{alert.probability:.2f}', 8)}, {'sure' if alert.sure else 'unsure'}"


def _because(alert: Alert) -> str:
    """The spans of title, summary and excerpt that carried the decision, the weightiest first."""
    texts = {"title": alert.title, "summary": alert.summary, "excerpt": alert.excerpt}
    found: list[str] = []
    for reason in sorted(alert.reasons, key=lambda one: -one.weight):
        text = texts.get(reason.field, "")
        if 0 <= reason.start < reason.end <= len(text):
            found.append(f"“{one_line(text[reason.start : reason.end], NAME)}”")
    return ", ".join(list(dict.fromkeys(found))[:MOST_REASONS])


def _judge(alert: Alert) -> str:
    if alert.rule:
        return "people" if alert.rule == "label" else f"rule {one_line(alert.rule, NAME)}"
    return f"model {one_line(alert.model, NAME)}" if alert.model else "-"


def _sources(alert: Alert) -> Iterator[Fact]:
    yield Fact("Sources", f"{len(alert.sources)}, of which independent: {alert.independent}")
    shown = alert.sources[:MOST_SOURCES]
    for source in shown:
        yield Fact("Source", one_line(source.name, NAME) or "(without a name)", web_link(source.url))
    if len(alert.sources) > len(shown):
        yield Fact("Source", f"and {len(alert.sources) - len(shown)} more")
    link = web_link(alert.url)
    if link and link not in {web_link(source.url) for source in shown}:
        yield Fact("Link", "", link)


def _related(alert: Alert) -> Iterator[Fact]:
    """The alerts that are likely of the same event."""
    for each in alert.related:
        title = one_line(each.title, SHORT_TITLE) or "(without a title)"
        yield Fact("Likely the same event as", f"{title} ({each.probability:.2f})", web_link(each.url))


def _event(event: HealthEvent) -> Section:
    facts = [
        Fact("Kind", one_line(event.kind, NAME)),
        Fact("Subject", one_line(event.subject, TITLE)),
        *([Fact("Before", one_line(event.before, NAME))] if event.before else []),
        Fact("At", moment(event.at)),
    ]
    note = "A word on the health of themewire itself, not news."
    heading = one_line(f"{event.kind}: {event.subject}", TITLE)
    return Section(heading, [note, one_line(event.message, SENTENCE)], facts)


def _sent(out: Outbound) -> Iterator[Fact]:
    yield Fact("Sent because", one_line(out.why, SENTENCE) or "-")
    thread = f", thread {one_line(thread_key(out), NAME)}" if out.alert else ""
    yield Fact("Subscription", f"{one_line(out.subscription, NAME)}, delivery {one_line(out.delivery, NAME)}{thread}")


def thread_key(out: Outbound) -> str:
    """What all messages of a thread share: those on one alert, and on others that are told in its thread."""
    return out.thread or (out.alert.id if out.alert else "")


def _own(links: Mapping[str, str]) -> Iterator[Fact]:
    """Links of ours by their labels."""
    for label, link in links.items():
        if url := web_link(link):
            yield Fact(label, "", url, own=True)
