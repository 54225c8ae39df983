"""Every column is classed as personal, secret, kept or neither, and the audit log goes by it."""

import re
from importlib.resources import files

import attrs
import pytest

from mlmcore.domain.entities import ENTITIES
from mlmcore.domain.personal import KEPT, NEITHER, PERSONAL, SECRET, audited_personal
from mlmcore.operations.enrolment import Enrolment
from mlmcore.repositories.secrets import SECRET_COLUMNS
from mlmcore.sql.tables import metadata_for

COLUMNS = {name: list(table.columns.keys()) for name, table in metadata_for(None).tables.items()}
CLASSES = {"PERSONAL": PERSONAL, "SECRET": SECRET, "KEPT": KEPT, "NEITHER": NEITHER}
TRIGGERS = files("mlmcore.sql").joinpath("schema/060_triggers.sql").read_text(encoding="utf-8")
AUDITED = {
    table: [words.split(",") if words else [] for words in re.findall(r"'([^']*)'", arguments)]
    for table, arguments in re.findall(
        r"AFTER INSERT[A-Z ]* ON (\w+) FOR EACH ROW WHEN \(NOT bulk_load\(\)\)\s+EXECUTE FUNCTION audit_row\((.*?)\);",
        TRIGGERS,
        re.DOTALL,
    )
}


class TestClasses:
    """`mlmcore.domain.personal`."""

    @pytest.mark.parametrize("table", sorted(COLUMNS))
    def test_every_column_stands_in_one_list(self, table: str) -> None:
        """A new column is put into one of them; nothing is listed that is not there."""
        listed = {name: set(columns.get(table, ())) for name, columns in CLASSES.items()}
        where = {column: [name for name, names in listed.items() if column in names] for column in COLUMNS[table]}

        assert {column: names for column, names in where.items() if len(names) != 1} == {}
        assert set().union(*listed.values()) == set(COLUMNS[table])

    def test_no_table_is_listed_that_is_not_there(self) -> None:
        """Nor forgotten."""
        assert set().union(*CLASSES.values()) == set(COLUMNS)

    @pytest.mark.parametrize("table", sorted(AUDITED))
    def test_the_audit_trigger_hides_what_is_listed(self, table: str) -> None:
        """Secrets as changed, personal values as hashes."""
        secret, _, personal, *_ = AUDITED[table]

        assert set(secret) == SECRET.get(table, set())
        assert set(personal) == audited_personal(table)

    def test_every_table_with_something_to_hide_has_its_trigger(self) -> None:
        """The moves and the log itself are only added to."""
        assert {*PERSONAL, *SECRET, *KEPT} - set(AUDITED) == {"audit_logs", "audit_personal", "genealogy_moves"}

    def test_secrets_are_stored_sealed(self) -> None:
        """All but the hash, which the host has made."""
        assert {table: columns - {"password_hash"} for table, columns in SECRET.items()} == SECRET_COLUMNS

    @pytest.mark.parametrize("table", sorted(SECRET))
    def test_no_secret_is_printed_with_its_entity(self, table: str) -> None:
        """Nor with the command that brings it."""
        for kind in (ENTITIES[table], Enrolment):
            shown = [item.name for item in attrs.fields(kind) if item.repr and item.name in SECRET[table]]
            assert shown == []
