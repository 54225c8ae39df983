"""Splitting a file of SQL: what hides a semicolon, and that nothing is lost on the way."""

from importlib.resources import files
from typing import Any

import psycopg
import pytest

from mlmcore.sql import installer
from mlmcore.sql.catalogue import picture
from mlmcore.sql.statements import split_statements

PACKAGED = sorted(entry.name for entry in (files("mlmcore.sql") / "schema").iterdir() if entry.name.endswith(".sql"))


def split(text: str) -> list[str]:
    return [statement.text for statement in split_statements(text, "x.sql")]


class TestWhatHidesASemicolon:
    """Quotes, comments, dollar quotes and the standard body of an SQL function."""

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT ';'",
            "SELECT 'it''s; so'",
            r"SELECT E'\';'",
            r"SELECT e'\\'",
            r"SELECT '\'",
            'SELECT ";" FROM "a;""b"',
            "SELECT 1 -- one; two\n  + 1",
            "SELECT 1 /* one; 'two */ + 1",
            "SELECT $$a;'b$$",
            "SELECT $x$a; $$ b $y$ c;$x$",
            "SELECT a$b$c, $1",
            "DO $do$ BEGIN PERFORM 1; END $do$",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN CASE 1 WHEN 1 THEN true END THEN 1 END; END",
            "CREATE FUNCTION f() RETURNS int begin -- here\n atomic SELECT 'end;'; END",
            "SELECT CASE WHEN true THEN 1 END",
        ],
    )
    def test_a_statement_stays_whole(self, statement: str) -> None:
        """Also with others before and after it."""
        assert split(f"SELECT 0;\n{statement};SELECT 9;") == ["SELECT 0", statement, "SELECT 9"]

    def test_begin_and_end_of_a_transaction_are_statements(self) -> None:
        """Only BEGIN ATOMIC opens a body."""
        assert split("BEGIN; SELECT 1; END;") == ["BEGIN", "SELECT 1", "END"]

    def test_comments_and_blanks_alone_are_no_statement(self) -> None:
        """Nor is an empty one."""
        assert split("-- nothing;\n\n/* ; */ ;;\n") == []

    def test_a_statement_knows_its_file_and_its_first_line(self) -> None:
        """Not the line of the comment before it."""
        found = [(item.file, item.line) for item in split_statements("-- x\nSELECT 1;\n\n-- y\nSELECT\n2;", "x.sql")]

        assert found == [("x.sql", 2), ("x.sql", 5)]


class TestWhatIsRefused:
    """A file that ends too early is not run in part."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("SELECT 1;\nSELECT 2", "x.sql: the last statement, from line 2 on, does not end with ;"),
            ("SELECT 1;\nSELECT 'a;\n", "x.sql:2: what begins here is never ended"),
            ('SELECT "a;\n', "x.sql:1: what begins here is never ended"),
            ("SELECT $$a;\n", "x.sql:1: what begins here is never ended"),
            ("\n/* a;\n", "x.sql:2: what begins here is never ended"),
            ("/* a /* b */ c; */", "x.sql:1: what begins here holds another comment, which is not read"),
        ],
    )
    def test_a_text_without_its_end_is_refused(self, text: str, message: str) -> None:
        """With the line on which it begins."""
        with pytest.raises(ValueError, match=r".*") as caught:
            split(text)

        assert str(caught.value) == message


class TestPackagedFiles:
    """Statement by statement is the same as the whole file at once."""

    def test_the_pieces_are_the_file(self) -> None:
        """Nothing but blanks, comments and semicolons stands between them."""
        for name in PACKAGED:
            rest = text = (files("mlmcore.sql") / "schema" / name).read_text()
            for statement in split_statements(text, name):
                before, rest = rest.split(statement.text, 1)
                kept = [line.split("--")[0].strip(" ;") for line in before.splitlines()]
                assert not any(kept), f"{name}: {before}"
            assert rest.strip() == ";", name

    def test_executing_them_one_by_one_equals_executing_the_files_whole(self, host: psycopg.Connection[Any]) -> None:
        """The server splits the whole files; the pictures of both schemas are equal."""
        installer.apply(host, "by_statement")
        host.execute("CREATE SCHEMA by_file")
        host.execute("SET LOCAL search_path = by_file, pg_catalog")
        for name in PACKAGED:
            if not name.startswith("9"):
                host.execute((files("mlmcore.sql") / "schema" / name).read_bytes())

        assert picture(host, "by_file") == picture(host, "by_statement")
