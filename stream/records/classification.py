"""What the classifier decides on items, the labels that people give them, and the models trained on these."""

from typing import Literal

import msgspec

from stream.records.ingest import Item
from stream.records.message import Message

__all__ = [
    "TOKEN_VECTOR_BYTES",
    "Candidate",
    "Check",
    "Decision",
    "Doubt",
    "Label",
    "ModelRecord",
    "Need",
    "Occurrence",
    "Opinion",
    "Reason",
    "Source",
    "Standing",
    "Tagged",
]

TOKEN_VECTOR_BYTES = 129  # of one token vector and its weight, see `Candidate`

Decision = Literal["tagged", "none", "unsure", "not judged"]
Standing = Literal["labeller", "subscriber"]  # of who says something: what their word does is a setting


class Reason(msgspec.Struct, frozen=True):
    """A span of title, summary or excerpt (the theme's) that carried a theme's decision, and by how much."""

    theme: str
    field: str
    start: int
    end: int
    weight: float


class Source(msgspec.Struct, frozen=True):
    """Where a story was read; `copy_of` is the story's item whose text this one repeats.

    `name` is who published it; where that is known by another's feed only, `via` is that feed, and `site` an address of
    the publisher's.
    """

    name: str
    url: str
    item: str
    copy_of: str = ""
    via: str = ""
    site: str = ""


class Opinion(msgspec.Struct, frozen=True):
    """What one person says of one theme of an item, by their last label of it: that it is of it (`right`) or is not.

    `counts` where that holds for everybody; a subscriber's word does for itself in any case.
    """

    who: str
    standing: Standing
    theme: str
    right: bool
    counts: bool
    at: int


class Tagged(Message, frozen=True, kw_only=True):
    """An item with what the classifier says of it; `rule` names what decided in its place.

    That is rules by their ids, or `label` for people. `joined` is another feed's record of an item that was judged
    before: it only adds a source. `relabelled` is what is tagged again because of a label, with no item's record
    behind it. `opinions` are whose word there is on it, whether it counts or not. `own` has a decision for each theme
    of one's own; `decision` is of all themes together.
    """

    item: Item
    themes: dict[str, float]
    tags: tuple[str, ...]
    decision: Decision
    reasons: tuple[Reason, ...]
    model: str
    rule: str = ""
    sources: tuple[Source, ...] = ()
    joined: bool = False
    relabelled: bool = False
    own: dict[str, Decision] = msgspec.field(default_factory=dict)
    at: int = 0
    nearness: float = 0.0  # cosine with the nearest of what the model has seen
    opinions: tuple[Opinion, ...] = ()


class Candidate(Message, frozen=True, kw_only=True):
    """An item that is tagged with `theme` now (`stands`) or was before.

    `vectors` are, by encoder, what its text means, as signed bytes; `token_vectors` are for late interaction,
    `TOKEN_VECTOR_BYTES` each: a vector of signed bytes for every two tokens, then its weight. There are none of what
    was tagged by labels alone.
    """

    theme: str
    stands: bool
    tagged: Tagged
    vectors: dict[str, bytes] = msgspec.field(default_factory=dict)
    token_vectors: bytes = b""


class Label(Message, frozen=True, kw_only=True):
    """What one person says of one item: the themes that it is of (`yes`) and is not of (`no`); append-only.

    `id` is made by the client, so that a label sent twice counts once; `undoes` takes back the label of that id. `item`
    is a copy of what was labelled, which outlives it; `origin` is where the label came from. `standing`, decided where
    it comes in, is how far `who` is believed. A subscriber answers an `alert`, and `receiver` is a hash of where its
    subscription delivers: two of one receiver are one voice. `contrary`: the model that served was sure of the
    contrary. `confirmed`: the person was told so, or asked, and insists.
    """

    id: str
    item: Item
    who: str
    origin: str
    at: int
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    undoes: str = ""
    standing: Standing = "labeller"
    alert: str = ""
    receiver: str = ""
    contrary: bool = False
    confirmed: bool = False


class Doubt(msgspec.Struct, frozen=True):
    """A labelled item that was not learnt until somebody confirms it: what its label says (`yes` and `no`) against what
    is thought of it without any label."""

    item: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    themes: dict[str, float]


class Need(msgspec.Struct, frozen=True):
    """A kind of label: how many there are, how surprising they are in all where they were held out, and about how many
    `more` would take a fifth off that; 0 if more of the same will hardly help."""

    theme: str
    lang: str
    labels: int
    surprise: float
    more: int


class Check(msgspec.Struct, frozen=True):
    """A row of the table by which a model was let serve or refused; `serving` is None where there is nothing
    to compare with, and `limit` is the worst value that is let through."""

    what: str
    subject: str
    challenger: float
    limit: float
    good: bool
    serving: float | None = None


class Occurrence(msgspec.Struct, frozen=True):
    """The share of items that are of a theme, as a setting says (`given`) or as answers tell: of items drawn at random
    so many were of it and so many were not, and of alerts so many were right and so many wrong."""

    theme: str
    share: float
    given: bool = False
    random_yes: int = 0
    random_no: int = 0
    right: int = 0
    wrong: int = 0


class ModelRecord(Message, frozen=True, kw_only=True):
    """A trained model; of those that were promoted (`promoted_at` > 0, ms) the one promoted last serves.

    `labels` are the next offsets, by partition, of the labels that it was trained on. `note` says why it does not
    serve, `checks` is the promotion gate's table behind that, `occurrences` is how often it takes each theme to occur
    where it serves, and `card` describes the model to people, in Markdown. `doubts` are
    labels that somebody should look at again; a label counted as much as `label_weight` statements, and `needs` are
    those of which more would help most.
    """

    id: str
    data: bytes
    training_hash: str
    weights_hash: str
    promoted_at: int
    evaluation: dict[str, float] = msgspec.field(default_factory=dict)
    trained_at: int = 0
    labels: dict[str, int] = msgspec.field(default_factory=dict)
    examples: int = 0
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    note: str = ""
    card: str = ""
    doubts: tuple[Doubt, ...] = ()
    needs: tuple[Need, ...] = ()
    label_weight: float = 1.0
