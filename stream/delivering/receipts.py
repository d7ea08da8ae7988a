"""What channels want to have back: the receiver's own name of a message, by which a later one edits or follows it."""

from stream.delivering.rows import RECEIPTS, Receipt
from stream.engine.tables import Tables
from stream.records import Destination, Outbound
from stream.units import DAY

__all__ = ["KEPT", "keep", "receipts_of"]

KEPT = 90 * DAY  # as long as what was sent


def keep(tables: Tables, out: Outbound, destination: Destination, text: str, now: int) -> None:
    """The receipt of the last message on an alert takes the place of the one before."""
    if out.alert:
        row = Receipt(text, destination)
        RECEIPTS.put(tables, _key(out.subscription, out.alert.id), row, due=now + KEPT)


def receipts_of(tables: Tables, out: Outbound, destination: Destination) -> tuple[str, str]:
    """Return the receipts of the alert and of the one in whose thread it is, as far as this destination gave them."""

    def found(alert: str) -> str:
        row = RECEIPTS.get(tables, _key(out.subscription, alert)) if alert else None
        same = row and (row.destination.kind, row.destination.address) == (destination.kind, destination.address)
        return row.text if row and same else ""

    return found(out.alert.id if out.alert else ""), found(out.thread)


def _key(subscription: str, alert: str) -> str:
    return f"{subscription}/{alert}"
