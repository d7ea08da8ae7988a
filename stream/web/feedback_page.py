"""The pages behind the links in deliveries: HTML that runs nothing, loads nothing, and is found by no search engine."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

from stream.delivering.layout import Section, sections_html
from stream.delivering.opinions import told
from stream.records import Item, Opinion

__all__ = ["DAYS", "USUAL_DAYS", "asked_label", "asked_mute", "effect", "listed", "page", "quoted"]

DAYS = (1, 7, 30)  # of a mute
USUAL_DAYS = 7
STYLE = """
:root { color-scheme: light dark; }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem; }
q { font-weight: 600; overflow-wrap: anywhere; }
label { display: block; padding: .4rem 0; }
button { font: inherit; padding: .7rem 1.4rem; margin-top: .6rem; }
"""
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(body: str, status: int = 200) -> HTMLResponse:
    """Return the page of a body, which is HTML."""
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>themewire</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
    )
    return HTMLResponse(f"{head}<main>{body}</main></html>\n", status, HEADERS)


def asked_label(
    item: Item, theme: str, right: bool, agree: int, opinions: Sequence[Opinion], labeller: bool = False
) -> str:
    """Return the question that comes before feedback is written, what it will do (see `effect`), and who has spoken."""
    claim = "belongs to the theme" if right else "does not belong to the theme"
    button = "Yes, the alert was right" if right else "No, the alert was wrong"
    return (
        f"<p>Press the button to confirm that {quoted(item)} {claim} <b>{escape(theme)}</b>. "
        f"{effect(right, agree, labeller)}</p>{_form('', button)}{_said(theme, opinions)}"
    )


def effect(right: bool, agree: int, labeller: bool = False) -> str:
    """Return what an answer does by itself, and what it takes for it to count for everyone: so many who `agree`.

    That of a `labeller` counts as their other labels do.
    """
    if labeller:
        return "You are a labeller here: your answer counts for everyone, and the classifier will learn from it."
    others = "a labeller confirms it"
    if agree == 1:
        return "Your answer counts for everyone, and the classifier will learn from it."
    if agree:
        others = f"{agree} subscribers give the same answer or {others}"
    own = "" if right else "This subscription will get no more updates of the alert. "
    return f"{own}Your answer counts for everyone, and the classifier will learn from it, once {others}."


def _said(theme: str, opinions: Sequence[Opinion]) -> str:
    lines = [f"<li>{escape(told(each))}</li>" for each in opinions if each.theme == theme]
    return f"<p>So far:</p><ul>{''.join(lines)}</ul>" if lines else ""


def asked_mute(subscription: str) -> str:
    """Return the question that comes before a subscription is muted, and for how long."""
    choices = "".join(
        f'<label><input type="radio" name="days" value="{days}"{" checked" if days == USUAL_DAYS else ""}> '
        f"{days} {'day' if days == 1 else 'days'}</label>"
        for days in DAYS
    )
    return (
        f"<p>Press the button to mute the subscription <b>{escape(subscription)}</b>. "
        f"Alerts raised while it is muted are not sent, not even afterwards.</p>{_form(choices, 'Mute')}"
    )


def listed(sections: Sequence[Section], mute: str) -> str:
    """Return a digest: each alert under the number that its link has, and a link that mutes the subscription."""
    parts = [f'<section id="{n}">\n{sections_html([each])}\n</section>' for n, each in enumerate(sections, start=1)]
    muting = f'<p><a href="{escape(mute)}">Mute this subscription</a></p>' if mute else ""
    return "\n".join([*parts, muting])


def quoted(item: Item) -> str:
    """Return an item's title as HTML, its direction kept to itself."""
    lang = f' lang="{escape(item.lang)}"' if item.lang else ""
    return f"<q><bdi{lang}>{escape(item.title or item.url or item.id)}</bdi></q>"


def _form(inputs: str, button: str) -> str:
    return f'<form method="post">{inputs}<button>{button}</button></form>'
