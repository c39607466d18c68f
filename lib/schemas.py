"""JSON Schemas of the msgspec structs that go over the wire, for the OpenAPI and AsyncAPI documents."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, get_args, get_type_hints

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction
from msgspec import Struct, UnsetType
from rest_framework import serializers

REF = "#/components/schemas/{name}"
Schema = dict[str, Any]


def schemas(structs: Iterable[type[Struct]], incoming: type[Struct] | None = None) -> dict[str, Schema]:
    """The JSON Schemas of these structs and of the structs in their fields, by name. Clients send the subclasses of
    `incoming` and receive all others.

    msgspec describes what it accepts. Clients receive what it writes: there, fields with a default are present too, and
    times always have the one format.
    """
    known = {struct.__name__: struct for struct in _closure(structs)}
    _, found = msgspec.json.schema_components(known.values(), ref_template=REF)
    for name, schema in found.items():
        _describe(known[name], schema, is_sent=incoming is not None and issubclass(known[name], incoming))
    return found


def _describe(struct: type[Struct], schema: Schema, is_sent: bool) -> None:
    always = not is_sent and not struct.__struct_config__.omit_defaults
    for field in msgspec.structs.fields(struct):
        parts = get_args(field.type) or (field.type,)
        described = schema["properties"][field.encode_name]
        if datetime in parts:
            for choice in described.get("anyOf", [described]):
                if choice.get("type") == "string":
                    choice["format"] = "date-time"
        if always and UnsetType not in parts and field.encode_name not in schema["required"]:
            schema["required"].append(field.encode_name)
        if not is_sent:
            described.pop("default", None)


def _closure(structs: Iterable[type[Struct]]) -> list[type[Struct]]:
    """The structs and every struct that their fields hold."""
    found: dict[type[Struct], None] = {}

    def look(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, Struct):
            if kind not in found:
                found[kind] = None
                for hint in get_type_hints(kind).values():
                    look(hint)
        for part in get_args(kind):
            look(part)

    for struct in structs:
        look(struct)
    return list(found)


class StructSerializer(serializers.Serializer[Any]):
    """Stands for a struct in `extend_schema`. The view answers with the struct itself."""

    struct: ClassVar[type[Struct]]


@cache
def answer(struct: type[Struct]) -> type[StructSerializer]:
    """The serializer class that stands for this struct."""
    parts = {"struct": struct, "__doc__": struct.__doc__, "__module__": struct.__module__}
    return type(f"{struct.__name__}Serializer", (StructSerializer,), parts)


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "lib.schemas.StructSerializer"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return self.target.struct.__name__

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        parts = {struct.__name__: struct for struct in _closure([self.target.struct])}
        found = schemas([self.target.struct])
        own = found.pop(self.target.struct.__name__)
        for name, schema in found.items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]
                    name, ResolvedComponent.SCHEMA, schema, answer(parts[name])
                )
            )
        return own
