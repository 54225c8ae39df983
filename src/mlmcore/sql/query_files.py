"""Named queries, kept in `.sql` files that a DBA can read.

A file in `sql/queries/` holds several statements. Each starts with `-- name: NAME` and `-- purpose: ...`; parameters
are psycopg's `%(name)s`; `{schema}` stands for the quoted schema, and `{table}` for a quoted table where the shape of
a query needs one (a partition). Nothing else in braces is touched, so JSON and arrays read as they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from attrs import frozen

__all__ = ["Query", "named_query", "parse_queries", "quote_identifier"]

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)[ \t]*\n-- purpose: (?P<purpose>.+)\n", re.MULTILINE)
_HALF_HEADER = re.compile(r"\s*--\s*(name|purpose)\s*:", re.IGNORECASE)


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
        names = {"schema": schema, **identifiers}
        quoted = {key: quote_identifier(name).replace("%", "%%") for key, name in names.items()}
        # In one pass: a name may itself read like a placeholder.
        pattern = "|".join(re.escape("{" + key + "}") for key in quoted)
        return re.sub(pattern, lambda found: quoted[found[0][1:-1]], self.text)


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
    found = _all_queries().get(name)
    if found is None:
        near = get_close_matches(name, _all_queries(), n=1)
        msg = f"no file in sql/queries holds a query named {name!r}" + (f"; the nearest is {near[0]!r}" if near else "")
        raise KeyError(msg)
    return found


def parse_queries(text: str, origin: str) -> list[Query]:
    """The queries of one file.

    Args:
        text: The file's content.
        origin: The file's name, for messages.

    Raises:
        ValueError: A statement lacks its header or stands before the first one, a header has no statement or is half
            written, or a name is given twice; everything that is wrong, each with its line.
    """
    headers = list(_HEADER.finditer(text))
    ends = [*(header.start() for header in headers), len(text)][1:]
    queries = [
        Query(name=header["name"], purpose=header["purpose"].strip(), text=text[header.end() : end].strip().rstrip(";"))
        for header, end in zip(headers, ends, strict=True)
    ]
    wrong = sorted({*_stray_lines(text, headers), *_empty_or_twice(text, headers, queries)})
    if wrong or not headers:
        listed = "; ".join(f"{origin}:{line}: {what}" for line, what in wrong) or f"{origin}: there is no query in it"
        msg = f"{listed}. Every statement starts with '-- name: NAME' and, on the next line, '-- purpose: ...'"
        raise ValueError(msg)
    return queries


def _stray_lines(text: str, headers: Sequence[re.Match[str]]) -> Iterator[tuple[int, str]]:
    heads = {_line(text, header.start()) for header in headers}
    first = min(heads, default=len(text))
    for number, line in enumerate(text.split("\n"), start=1):
        if number < first and line.strip() and not line.lstrip().startswith("--"):
            yield number, "stands before the first header"
        if _HALF_HEADER.match(line) and number not in heads and number - 1 not in heads:
            yield number, f"{line.strip()!r} is half a header, or its name is not in lower case"


def _empty_or_twice(text: str, headers: Sequence[re.Match[str]], queries: Sequence[Query]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for header, query in zip(headers, queries, strict=True):
        if not query.text:
            yield _line(text, header.start()), f"the query {query.name!r} has no statement"
        if query.name in seen:
            yield _line(text, header.start()), f"the query {query.name!r} is named twice"
        seen.add(query.name)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


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
