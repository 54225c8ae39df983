"""Named queries, kept in `.sql` files that a DBA can read.

A file in `sql/queries/` holds several statements. Each starts with `-- name: NAME` and `-- purpose: ...`; parameters
are psycopg's `%(name)s`; `{schema}` stands for the quoted schema, and `{table}` for a quoted table where the shape of
a query needs one (a partition). Nothing else in braces is touched, so JSON and arrays read as they are.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from attrs import frozen

__all__ = ["Query", "named_query", "parse_queries", "quote_identifier"]

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)[ \t]*\n-- purpose: (?P<purpose>.+)\n", re.MULTILINE)


@frozen(kw_only=True)
class Query:
    """One named statement.

    Attributes:
        name: Unique over all files.
        purpose: One line: what it is for.
        text: The statement, with `{schema}` and perhaps `{table}` unresolved.
    """

    name: str
    purpose: str
    text: str

    def for_schema(self, schema: str, **identifiers: str) -> str:
        """The statement with its identifiers quoted and put in.

        Args:
            schema: The schema's name, unquoted.
            identifiers: Further names in braces, unquoted: `table="commission_ledger_2026_03"`.
        """
        text = self.text
        for placeholder, name in {"schema": schema, **identifiers}.items():
            text = text.replace("{" + placeholder + "}", quote_identifier(name).replace("%", "%%"))
        return text


def quote_identifier(name: str) -> str:
    """A name quoted for PostgreSQL, whatever it holds.

    >>> quote_identifier('My "odd" schema')
    '"My ""odd"" schema"'

    Raises:
        ValueError: The name is empty or holds a NUL, which no identifier can.
    """
    if not name or "\0" in name:
        msg = f"{name!r} cannot be a name in PostgreSQL: it is empty or holds a NUL"
        raise ValueError(msg)
    return '"' + name.replace('"', '""') + '"'


def named_query(name: str) -> Query:
    """The query of that name.

    Raises:
        KeyError: No file holds it; a mistake in our own code.
    """
    return _all_queries()[name]


def parse_queries(text: str, origin: str) -> list[Query]:
    """The queries of one file.

    Args:
        text: The file's content.
        origin: The file's name, for messages.

    Raises:
        ValueError: A statement lacks its header or stands before the first one.
    """
    headers = list(_HEADER.finditer(text))
    if not headers or text[: headers[0].start()].replace("-- ", "").strip().startswith(("SELECT", "INSERT")):
        msg = f"{origin}: every statement starts with '-- name: NAME' and '-- purpose: ...'"
        raise ValueError(msg)
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [
        Query(name=header["name"], purpose=header["purpose"].strip(), text=text[header.end() : end].strip().rstrip(";"))
        for header, end in zip(headers, ends, strict=True)
    ]


@cache
def _all_queries() -> Mapping[str, Query]:
    found: dict[str, Query] = {}
    folder = files("mlmcore.sql") / "queries"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".sql"):
            continue
        for item in parse_queries(entry.read_text(encoding="utf-8"), entry.name):
            if item.name in found:
                msg = f"{entry.name}: the query {item.name!r} is named twice"
                raise ValueError(msg)
            found[item.name] = item
    return MappingProxyType(found)
