"""Freeze the baseline anew: `python tests/sql/migrations/freeze.py`.

The tests of upgrading start from a copy of the baseline as it was when this was run last, and the migrations in
`steps/` lead from it to today's. When so much was edited that another migration is not worth writing, this copies
today's baseline over the copy, and removes the migrations that led there. The first ones stay: `older.sql` makes room
for them.
"""

import sys
from pathlib import Path
from typing import Final

__all__ = ["LASTING", "freeze"]

LASTING: Final = 4
"""The number of the last migration that `older.sql` makes room for."""


def freeze(schema: Path, here: Path) -> tuple[str, ...]:
    """Make the copy the same as the baseline.

    Args:
        schema: The folder of the baseline.
        here: The folder that holds `frozen/` and `steps/`.

    Returns:
        The names of the files that were written or removed.
    """
    baseline = {file.name: file.read_text() for file in sorted(schema.glob("*.sql"))}
    gone = [file for file in sorted((here / "frozen").glob("*.sql")) if file.name not in baseline]
    gone += [file for file in sorted((here / "steps").glob("*.sql")) if int(file.name[:4]) > LASTING]
    for file in gone:
        file.unlink()
    copies = [here / "frozen" / name for name in baseline]
    stale = [copy for copy in copies if not copy.exists() or copy.read_text() != baseline[copy.name]]
    for copy in stale:
        copy.write_text(baseline[copy.name])
    return tuple(sorted(file.name for file in [*gone, *stale]))


if __name__ == "__main__":
    tests = Path(__file__).resolve().parent
    done = freeze(tests.parents[2] / "src/mlmcore/sql/schema", tests)
    sys.stdout.write("".join(f"{name}\n" for name in done) or "nothing had changed\n")
