"""Reading the files of a version: what they are called, and what a migration must not hold."""

from pathlib import Path

import pytest

from mlmcore.sql.scripts import Migration, Scripts, packaged_scripts, read_scripts

NUMBERED = "migrations are numbered from 2 on without a gap, not "
NOTHING = "# none yet\n"


def folder(path: Path, migrations: dict[str, str], released: str = NOTHING) -> Path:
    """A folder with a small schema and these migrations."""
    for name in ("schema", "migrations"):
        (path / name).mkdir()
    (path / "schema" / "010_all.sql").write_text("CREATE TABLE a (id int);\n")
    (path / "migrations" / "baselines.txt").write_text(released)
    for name, text in migrations.items():
        (path / "migrations" / name).write_text(text)
    return path


class TestReading:
    def test_migrations_come_in_order_and_give_the_version(self, tmp_path: Path) -> None:
        """Without any the version is 1."""
        found = read_scripts(folder(tmp_path, {"0003_b.sql": "SELECT 2;", "0002_a.sql": "SELECT 1;"}))

        assert [(step.number, step.name, step.text) for step in found.migrations] == [
            (2, "a", "SELECT 1;"),
            (3, "b", "SELECT 2;"),
        ]
        assert (found.version, [step.file for step in found.after(2)]) == (3, ["0003_b.sql"])
        assert Scripts(baseline={}).version == 1

    def test_a_version_may_have_been_released_with_several_baselines(self, tmp_path: Path) -> None:
        """A correction of the baseline that needs no migration."""
        lines = f"1 {'a' * 64}\n1 {'b' * 64}\n2 {'c' * 64}\n"

        assert read_scripts(folder(tmp_path, {}, lines)).released == {
            1: frozenset({"a" * 64, "b" * 64}),
            2: frozenset({"c" * 64}),
        }

    @pytest.mark.parametrize(
        ("migrations", "released", "message"),
        [
            ({"2_a.sql": ";"}, NOTHING, "2_a.sql is no migration's name; they are called like 0002_what_it_does.sql"),
            ({"0003_a.sql": ";"}, NOTHING, "migrations are numbered from 2 on without a gap, not [3]"),
            (
                {"0002_a.sql": ";", "0002_b.sql": ";"},
                NOTHING,
                "migrations are numbered from 2 on without a gap, not [2, 2]",
            ),
            (
                {"0002_a.sql": "SELECT 1;\nCOMMIT;"},
                NOTHING,
                "0002_a.sql:2: a migration is one transaction, and not its own to end",
            ),
            ({}, "1 abc\n", "baselines.txt: '1 abc' is not VERSION DIGEST"),
        ],
    )
    def test_what_has_another_shape_is_refused(
        self, tmp_path: Path, migrations: dict[str, str], released: str, message: str
    ) -> None:
        """Before anything is run."""
        with pytest.raises(ValueError, match=r".*") as caught:
            read_scripts(folder(tmp_path, migrations, released))

        assert str(caught.value) == message


class TestPackaged:
    def test_the_packaged_scripts_are_read(self) -> None:
        """The demo users are not part of the baseline."""
        found = packaged_scripts()

        assert "900_demo_users.sql" not in found.baseline
        assert list(found.demo_users) == ["900_demo_users.sql"]
        assert list(found.baseline) == sorted(found.baseline)

    def test_a_digest_tells_two_texts_apart(self) -> None:
        """Also by a file's name."""
        assert Scripts(baseline={"a": "b"}).digest != Scripts(baseline={"b": "b"}).digest
        assert Migration(number=2, name="a", text="x").digest != Migration(number=2, name="a", text="y").digest
