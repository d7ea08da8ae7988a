"""The view of subscriptions: who is alerted of what, by which way, and how the last deliveries went; and their form."""

from collections.abc import Mapping
from typing import Any

from stream.index.rows import ALERTS, DELIVERIES
from stream.index.session import IndexRows
from stream.records import Delivery, Subscription
from stream.secrets import SecretMissing
from stream.sqlite.database import Database
from stream.web.access import RequestRefused
from stream.web.page.subscription_acts import MUTES, form_context
from stream.web.page.subscription_form import FROM_SEARCH, texts_of, wished
from stream.web.page.workbench import Workbench

__all__ = ["asked_for", "subscriptions_view"]


def subscriptions_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    found, name = bench.subscriptions.all(), query.get("name", "")
    if name and name not in found:
        raise RequestRefused(404, "There is no such subscription.")
    if name and "change" in query:
        texts = {**texts_of(found[name]), "revision": str(found[name].revision)}
        return "subscription_form.html", form_context(bench, texts, {})
    if not name and any(each in query for each in ("new", "theme", *FROM_SEARCH)):
        return "subscription_form.html", form_context(bench, wished(query), {})
    rows = IndexRows(index)
    if name:
        return _one(bench, rows, found[name])
    last = {key: DELIVERIES.read(row) for key in found if (row := rows.get(DELIVERIES.name, key))}
    return "subscriptions.html", {
        "subscriptions": [found[key] for key in sorted(found)],
        "last": last,
        "asked_for": asked_for,
        "days": MUTES,
    }


def _one(bench: Workbench, rows: IndexRows, subscription: Subscription) -> tuple[str, dict[str, Any]]:
    row = rows.get(DELIVERIES.name, subscription.id)
    deliveries = DELIVERIES.read(row) if row else ()
    try:
        atom, why = bench.subscriptions.atom(subscription.id), ""
    except SecretMissing as error:
        atom, why = "", str(error)
    return "subscription.html", {
        "each": subscription,
        "deliveries": [(made, _title(rows, made)) for made in deliveries],
        "asked_for": asked_for,
        "days": MUTES,
        "warnings": bench.subscriptions.warnings(subscription),
        "atom": atom,
        "why": why,
    }


def _title(rows: IndexRows, delivery: Delivery) -> tuple[str, str]:
    """What was sent, in a few words, and its language."""
    if not delivery.alert:
        return "a digest or a health event", ""
    row = rows.get(ALERTS.name, delivery.alert)
    return (ALERTS.read(row).alert.title, ALERTS.read(row).alert.lang) if row else ("an alert", "")


def asked_for(subscription: Subscription) -> list[str]:
    """Return what a subscription asks for beyond its themes, each as a few words."""
    each, found = subscription, []
    found.append(f"from {each.threshold:.2f}" if each.threshold else "unsure too" if each.unsure else "what is sure")
    for label, values in (
        ("in", each.languages),
        ("from", each.sources),
        ("not from", each.not_sources),
        ("with", each.words),
        ("without", each.not_words),
        ("digest at", each.digest),
    ):
        if values:
            found.append(f"{label} {', '.join(values)}")
    if each.least_sources > 1:
        found.append(f"once {each.least_sources} sources have it")
    if each.quiet:
        found.append(f"quiet {each.quiet} {each.zone}")
    if each.cap:
        found.append(f"at most {each.cap} an hour")
    return found
