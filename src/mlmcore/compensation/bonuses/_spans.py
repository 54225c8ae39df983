"""For which periods a bonus runs in one run of its plan."""

from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AnyBonus
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period

__all__ = ["spans_of"]


def spans_of(sheet: Sheet, bonus: AnyBonus) -> tuple[Period, ...]:
    """The run's period; or each shorter one that ends in it; or the longer one that does, if there is one."""
    if bonus.every is None or bonus.every == sheet.plan.period:
        return (sheet.rows.period,)
    return sheet.rows.period.subperiods(PeriodKind(bonus.every))
