#!/usr/bin/env python3
"""Write `types/wire.d.ts`: the frames of the sockets as TypeScript, for the checks of the web client.

They come from the AsyncAPI document, and so from `chat/protocol.py`. With `--check` nothing is written: a file that is
not up to date is a failure.
"""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "types" / "wire.d.ts"
HEAD = "// Made by scripts/wire.py from chat/protocol.py: change that.\n"
SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(type_of(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return f"Array<{type_of(schema.get('items', {}))}>"
        case "object":
            return f"Record<string, {type_of(schema.get('additionalProperties', {}))}>"
        case str(name):
            return SIMPLE[name]
    return "any"


def declared(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    fields = [
        f"  {field}{'' if field in required else '?'}: {type_of(of)};"
        for field, of in schema["properties"].items()
    ]
    return "\n".join([f"export interface {name} {{", *fields, "}"])


def text(document: dict[str, Any]) -> str:
    """The whole file: each struct, and the frames that come (`Frame`) and go (`Sent`)."""
    schemas = document["components"]["schemas"]
    parts = [declared(name, schema) for name, schema in schemas.items()]
    for union, tag in (("Frame", "server to client"), ("Sent", "client to server")):
        names = [
            name
            for name, message in document["components"]["messages"].items()
            if message["tags"][0]["name"] == tag
        ]
        parts.append(f"export type {union} =\n  | " + "\n  | ".join(names) + ";")
    return HEAD + "\n\n".join(parts) + "\n"


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    import django

    django.setup()
    from chat.api.asyncapi import document

    made = text(document("", "", "", secure=False))
    if "--check" in sys.argv[1:]:
        if not TARGET.is_file() or TARGET.read_text() != made:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not up to date: run scripts/wire.py")
    else:
        TARGET.write_text(made)


if __name__ == "__main__":
    main()
