"""The OpenAPI document of operations: each schema is made of the type that is read or answered, none is written."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from stream.text.names import LONGEST_NAME
from stream.web.operations import Operation
from stream.web.problems import MEDIA_TYPE, Problem

__all__ = ["openapi"]

_ALWAYS = {
    401: "no token, or a wrong one",
    403: "not from here, or not in this role",
    422: "it makes no sense",
    429: "too many requests: ask again later",
    503: "the stream or its index cannot be asked now",
}
_WITH_BODY = {411: "its length is not said", 413: "it is too long", 415: "not JSON"}
_WITH_NAME = {404: "there is none of this name"}
Schemas = dict[Any, dict[str, Any]]


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    kinds = list(dict.fromkeys(kind for each in operations for kind in (each.body, each.gives, each.query) if kind))
    made, components = msgspec.json.schema_components([*kinds, Problem], ref_template="#/components/schemas/{name}")
    schemas = dict(zip([*kinds, Problem], made, strict=True))
    queries = {schemas[each.query]["$ref"].rpartition("/")[2] for each in operations if each.query}
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        query = components[schemas[each.query]["$ref"].rpartition("/")[2]] if each.query else {}
        paths.setdefault(each.path, {})[each.method.lower()] = _described(each, schemas, query)
    return {
        "openapi": "3.1.0",
        "info": {"title": "themewire", "version": "1", "description": "Times are milliseconds since 1970, UTC."},
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in queries},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _described(each: Operation, schemas: Schemas, query: dict[str, Any]) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", each.path)
    refusals = {**_ALWAYS, **(_WITH_BODY if each.body else {}), **(_WITH_NAME if names else {})}
    told = {**refusals, **each.answers}
    described: dict[str, Any] = {
        "operationId": "_".join([each.method.lower(), *re.findall(r"\w+", each.path.replace("/api/", "/"))]),
        "summary": each.summary,
        "description": f"For the role {each.role.name.lower()}.",
        "responses": {str(status): _answer(each, schemas, status, told[status]) for status in sorted(told)},
    }
    if each.body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[each.body]}}}
    if parameters := [*map(_of_path, names), *_of_query(query)]:
        described["parameters"] = parameters
    return described


def _answer(each: Operation, schemas: Schemas, status: int, text: str) -> dict[str, Any]:
    if status >= 400:
        return {"description": text, "content": {MEDIA_TYPE: {"schema": schemas[Problem]}}}
    if each.gives is None:
        return {"description": text}
    return {"description": text, "content": {media: {"schema": schemas[each.gives]} for media in each.media}}


def _of_path(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, schema in query.get("properties", {}).items():
        told = {"description": schema.pop("description")} if "description" in schema else {}
        yield {"name": name, "in": "query", "required": name in query.get("required", ()), **told, "schema": schema}
