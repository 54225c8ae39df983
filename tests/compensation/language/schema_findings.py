"""What the published JSON Schema says of a plan in TOML."""

import tomllib
from datetime import date
from typing import Any

import jsonschema

from mlmcore.compensation.loader import plan_schema


def schema_errors(text: str) -> list[Any]:
    """Return every error of a document by the schema."""
    return list(jsonschema.Draft7Validator(plan_schema()).iter_errors(_plain(tomllib.loads(text))))


def _plain(value: Any) -> Any:
    """TOML as JSON: a date is a text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
