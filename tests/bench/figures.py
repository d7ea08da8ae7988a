"""What is measured: items, seconds and the processor's seconds."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Figure", "measured", "table"]


@dataclass
class Figure:
    """How long something took for `items`; `cpu` is of this process and of its children that have ended."""

    backend: str
    what: str
    items: int = 0
    seconds: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured(figure: Figure) -> Iterator[Figure]:
    """Adds the time within to the figure."""
    began, cpu = time.perf_counter(), _cpu()
    yield figure
    figure.seconds += time.perf_counter() - began
    figure.cpu += _cpu() - cpu


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def table(figures: list[Figure]) -> str:
    """The figures, a line each."""
    lines = [f"{'stream':8}{'stage':12}{'items':>8}{'seconds':>10}{'items/s':>10}{'CPU ms/item':>13}"]
    for f in figures:
        rate, cpu = f.items / f.seconds, 1000 * f.cpu / f.items
        lines.append(f"{f.backend:8}{f.what:12}{f.items:8d}{f.seconds:10.2f}{rate:10.0f}{cpu:13.2f}")
    return "\n".join(lines)
