"""The HTTP interface as an OpenAPI 3.1 document, made of the table of commands."""

from __future__ import annotations

from typing import Any

from ... import __version__
from .respond import COMMANDS, FIELDS, Command

Json = dict[str, Any]

ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["kind", "message"],
            "properties": {
                "kind": {"type": "string", "description": "ParseError, ShapeError, UnsupportedError, LimitError, BadRequest, …"},
                "message": {"type": "string", "description": "one sentence"},
                "field": {"type": ["string", "null"], "description": "the field in which the place lies"},
                "text": {"type": "string"},
                "start": {"type": "integer", "description": "first character of the place, counted in code points"},
                "end": {"type": "integer"},
            },
        }
    },
}
REFUSALS = {
    "400": "not JSON, or not the fields described here",
    "413": "the body is larger than 64 KiB",
    "415": "the body is not application/json",
    "422": "matgrad cannot answer, and says why; a time or memory limit is a LimitError",
    "503": "the queue is full; Retry-After says when to come again",
}


def content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def operation(name: str, command: Command) -> Json:
    properties = {f: FIELDS[f] for f in (*command.required, *command.optional)}
    request = {"type": "object", "required": command.required, "properties": properties, "additionalProperties": False}
    refused = {status: {"description": words, "content": content({"$ref": "#/components/schemas/Error"})} for status, words in REFUSALS.items()}
    return {
        "operationId": name,
        "summary": command.summary,
        "requestBody": {"required": True, "content": content(request)},
        "responses": {"200": {"description": "the answer", "content": content({"type": "object"})}, **refused},
    }


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "matgrad",
            "version": __version__,
            "description": "Derivatives of matrix expressions, with the derivation.",
            "license": {"name": "MIT"},
        },
        "paths": {f"/api/{name}": {"post": operation(name, command)} for name, command in COMMANDS.items()},
        "components": {"schemas": {"Error": ERROR}},
    }
