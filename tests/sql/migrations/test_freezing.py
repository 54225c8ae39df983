"""The frozen baseline is made anew by one command, and the migrations that always have something to do stay."""

from pathlib import Path

from sql.migrations._versions import HERE, STEPS
from sql.migrations.freeze import LASTING, freeze


def folder(path: Path, *names: str) -> Path:
    """A folder with files that hold their names."""
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_text(name)
    return path


class TestFreezing:
    """What the command does to the folder of these tests."""

    def test_the_copy_becomes_the_baseline(self, tmp_path: Path) -> None:
        """New files come, old ones go, and those that are the same are not told; migrations after the lasting go."""
        schema = folder(tmp_path / "schema", "010_types.sql", "020_tables.sql")
        folder(tmp_path / "frozen", "010_types.sql", "015_gone.sql")
        steps = folder(tmp_path / "steps", "0002_a.sql", "0004_b.sql", "0005_c.sql")

        assert freeze(schema, tmp_path) == ("0005_c.sql", "015_gone.sql", "020_tables.sql")
        assert freeze(schema, tmp_path) == ()
        assert sorted(file.name for file in steps.iterdir()) == ["0002_a.sql", "0004_b.sql"]
        assert {file.name: file.read_text() for file in (tmp_path / "frozen").iterdir()} == {
            "010_types.sql": "010_types.sql",
            "020_tables.sql": "020_tables.sql",
        }

    def test_the_lasting_migrations_are_those_that_room_is_made_for(self) -> None:
        """By their numbers in `older.sql`."""
        older = (HERE / "older.sql").read_text()
        room = [step.number for step in STEPS if f"-- {step.number:04}:" in older]

        assert room == list(range(2, LASTING + 1))
