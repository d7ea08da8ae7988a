"""A member of a stage in a process of its own, to be killed and stopped by the contract suite.

share STAGE           polls and passes everything by; says `owned P,P` whenever that changes
zombie STAGE          polls one batch, says `polled`, waits for a line, commits, says `committed` or `fenced`
crash STAGE STEP      commits one batch and kills itself before the STEPth call into the backend's client;
                      `steps N` is how many there were, if it lives
stop STAGE STEP       the same, but it stops (SIGSTOP) and can go on
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from stream.log.port import Fenced, Session
from stream.log.records import Change, Out
from tests.stream.backends import first, open_log, passing

NUMBERS = {"crash": signal.SIGKILL, "stop": signal.SIGSTOP}


class Steps:
    """Counts calls that leave our code for the backend's client, and sends us a signal before one of them."""

    def __init__(self, step: int, number: int) -> None:
        self.count = 0
        self._step = step
        self._number = number

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        caller = frame.f_back if event == "call" else frame
        if event not in ("call", "c_call") or caller is None or not caller.f_globals["__name__"].startswith("stream."):
            return
        name = frame.f_code.co_qualname if event == "call" else getattr(argument, "__qualname__", "")
        if name.startswith(("KafkaProducer.", "Connection.")):
            self.count += 1
            if self.count == self._step:
                say("stopping")
                os.kill(os.getpid(), self._number)


def say(line: str) -> None:
    print(line, flush=True)


def share(session: Session) -> None:
    owned: dict[int, int] = {}
    while True:
        records = session.poll(None)
        if dict(session.owned()) != owned:
            owned = dict(session.owned())
            say("owned " + ",".join(str(p) for p in sorted(owned)))
        if records:
            try:
                session.commit(passing(session, records))
            except Fenced:
                say("fenced")


def zombie(session: Session) -> None:
    records = first(session, 1)
    works = passing(session, records, [Out("out", "zombie", b"zombie")], [Change("t", "zombie", b"zombie")])
    say("polled")
    sys.stdin.readline()
    try:
        session.commit(works)
        say("committed")
    except Fenced:
        say("fenced")


def crash(session: Session, stage: str, action: str, step: int) -> None:
    records = first(session, 3)
    works = passing(
        session,
        records,
        [Out("out", stage, b"1"), Out("out", stage, b"2")],
        [Change("t", "1", b"1", 1), Change("t", "2", b"2")],
    )
    steps = Steps(step, NUMBERS[action])
    threading.setprofile(steps)
    sys.setprofile(steps)
    try:
        session.commit(works)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    say(f"steps {steps.count}")


def main(address: str, action: str, stage: str, step: str = "0") -> None:
    session = open_log(address).session(stage, ["in"])
    if action == "share":
        share(session)
    elif action == "zombie":
        zombie(session)
    else:
        crash(session, stage, action, int(step))
    os._exit(0)  # as abrupt as a crash: nothing may depend on a clean end


if __name__ == "__main__":
    main(*sys.argv[1:])
