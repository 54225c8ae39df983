"""Named queries: every file is read whole or refused with its lines, and every packaged query is used and runs."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest

import mlmcore.sql
from mlmcore.sql.query_files import Query, named_query, parse_queries, quote_identifier

GOOD = """-- Two queries.
-- name: one
-- purpose: the first
SELECT 1;

-- name: two
-- purpose: the second
SELECT 2;
"""
HALF = "is half a header, or its name is not in lower case"
HINT = ". Every statement starts with '-- name: NAME' and, on the next line, '-- purpose: ...'"
SOURCES = Path(str(files(mlmcore.sql)))


def packaged() -> Iterator[tuple[str, Query]]:
    """Every query that ships, with its file's name."""
    for file in sorted((SOURCES / "queries").glob("*.sql")):
        for query in parse_queries(file.read_text(encoding="utf-8"), file.name):
            yield file.name, query


PACKAGED = list(packaged())


class TestParseQueries:
    def test_reads_names_purposes_and_texts(self) -> None:
        """A comment may stand first; the closing semicolon is dropped."""
        found = parse_queries(GOOD, "good.sql")

        assert found == [
            Query(name="one", purpose="the first", text="SELECT 1"),
            Query(name="two", purpose="the second", text="SELECT 2"),
        ]

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("UPDATE x SET y = 1;\n" + GOOD, "q.sql:1: stands before the first header"),
            ("-- only words\n", "q.sql: there is no query in it"),
            ("", "q.sql: there is no query in it"),
            (
                GOOD + "-- name: three\nSELECT 3;\n",
                f"q.sql:9: '-- name: three' {HALF}",
            ),
            (
                GOOD + "-- purpose: lost\nSELECT 3;\n",
                f"q.sql:9: '-- purpose: lost' {HALF}",
            ),
            (
                GOOD + "-- name: Three\n-- purpose: x\nSELECT 3;\n",
                f"q.sql:9: '-- name: Three' {HALF}; q.sql:10: '-- purpose: x' {HALF}",
            ),
            (
                GOOD + "-- name: one\n-- purpose: again\n;\n",
                "q.sql:9: the query 'one' has no statement; q.sql:9: the query 'one' is named twice",
            ),
        ],
    )
    def test_refuses_what_is_half_a_query(self, text: str, wrong: str) -> None:
        """Nothing is swallowed by the statement before it; everything wrong is said with its line."""
        with pytest.raises(ValueError, match="Every statement starts") as caught:
            parse_queries(text, "q.sql")

        assert str(caught.value) == wrong + HINT


class TestNamedQuery:
    def test_an_unknown_name_is_refused_with_the_nearest(self) -> None:
        """It is a mistake in our own code."""
        with pytest.raises(KeyError) as caught:
            named_query("ledger_balance")

        assert caught.value.args == (
            "no file in sql/queries holds a query named 'ledger_balance'; the nearest is 'ledger_balances'",
        )


class TestIdentifiers:
    def test_names_are_quoted_and_put_in_at_once(self) -> None:
        """A schema that reads like a placeholder is still only a name, and a percent sign no parameter."""
        query = Query(name="q", purpose="p", text="SELECT '{1,2}'::int[] FROM {schema}.{table}")

        assert query.for_schema("{table}", table='my "odd" 100% {schema}') == (
            """SELECT '{1,2}'::int[] FROM "{table}"."my ""odd"" 100%% {schema}\""""
        )

    @pytest.mark.parametrize("name", ["", "a\0b"])
    def test_what_cannot_be_a_name_is_refused(self, name: str) -> None:
        """PostgreSQL would cut it or refuse it later."""
        with pytest.raises(ValueError, match="cannot be a name") as caught:
            quote_identifier(name)

        assert str(caught.value) == f"{name!r} cannot be a name in PostgreSQL: it is empty or holds a NUL"


class TestPackagedQueries:
    def test_no_name_is_given_twice(self) -> None:
        """Over all files."""
        names = [query.name for _, query in PACKAGED]

        assert len(names) == len(set(names))

    @pytest.mark.parametrize("query", [query for _, query in PACKAGED], ids=lambda query: query.name)
    def test_every_query_is_used(self, query: Query) -> None:
        """By its name, somewhere in the adapter."""
        code = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))

        assert f'"{query.name}"' in code

    def test_every_name_in_the_code_is_a_query(self) -> None:
        """What a repository asks for is there."""
        code = "".join(path.read_text(encoding="utf-8") for path in (SOURCES / "repositories").glob("*.py"))
        asked = set(re.findall(r'_?session\.(?:rows|run|copy_in|copy_out|run_many)\(\s*"(\w+)"', code))

        assert asked <= {query.name for _, query in PACKAGED}
        assert len(asked) > 15

    @pytest.mark.parametrize("query", [query for _, query in PACKAGED], ids=lambda query: query.name)
    def test_the_server_takes_every_query(self, connection: psycopg.Connection[Any], query: Query) -> None:
        """It is prepared with parameters of unknown type, or, being a COPY, its query is, or one of its columns."""
        connection.execute("SET LOCAL search_path TO mlmcore")
        text = query.for_schema("mlmcore", table="commission_ledger", parent="sponsor_id", leg="sponsor_leg")
        numbered: dict[str, str] = {}
        text = re.sub(r"%\((\w+)\)s", lambda found: numbered.setdefault(found[1], f"${len(numbered) + 1}"), text)
        text = re.sub(r"^COPY (\S+) \((.*)\) FROM STDIN \(FORMAT BINARY\)$", r"SELECT \2 FROM \1", text)
        inner = re.match(r"COPY \((.*)\) TO STDOUT \(FORMAT BINARY\)$", text, re.DOTALL)
        text = (inner[1] if inner else text).replace("%%", "%")
        if text.startswith(("SET CONSTRAINTS", "LOCK TABLE")):
            connection.execute(text.encode())
            return

        connection.execute(f"PREPARE q AS {text}".encode())
        connection.execute("DEALLOCATE q")
