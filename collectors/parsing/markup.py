"""What feeds mean by their texts, as HTML: where `<` stands for itself it is escaped, and else it is a tag's.

Atom and JSON Feed say which of their texts are plain. RSS does not, and its titles and descriptions are HTML to all
readers; but a `<` in it with which no HTML begins (`CPU<GPU`, `Tensor<f16>`, `<stdio.h>`) is a character that was
escaped once too little, and nothing behind it may be lost.
"""

import html
import re
from collections.abc import Sequence

__all__ = ["html_of_html", "html_of_plain", "html_of_title"]

_ELEMENTS = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image
img input ins kbd keygen label legend li link listing main map mark marquee math menu meta meter nav nobr noembed
noframes noscript object ol optgroup option output p param picture pre progress q rb rp rt rtc ruby s samp script search
section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th
thead time title tr track tt u ul var video wbr xmp
"""
_KNOWN = frozenset(_ELEMENTS.split())
_ALONE = frozenset({"br", "hr", "wbr", "p", "li"})  # markup also where one stands alone in a title
_SWITCHES = frozenset(
    {"allowfullscreen", "async", "autoplay", "compact", "controls", "defer", "hidden", "loop", "muted", "noshade"}
    | {"nowrap", "open", "playsinline", "reversed", "selected"}
)
# Closing or not, the name, and the attributes with the end of the tag.
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>"'<=]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|[^<>]*(?:>|\Z))""")
_PROLOG = re.compile(r"<(?:!doctype\b|\?xml\b|plaintext\b)[^<>]*>", re.I)  # nothing of it is seen
_CUT_OFF = re.compile(r"</?([a-zA-Z]{0,10})(?:\.\.\.|…|\[…\])?\s*\Z")  # within the name of a tag
_ATTRIBUTE = re.compile(r"\s[\w:@.-]+\s*=")
_QUOTED = re.compile(_ATTRIBUTE.pattern + r"\s*[\"']")
# A plain text that is HTML by mistake begins with an element that only HTML has, or has links, images or broken lines.
_EVIDENT = re.compile(
    r"\s*<(?:p|div|table|[uo]l|h[1-6]|blockquote|figure)[\s>]"
    r"|.*?<(?:a\s[^<>]*href|img\s[^<>]*src)\s*=|(?:.*?<br\s*>){2}|.*?<br\s*/>",
    re.I | re.S,
)
_MEDIA = frozenset({"img", "object", "param", "embed", "iframe", "video", "audio", "source", "br"})


def html_of_plain(text: str, *, title: bool = False) -> str:
    """Return plain text as HTML.

    What is HTML by its links, and was declared plain by mistake, is left as it is; but not in a title, which has none.
    """
    if not title and _EVIDENT.match(text):
        return html_of_html(text)
    return html.escape(text, quote=False)


def html_of_html(text: str) -> str:
    """Return HTML without characters that only look like markup; what was escaped twice is undone once.

    That is a text with escaped tags, and no others but those of images and films before it.
    """
    if "&lt;" in text and all(tag[2].lower() in _MEDIA for tag in _TAG.finditer(text)):
        inner = html.unescape(text)
        tags = list(_TAG.finditer(inner))
        pairs = _pairs(tags)
        if any(tag[2].lower() not in _MEDIA and _is_markup(tag, pairs, alone=False) for tag in tags):
            text = inner
    return _escaped(text, alone=True)


def html_of_title(text: str) -> str:
    """Return the title of an RSS item as HTML: there, a tag without its end is a word (`the <video> element`)."""
    return _escaped(text, alone=False)


def _escaped(text: str, *, alone: bool) -> str:
    if "<" not in text:
        return text
    text = _PROLOG.sub("", _without_remarks(text)).replace("<![CDATA[", "").replace("]]>", "")
    found = list(_TAG.finditer(text))
    pairs = _pairs(found)
    if pairs and (cut := _CUT_OFF.search(text)) and any(name.startswith(cut[1].lower()) for name in _KNOWN):
        text = text[: cut.start()]
        found = list(_TAG.finditer(text))
    if text.count("<") == len(found) and all(_is_markup(each, pairs, alone=alone) for each in found):
        return text
    parts = []
    at = 0
    for each in found:
        markup = _is_markup(each, pairs, alone=alone)
        parts += [text[at : each.start()].replace("<", "&lt;"), each[0] if markup else each[0].replace("<", "&lt;")]
        at = each.end()
    return "".join([*parts, text[at:].replace("<", "&lt;")])


def _pairs(tags: Sequence[re.Match[str]]) -> frozenset[str]:
    """The elements that a text both opens and closes."""
    closed = {tag[2].lower() for tag in tags if tag[1]}
    return frozenset(closed & {tag[2].lower() for tag in tags if not tag[1]}) if closed else frozenset()


def _is_markup(tag: re.Match[str], pairs: frozenset[str], *, alone: bool) -> bool:
    """Whether a reader of HTML would mean a tag by it; with `alone` also one of a known element without its end."""
    name, rest = tag[2].lower(), tag[3]
    whole = rest.endswith(">")
    if whole and name in pairs:
        return True
    known = name in _KNOWN
    if not whole:  # cut off at the end of the text
        return known and bool(pairs or _ATTRIBUTE.search(rest))
    if (_ATTRIBUTE if known else _QUOTED).search(rest):
        return True
    attributes = rest[:-1].strip().rstrip("/").split()
    return known and (alone or name in _ALONE) and all(word.lower() in _SWITCHES for word in attributes)


def _without_remarks(text: str) -> str:
    parts = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join([*parts, text[at:]])
