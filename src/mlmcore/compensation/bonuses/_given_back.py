"""Which part of an order a refund gives back, with `refunds = "original"`.

Where a refund gives back one and the same part of every volume that the bonus pays on (of all of them, where it reads
none), that part is the share, whatever the formula is: half of an order takes half of a fixed 25.00 back. A formula
asked of the refund's own volumes would not know it: an amount of 25 is 25 of a refund too, and a rate that begins at
100 points is another one.

Where the parts differ (half of the money and a third of the points) only what the bonus pays on can say, so it is asked
of the refund as it was of the order, and the share is the one over the other.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AmountBonus, DifferentialBonus, Plan, SourceBonus
from mlmcore.compensation.references import names_read

__all__ = ["parts_given_back", "percentage"]


def parts_given_back(sheet: Sheet, bonus: SourceBonus, refunds: NDArray[np.int32]) -> list[Fraction | None]:
    """The part of its order that each refund gives back; None where its volumes give back different parts.

    Args:
        sheet: What the run knows.
        bonus: Whose shares are asked. Further columns of money and points that it reads count like volumes.
        refunds: Orders by index, each a refund.
    """
    orders = sheet.rows.orders
    columns = [orders.volumes[name] for name in _summed(sheet.plan, bonus)]
    return [_part(columns, int(refund), int(orders.refund_of[refund])) for refund in refunds]


def percentage(part: Fraction) -> str:
    """A part as a percentage with two places, cut.

    >>> percentage(Fraction(2, 3))
    '66.66%'
    """
    sign, part = "-" if part < 0 else "", abs(part)
    whole, rest = divmod(part.numerator * 10000 // part.denominator, 100)
    return f"{sign}{whole}.{rest:02}%"


def _part(columns: list[Column], refund: int, original: int) -> Fraction | None:
    """What a refund gives back of its original, where every column says the same."""
    part: Fraction | None = None
    for column in columns:
        whole, given = int(column.values[original]), -int(column.values[refund])
        if column.is_absent[original] or column.is_absent[refund] or (given and not whole):
            return None
        if whole and part not in {None, Fraction(given, whole)}:
            return None
        part = Fraction(given, whole) if whole else part
    return part


def _summed(plan: Plan, bonus: SourceBonus) -> list[str]:
    """The volumes, and other amounts of an order, that the bonus pays on; all volumes where it reads none."""
    read = names_read(plan, [formula for formula in _formulas(bonus) if formula is not None])
    further = plan.inputs.order_columns
    amounts = [*plan.inputs.volumes, *(name for name in further if further[name].unit is not None)]
    return [name for name in amounts if name in read] or [*plan.inputs.volumes]


def _formulas(bonus: SourceBonus) -> list[Expression | None]:
    """What a bonus pays on."""
    if isinstance(bonus, AmountBonus):
        return [bonus.amount]
    if isinstance(bonus, DifferentialBonus):
        return [bonus.base]
    return [bonus.base, bonus.budget, *(bonus.amounts or ())]
