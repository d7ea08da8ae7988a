"""`python -m tests.bench.growth [ROW ...]`: what grows with what is kept, at three sizes, and how fast.

The exponent of its growth is 0 where a cost stays and 1 where it grows as what is kept does; the ratio is that of the
last to the first. `--most N` leaves out larger sizes, `--sizes N ...` measures at these instead, and `--folder DIR`
keeps the streams that are made for the next time.
"""

import argparse
import math
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.running.blas import one_blas_thread
from tests.bench import growth_backlog, growth_match, growth_stories, growth_stream, growth_web, start

__all__ = ["Row"]

Measured = Callable[[int], float]  # of a size, the seconds of one


@dataclass(frozen=True)
class Row:
    """What is measured: seconds of one (a candidate, an event, a start) where so much is kept."""

    name: str
    sizes: Sequence[int]
    seconds: Measured


OF = (growth_stories, growth_match, growth_web, start, growth_stream, growth_backlog)
ROWS = [Row(*each) for module in OF for each in module.ROWS]


def main() -> None:
    """Prints a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(row.name for row in ROWS))
    parser.add_argument("--most", type=int, default=1 << 60)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N")
    parser.add_argument("--folder", type=Path, help="keep the data folders here, and use those that are there")
    asked = parser.parse_args()
    if asked.folder:
        growth_stream.FOLDERS.keep_in(asked.folder)
    one_blas_thread()
    for row in ROWS:
        if not asked.rows or row.name in asked.rows:
            sizes = [size for size in asked.sizes or row.sizes if size <= asked.most]
            found = [row.seconds(size) for size in sizes]
            told = ", ".join(f"{size:,}: {1000 * each:.2f} ms" for size, each in zip(sizes, found, strict=True))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            grown = f"ratio {found[-1] / found[0]:.2f}, exponent {_exponent(sizes, found):.2f}"
            print(f"{row.name}: {told}; {grown}; at most {memory} MB", flush=True)


def _exponent(sizes: Sequence[int], found: Sequence[float]) -> float:
    """Of the growth between the first size and the last."""
    if len(sizes) < 2 or not found[0] or not found[-1]:
        return 0.0
    return math.log(found[-1] / found[0]) / math.log(sizes[-1] / sizes[0])


if __name__ == "__main__":
    main()
