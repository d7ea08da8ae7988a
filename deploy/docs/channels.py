"""The page on channels: what they share, and each channel's own words."""

from stream.delivering.channels.registry import CHANNELS

__all__ = ["channels_page"]

INTRODUCTION = """# Channels

A subscription has exactly one channel: a webhook, mail, or a chat by way of Apprise. Another kind is one more file in
`stream/delivering/channels`: [extending.md](extending.md) writes one. What all of them share:

- **At least once.** What is not taken is tried again, first after seconds, then every hour, for three days; then it
  is given up, and `themewire deliveries again ID` sends it again. A crash between a receiver's answer and our note of
  it repeats a delivery. So a receiver may see a delivery twice, and it can tell: its id is the same over all
  attempts.
- **Each attempt ends** within `deliver.deadline` seconds. A receiver that hangs or fails holds up no other:
  [delivering.md](delivering.md) says which delivery is next.
- **Secrets by reference**: `env:NAME` or `file:PATH`, looked up where they are used; no record has them.
- **Nothing that an item's author wrote** is markup, a header or a link in a mail or a chat: of what they wrote only
  the item's own addresses are links, spelt out, and each text is one line without characters that cannot be seen. A
  webhook gets the texts as they are on the stream: whoever shows them escapes them.
- **Feedback links**: right, wrong and mute, see [feedback.md](feedback.md).
- `themewire subscriptions test NAME` sends one marked alert and tells each step.
"""

FAILURES = """## When a channel fails

    themewire subscriptions add team --theme standards --webhook https://example.org/hook --fallback me

has what is given up told to `me`, by its own channel: what it was, why, and how to send it again; at most once an
hour, with a count of what came meanwhile. The same goes to whoever asked for it with `--event "delivery given up"`.
What is lost on the way to a fallback is told no further. A fallback cannot be removed while somebody relies on it.
"""


def channels_page() -> str:
    """Return docs/channels.md; a channel's section is in its own file."""
    return "\n".join([INTRODUCTION, *(channel.about for channel in CHANNELS.values()), FAILURES])
