"""Cases of a few lines, run through the reader of cases: a plan's body, and what must come out of it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

from mlmcore.testing.cases import read_cases, report, run_case

HEADER = """\
[plan]
id = "small"
version = "1"
effective_from = 2025-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_up", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
"""
VOLUMES = """
[inputs]
volumes = { pv = "points", cv = "money" }
"""
INPUTS = f"""{VOLUMES}
[inputs.events.cycles]
size = "points"
board = "text"
"""


def assert_case(
    folder: Path, plan: str, case: str, *, header: str = HEADER + INPUTS, files: Mapping[str, str] | None = None
) -> None:
    """Run one case, given as YAML without its plan, and fail with its report where something differs.

    Rows outside the case's period stand in files beside it, since in the case itself they are taken for mistakes.
    """
    for name, rows in (files or {}).items():
        (folder / name).write_text(rows, "utf-8")
    file = folder / "small.cases.yaml"
    text = f"plan: |\n{indent(header + plan, '  ')}\ncases:\n  - name: the case\n{indent(case, '    ')}"
    file.write_text(text, "utf-8")
    (read,) = read_cases(file)
    outcome = run_case(read)

    assert outcome.passed, report(outcome)
