"""For which periods a bonus runs in one run of its plan, in which of them it pays, and of which of them a line is.

A line knows by one number, `brought`, where it comes from: -1 is the period or sub-period with whose lines it stands;
from 0 on it waited since an earlier run, as that row of the previous state; from -2 down since an earlier sub-period of
this run: -2 since the first, -3 since the second, and so on.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, run_frame
from mlmcore.compensation.plan import AnyBonus
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period

__all__ = ["each_span", "pays_now", "since", "since_of", "spans_of"]

_FIRST: Final = -2


def spans_of(sheet: Sheet, bonus: AnyBonus) -> tuple[Period, ...]:
    """The run's period; or each shorter one that ends in it; or the longer one that does, if there is one."""
    if bonus.every is None or bonus.every == sheet.plan.period:
        return (sheet.rows.period,)
    return sheet.rows.period.subperiods(PeriodKind(bonus.every))


def each_span(sheet: Sheet, spans: Iterable[Period]) -> Iterator[Period]:
    """Yield periods for which a bonus runs, each as the sheet's span while it is looked at; then it is the run's."""
    try:
        for span in spans:
            sheet.span = span
            yield span
    finally:
        sheet.span = sheet.rows.period


def pays_now(sheet: Sheet, bonus: AnyBonus) -> bool:
    """Whether the bonus's `when` holds in the sheet's span, whose orders it sums."""
    return bonus.when is None or bool(evaluate(bonus.when.node, run_frame(sheet)).values[0])


def since(sheet: Sheet, bonus: AnyBonus) -> np.int32:
    """What `brought` is of a line that waits since the sheet's span, while it waits within the run."""
    return np.int32(_FIRST - [span.id for span in spans_of(sheet, bonus)].index(sheet.span.id))


def since_of(sheet: Sheet, bonus: AnyBonus, brought: int) -> str:
    """The id of the sub-period since which a line waits; "" where it is of the one with whose lines it stands."""
    return spans_of(sheet, bonus)[_FIRST - brought].id if brought <= _FIRST else ""
