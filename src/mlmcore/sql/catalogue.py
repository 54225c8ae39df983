"""What is in a schema, as the server's own catalogue tells it: every object by name, with its definition as text.

Two schemas hold the same when their pictures are equal. The schema's own name is left out of every definition, and so
is what belongs to partitions that come and go with periods and months; the rule for those is checked by
`installer.check`.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from mlmcore.sql.query_files import Query, parse_queries, quote_identifier

__all__ = ["picture"]

_CASTS = re.compile(r"::(?:character varying|text)(?:\[\])?")


def picture(connection: psycopg.Connection[Any], schema: str) -> Mapping[str, str]:
    """Every object of a schema: `column users.email` to `character varying(255) NOT NULL`.

    Args:
        connection: Inside a transaction; its `search_path` is put back afterwards.
        schema: The schema's name, unquoted.
    """
    found: dict[str, str] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        before = cursor.fetchall()[0][0]
        # With the schema first in the path, the server leaves its name out of what it writes.
        cursor.execute("SELECT set_config('search_path', %s, true)", [quote_identifier(schema) + ", pg_catalog"])
        for query in _queries():
            cursor.execute(query.text.encode(), {"schema": schema})
            found.update({name: _without_schema(name, text, schema) for name, text in cursor.fetchall()})
        cursor.execute("SELECT set_config('search_path', %s, true)", [before])
    return found


def _queries() -> list[Query]:
    folder = files("mlmcore.sql") / "catalogue.sql"
    return parse_queries(folder.read_text(encoding="utf-8"), "catalogue.sql")


def _without_schema(name: str, text: str, schema: str) -> str:
    kind = name.split(maxsplit=1)[0]
    if kind == "function":
        return _function_without_schema(text, schema)
    # A check of a varchar against a list is written back with its casts elsewhere after a dump and restore.
    return _CASTS.sub("", text) if kind == "constraint" else text


def _function_without_schema(text: str, schema: str) -> str:
    """A function's text without the two places in which the server always writes its schema."""
    for written in (quote_identifier(schema), schema):
        text = re.sub(rf"\A(CREATE OR REPLACE \w+ ){re.escape(written)}\.", r"\1", text)
        for quoted in (written, "'" + schema.replace("'", "''") + "'"):
            text = text.replace(f"\n SET search_path TO {quoted},", "\n SET search_path TO (here),")
    return text
