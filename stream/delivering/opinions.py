"""Whose word there is on an item, in words for people: on the pages behind links, and in `why-not`."""

from stream.records import Opinion

__all__ = ["told"]


def told(opinion: Opinion) -> str:
    """Return who says what, and how far that reaches, as one sentence without a full stop."""
    subscriber = opinion.standing == "subscriber"
    says = "is" if opinion.right else "is not"
    claim = f"{opinion.who if subscriber else f'labeller {opinion.who}'} says that it {says} of {opinion.theme}"
    if opinion.counts:
        return f"{claim}, which counts for everyone"
    if subscriber:
        return f"{claim}, which counts for that subscription only, until others agree or a labeller confirms it"
    return f"{claim}, which does not count: labellers disagree, or too few have said so"
