"""A request to poll a source, and what it comes to: the messages between the stage and the threads that poll."""

import msgspec

from collectors.parsing.parsed import Parsed

__all__ = ["POLL", "Document", "PollFailed", "PollRequest", "PollResult", "Unchanged"]

POLL = "poll"  # the kind of these requests


class PollRequest(msgspec.Struct, frozen=True):
    """One step of a poll: the address to fetch, with the validators of the last document where it is the first step.

    `given_url` is the address in the feed's record where `url` is another one: the feed has moved, or a later step
    reads what an earlier one named. `credentials` is a reference. `kind` names the kind of source and `options` are the
    feed's settings for it. `cursor` is what the kind's last result left for this one (see `Document`). `step` counts
    from 0; `first_url` is where the poll began, in later steps.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    given_url: str = ""
    credentials: str = ""
    kind: str = "feed"
    options: dict[str, str] = msgspec.field(default_factory=dict)
    cursor: str = ""
    step: int = 0
    first_url: str = ""

    @property
    def began_at(self) -> str:
        """The address of the poll's first step."""
        return self.first_url or self.url

    def following(self, document: "Document") -> "PollRequest":
        """The next step, where a step's document names one."""
        given = self.given_url or self.began_at
        return PollRequest(
            url=document.next_url,
            given_url=given if given != document.next_url else "",
            credentials=self.credentials,
            kind=self.kind,
            options=self.options,
            cursor=document.cursor,
            step=self.step + 1,
            first_url=self.began_at,
        )


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A document that was read; validators and hash are stored in the commit of its items.

    `permanent_url` is where permanent redirects have led ("" for nowhere), `max_age` what Cache-Control says (s),
    `received` how many bytes of a body were read. Where `next_url` is given the poll goes on there: the documents of
    all its steps count as one, whose validators are the first one's. `cursor` is for the kind itself: it is given to
    the next step, or after the last step to the next poll.
    """

    etag: str
    last_modified: str
    body_hash: str
    permanent_url: str
    parsed: Parsed
    seconds: float
    max_age: int = 0
    received: int = 0
    next_url: str = ""
    cursor: str = ""


class Unchanged(msgspec.Struct, frozen=True, tag="unchanged"):
    """Nothing is new: the server says so (`not_modified`), or the body is the stored one."""

    etag: str
    last_modified: str
    not_modified: bool
    seconds: float
    permanent_url: str = ""
    max_age: int = 0
    received: int = 0


class PollFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Why nothing could be read: one of `POLL_OUTCOMES` and a sentence; `retry_after` in seconds, 0 if not given.

    `requested` is False where no request was sent, since another feed's response has asked for time: the feed itself is
    well. `host` is one that has to be left alone by all its feeds for `backoff` seconds.
    """

    kind: str
    message: str
    retry_after: float
    seconds: float
    received: int = 0
    requested: bool = True
    host: str = ""
    backoff: float = 0.0


PollResult = Document | Unchanged | PollFailed
