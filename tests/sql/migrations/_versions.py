"""Two versions of the schema to upgrade between: today's, and an older one that is cut out of it.

Until 0.1.0 there is no released baseline to start from, so the older one is today's less what the migrations in
`steps/` bring: a label, a column and an index of a partitioned table, a table with its triggers, a narrower column, an
older function. Whoever changes one of these pieces changes the cut and its migration with it.
"""

import re
from pathlib import Path
from typing import Final

from mlmcore.sql.scripts import Migration, Scripts, packaged_scripts

__all__ = ["NEW", "OLD", "STEPS"]

STEPS: Final = tuple(
    Migration(number=int(file.name[:4]), name=file.stem[5:], text=file.read_text())
    for file in sorted((Path(__file__).parent / "steps").glob("*.sql"))
)
_CUTS: Final[tuple[tuple[str, str], ...]] = (
    (r"'generation', 'pool'\n", "'generation'\n"),
    (r"(CREATE TABLE commission_ledger \((?:[^;]*\n)?)    base numeric\(30, 12\),\n", r"\1"),
    (r"    CONSTRAINT commission_ledger_base_check CHECK [^\n]*\n", ""),
    (r"CREATE INDEX commission_ledger_corrects_idx [^;]*;\n", ""),
    (r"    weight numeric\(8, 2\),\n", "    weight numeric(6, 2),\n"),
    (re.escape("(-([0-9]{2}(-[0-9]{2})?|W[0-9]{2}|Q[1-4]))?"), "(-[0-9]{2})?"),
    (r"CREATE TABLE commission_inputs \([^;]*;\n", ""),
    (r"CREATE TRIGGER tr_commission_inputs_updated_at\n[^;]*;\n", ""),
    (r"CREATE TRIGGER tr_commission_inputs_audit\n[^;]*;\n", ""),
)


def _cut(baseline: dict[str, str]) -> dict[str, str]:
    whole = "\0".join(baseline.values())
    for pattern, older in _CUTS:
        whole, count = re.subn(pattern, older, whole)
        assert count == 1, f"{pattern} is to be cut out of the schema once, and is there {count} times"
    return dict(zip(baseline, whole.split("\0"), strict=True))


_TODAY: Final = packaged_scripts()
OLD: Final = Scripts(baseline=_cut(dict(_TODAY.baseline)), demo_users=_TODAY.demo_users)
NEW: Final = Scripts(
    baseline=_TODAY.baseline,
    demo_users=_TODAY.demo_users,
    migrations=STEPS,
    released={1: frozenset({OLD.digest})},
)
