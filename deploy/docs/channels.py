"""The page on channels: what they share, and each channel's own words."""

from stream.delivering.channels.registry import CHANNELS

__all__ = ["channels_page"]

INTRODUCTION = """# Channels

A subscription has exactly one channel: a webhook, mail, on-call, phone or chat. To add another kind, add a file to
`stream/delivering/channels`: [extending.md](extending.md) shows how. All channels have this in common:

- **At least once.** A delivery that is not accepted is retried, first after seconds, later every hour, for three
  days; then it is given up, and `themewire deliveries again ID` sends it again. A crash between the receiver's
  response and our record of it repeats a delivery. A receiver may therefore see a delivery twice, and can tell: its
  id is the same over all attempts.
- **Every attempt ends** within `deliver.deadline` seconds. A receiver that hangs or fails does not delay the others:
  [delivery.md](delivery.md) describes the queue.
- **Secrets by reference**: `env:NAME` or `file:PATH`, resolved only when used; no record contains them.
- **Text from feeds is never markup**, a mention, a header or a link in mail and chats. Only the item's own addresses
  become links, spelled out, and every text is a single line without invisible characters. A webhook receives the texts
  as they are on the stream: whoever displays them must escape them.
- **Later words find the first**: where a receiver has incidents, threads or messages that can be changed, an update
  and a retraction go where the alert is. What a receiver calls its message is remembered for 90 days, and is of no use
  once the subscription has another address.
- **A limit on the rate is kept before a receiver says so**: where one is documented, deliveries wait for their turn,
  and those to others do not wait for them ([delivery.md](delivery.md)). 429 is obeyed all the same: `Retry-After` is
  the least pause, and while a receiver is busy, one delivery at a time tries it.
- **Limits are cited**: each section says which limits of size and rate are known, and from where. They were looked up
  in November 2026 and may change.
- **Checked against their documentation**: each channel is tested against a server of the tests' own that takes what the
  service documents and refuses the rest, not against the service itself. `subscriptions test` does that.
- **Feedback links**: right, wrong and mute, see [feedback.md](feedback.md).
- `themewire subscriptions test NAME` sends one marked test alert and reports every step.
"""

FAILURES = """## When a channel fails

    themewire subscriptions add team --theme standards --webhook https://example.org/hook --fallback me

notifies `me`, through its own channel, of deliveries that were given up: what they were, why, and how to send them
again; at most once an hour, with a count of what was given up in the meantime. Subscriptions with `--event "delivery
given up"` receive the same. If the notification to a fallback is itself given up, nobody else is notified. A
subscription that is another's fallback cannot be removed.
"""


def channels_page() -> str:
    """Return docs/channels.md; a channel's section is in its own file."""
    return "\n".join([INTRODUCTION, *(channel.about for channel in CHANNELS.values()), FAILURES])
