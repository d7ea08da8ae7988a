"""What people say of an alert on the page: that it was right or wrong, and that nobody need be sent more of it."""

import threading
import uuid
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from stream.delivering.feedback import Ticket, item_of, label_of, last_word
from stream.index.contrary import is_contrary
from stream.index.rows import ALERTS
from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.records import Out
from stream.records import Alert, Label, Mute, encode
from stream.web.access import Caller, RequestRefused, Role
from stream.web.item_labels import labels_of
from stream.web.page.acting import Act, Form, person
from stream.web.page.workbench import Workbench

__all__ = ["AlertActs"]

PATH = "/alert"
ORIGIN = "page"  # of labels


@dataclass(frozen=True)
class AlertActs:
    """What the forms of an opened alert do; each leads back to the list it was sent from, with that alert opened."""

    bench: Workbench
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # between looking and writing

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/right", Role.LABELLER, partial(self.say, right=True)),
            Act(f"{PATH}/wrong", Role.LABELLER, partial(self.say, right=False)),
            Act(f"{PATH}/undo", Role.LABELLER, self.undo),
            Act(f"{PATH}/mute", Role.OPERATOR, self.mute),
            Act(f"{PATH}/unmute", Role.OPERATOR, self.unmute),
        )

    def say(self, form: Form, caller: Caller, right: bool) -> str:
        """Labels the alert's item as of its theme or not; said twice, it counts once."""
        alert, who = self._alert(form), person(caller)
        doc = self._doc(alert)
        said = Ticket("right" if right else "wrong", "", alert.id, alert.theme, doc.item.id, 0)  # as by a link
        with self._one_at_a_time:
            before = labels_of(self.bench.stream, doc.item.id)
            label = label_of(said, doc.item, before, self.bench.clock(), labeller=who, origin=ORIGIN)
            if label is not None:
                self._append(replace(label, contrary=is_contrary(doc, label.yes, label.no)))
        return _opened(form, alert, "right" if right else "wrong")

    def undo(self, form: Form, caller: Caller) -> str:
        """Takes the caller's last word on the alert back; what they said before holds again."""
        alert, who = self._alert(form), person(caller)
        doc = self._doc(alert)
        with self._one_at_a_time:
            before = last_word(labels_of(self.bench.stream, doc.item.id), who, alert.theme)
            if before is None:
                raise RequestRefused(409, "There is no word of yours on this alert that could be taken back.")
            if len(before.yes + before.no) > 1:
                raise RequestRefused(
                    409, f"Your label {before.id} says more than that: `themewire label undo` takes all of it back."
                )
            undo = Label(
                id=uuid.uuid4().hex, item=doc.item, who=who, origin=ORIGIN, at=self.bench.clock(), undoes=before.id
            )
            self._append(undo)
        return _opened(form, alert, "undone")

    def mute(self, form: Form, caller: Caller) -> str:
        """Sends nobody more of the alert, but that it is retracted."""
        alert = self._alert(form)
        mute = Mute(alert=alert.id, theme=alert.theme, who=person(caller), at=self.bench.clock())
        self.bench.stream.append([Out(topics.MUTES, alert.id, encode(mute))])
        return _opened(form, alert, "muted")

    def unmute(self, form: Form, _: Caller) -> str:
        """Sends what is said of the alert from now on."""
        alert = self._alert(form)
        self.bench.stream.append([Out(topics.MUTES, alert.id, None)])
        return _opened(form, alert, "unmuted")

    def _alert(self, form: Form) -> Alert:
        row = self._rows().get(ALERTS.name, form["alert"])
        if row is None:
            raise RequestRefused(404, "There is no such alert. It may be older than what is kept.")
        return ALERTS.read(row).alert

    def _doc(self, alert: Alert) -> ItemDoc:
        doc = find_item(self._rows(), item_of(alert))
        if doc is None:
            raise RequestRefused(404, "The alert's item is not in the index: if that is being made, try again soon.")
        return doc

    def _rows(self) -> IndexRows:
        return IndexRows(self.bench.index.database())

    def _append(self, label: Label) -> None:
        self.bench.stream.append([Out(topics.LABELS, label.item.id, encode(label))])


def _opened(form: Form, alert: Alert, said: str) -> str:
    return form.returning("/", open=alert.id, said=said)
