"""Two versions of the schema to upgrade between: an older one, frozen here, and today's.

Until 0.1.0 there is no released baseline to start from. `frozen/` is a copy of the baseline as it was one day, and
`older.sql` makes it older still by what the first migrations bring, so that there is always something to upgrade. The
migrations in `steps/` lead from there to today's. Whoever edits the baseline adds the same to `steps/`, or freezes it
anew: `freeze.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlmcore.sql.scripts import Migration, Scripts, packaged_scripts

__all__ = ["FILES", "HERE", "NEW", "OLD", "STEPS"]

HERE: Final = Path(__file__).parent
STEPS: Final = tuple(
    Migration(number=int(file.name[:4]), name=file.stem[5:], text=file.read_text())
    for file in sorted((HERE / "steps").glob("*.sql"))
)
FILES: Final = [step.file for step in STEPS]


def _frozen() -> Mapping[str, str]:
    return {file.name: file.read_text() for file in [*sorted((HERE / "frozen").glob("*.sql")), HERE / "older.sql"]}


_DEMO_USERS: Final = "900_demo_users.sql"
_BASELINE: Final = {name: text for name, text in _frozen().items() if name != _DEMO_USERS}
_TODAY: Final = packaged_scripts()
OLD: Final = Scripts(baseline=_BASELINE, demo_users={_DEMO_USERS: _frozen()[_DEMO_USERS]})
NEW: Final = Scripts(
    baseline=_TODAY.baseline,
    demo_users=_TODAY.demo_users,
    migrations=STEPS,
    released={1: frozenset({OLD.digest})},
)
