"""The page on exports: how the command is used, and every column."""

from deploy.exporting.formats import columns
from deploy.exporting.rows import EXPORTS, SourceRow

__all__ = ["exports_page"]

INTRODUCTION = """# Exports

    pip install 'themewire[parquet]'
    themewire export judgements exported/judgements --theme standards --since 2026-01-01

writes files of rows for analysis: `items`, `judgements`, `alerts` or `labels`, as Parquet (compressed with zstd) or,
with `--format jsonl`, as JSON lines, which need nothing more. Whatever reads a folder of Parquet reads them together:

    import pyarrow.dataset
    table = pyarrow.dataset.dataset("exported/judgements", format="parquet").to_table()

- **It goes on.** The same command with the same folder adds what has come since, in further files; one that was cut off
  goes on where it was. Each record of the stream is there once. A folder holds one export: other options are refused.
- **Files are there whole or not at all**: `WHAT-000001.parquet` and so on, each of about 20,000 rows at most. A file
  that a crash left without its entry in `_export.json` is written again by the next run: run it before you read them.
- **It needs little memory**, one file at a time, and reads the stream itself: what retention has taken is not there.
  Items and judgements are kept for 90 days, alerts for a year, labels for ever. When records went by retention between
  two runs, the second one says how many.
- **Rows are in no order**: each partition's are in its order, and several are mixed. Sort by `at`.
- `--since` and `--until` choose by `at`: from the first on, and before the second, in UTC unless they say otherwise.
- Times are UTC; one that is not known is null. In JSON lines they are texts (RFC 3339).
- `_export.json` says what was asked for, and names each file with the number of its rows. Its `form` is 1: a change of
  the columns below is another form, and needs a new folder.

Texts are as strangers wrote them: escape them where you display them. Labels name who gave them.
"""


def exports_page() -> str:
    """Return docs/export.md."""
    parts = [INTRODUCTION]
    for name, kind in EXPORTS.items():
        about = (kind.row.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")
        parts.append(f"## {name.capitalize()}\n\n{about}\n\n| column | type | |\n|---|---|---|")
        parts[-1] += "".join(f"\n| `{column}` | {form} | {text} |" for column, form, text in columns(kind.row)) + "\n"
    source = ", ".join(f"`{column}` ({form})" for column, form, _ in columns(SourceRow))
    parts.append(f"Each of an alert's `sources` has {source}: {(SourceRow.__doc__ or '').lower()}\n")
    return "\n".join(parts)
