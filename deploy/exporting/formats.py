"""The formats of an export: JSON lines, and Parquet with a schema that is made from the type of the rows.

Parquet is written by pyarrow, which is an extra: `parquet`.
"""

import io
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from deploy.exporting.rows import Row
from stream.errors import ThemewireError

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMATS", "FormatMissing", "columns", "made_by"]

MISSING = "pyarrow is not installed: `pip install 'themewire[parquet]'` adds it, or choose --format jsonl"
NAMES = {str: "string", int: "int64", float: "double", bool: "bool"}

Write = Callable[[type[Row], Sequence[Row]], bytes]


class FormatMissing(ThemewireError):
    """What writes this format is not installed; the sentence says what to install."""


def columns(row: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    """Yield the name, type and description of each column, types as Parquet has them."""
    for name, hint in get_type_hints(row, include_extras=True).items():
        about = next((each.description for each in get_args(hint) if isinstance(each, msgspec.Meta)), "")
        yield name, _type(hint), about or ""


def made_by(form: str) -> Write:
    """Return what writes a file of this format; raises `FormatMissing`."""
    if form == "jsonl":
        return _json_lines
    try:
        import pyarrow.parquet  # noqa: F401  (an extra, and slow to import)
    except ImportError as error:
        raise FormatMissing(MISSING) from error
    return _parquet


FORMATS: Mapping[str, str] = {"parquet": "Parquet, compressed with zstd", "jsonl": "JSON lines"}


def _json_lines(_: type[Row], rows: Sequence[Row]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _parquet(row: type[Row], rows: Sequence[Row]) -> bytes:
    import pyarrow.parquet

    schema = pyarrow.schema([_field(name, hint) for name, hint in get_type_hints(row, include_extras=True).items()])
    found = [msgspec.to_builtins(each, builtin_types=(datetime,)) for each in rows]
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(found, schema), out, compression="zstd")
    return out.getvalue()


def _plain(hint: Any) -> tuple[Any, bool]:  # noqa: ANN401  (a type of the language)
    """The type without its description, and whether it may be null."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if isinstance(bare, types.UnionType):
        return next(each for each in get_args(bare) if each is not type(None)), True
    return bare, False


def _type(hint: Any) -> str:  # noqa: ANN401
    bare, null = _plain(hint)
    if bare is datetime:
        return "timestamp[ms, UTC]" + (" or null" if null else "")
    if get_origin(bare) is tuple:
        return f"list of {_type(get_args(bare)[0])}"
    return NAMES.get(bare, "struct")


def _field(name: str, hint: Any) -> "pyarrow.Field":  # noqa: ANN401
    import pyarrow

    return pyarrow.field(name, _arrow(hint), nullable=_plain(hint)[1])


def _arrow(hint: Any) -> Any:  # noqa: ANN401
    import pyarrow

    bare, _ = _plain(hint)
    if bare is datetime:
        return pyarrow.timestamp("ms", tz="UTC")
    if get_origin(bare) is tuple:
        return pyarrow.list_(_arrow(get_args(bare)[0]))
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return pyarrow.struct([_field(name, each) for name, each in get_type_hints(bare).items()])
    return {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}[bare]
