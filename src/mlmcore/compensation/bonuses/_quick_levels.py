"""The quick way of `levels`: where every rate is a number, one loop walks, takes the rate, rounds and writes the lines.

What `levels` and `_money` do in turn, with columns of every level between them, is most of what a large month costs.
Both ways give the same lines (a test holds them equal); a plan that asks for more than the loop of `genealogy.shares`
knows takes the long way.
"""

from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._pairs import reads_pair
from mlmcore.compensation.bonuses._found import Found, Payable, account_of
from mlmcore.compensation.bonuses._order import in_order, rises
from mlmcore.compensation.bonuses._rates import RateTable
from mlmcore.compensation.bonuses._segments import missed_segment, rounding_lines
from mlmcore.compensation.bonuses._sources import Sources, money, reason_of, upline_of
from mlmcore.compensation.bonuses._weighed import Weighed
from mlmcore.compensation.bonuses.levels import level_rules
from mlmcore.compensation.columns import Column
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.lines import Reason, UnpaidSegment
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.compensation.rounding import remainder_limits
from mlmcore.domain.money import currency_places
from mlmcore.genealogy.nearest import nearest_above
from mlmcore.genealogy.shares import Columns, ShareRules, Sharing, Starts, Weight, paid_columns, unpaid_columns
from mlmcore.genealogy.walks import LevelRules

__all__ = ["quickly_weighed"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]

_LINES_MOST: Final = int(np.iinfo(np.int32).max)


def quickly_weighed(sheet: Sheet, bonus: LevelsBonus, sources: Sources) -> Weighed | None:
    """What a bonus pays and does not, or None where it needs the long way.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where the walks start.

    Raises:
        InputError: A condition or base cannot be computed.
    """
    table = RateTable.of(sheet, bonus) if _is_plain(sheet, bonus) else None
    if table is None or not table.are_numbers:
        return None
    rates, rate_places = table.numbers()
    base = _base(sheet, bonus, sources)
    places = _Places(base=base.places, rate=rate_places)
    if places.exact < sheet.plan.unit_places:
        return None
    starts = Starts(person=sources.start, below=sources.below, order=sources.order, base=base.values)
    sharing = Sharing(starts, _rules(sheet, bonus, table, rates, places))
    weight = sharing.weigh() if sharing.fits else None
    if weight is None or max(weight.paid, weight.unpaid) > _LINES_MOST:
        return None
    return _written(sheet, bonus, sharing, weight, places)


def _written(sheet: Sheet, bonus: LevelsBonus, sharing: Sharing, weight: Weight, places: "_Places") -> Weighed:
    """The lines; what rounding took stands in front of what is not paid, which is the engine's order.

    Of whom it took something is known when all is written, so room is left for everybody; memory that nobody touches
    costs nothing.
    """
    room = min(sheet.size, weight.paid)
    paid, unpaid = paid_columns(weight.paid), unpaid_columns(room + weight.unpaid)
    sharing.write(paid, unpaid, room)
    rounding = _rounding(sheet, bonus, sharing.rounded_off(weight, paid), places)
    unpaid = {name: column[room - len(rounding) :] for name, column in unpaid.items()}
    return Weighed(
        payable=_payable(sheet, paid, places),
        unpaid=(_in_front(rounding, unpaid),),
        missed=missed_segment(bonus, _found(paid_columns(0), places)),
        entitled=weight.total,
        places=places.exact,
        earned=weight.earned,
    )


def _is_plain(sheet: Sheet, bonus: LevelsBonus) -> bool:
    """Whether nothing is asked of a pair, every row is a line of its own, and no unpaid level goes elsewhere."""
    plan = sheet.plan
    asked = (bonus.counts, bonus.stop_at, bonus.pays, bonus.depth)
    kept_apart = bonus.detail_or_default == ("order" if bonus.dated else "person")
    by_sale = bonus.source == "orders" and (bonus.tree or plan.tree) in sheet.rows.versions.days
    goes_elsewhere = bonus.unpaid == "next" or any(
        account_of(plan, word) is not None for word in (bonus.unpaid, bonus.no_upline)
    )
    return (
        kept_apart
        and not goes_elsewhere
        and not by_sale
        and bonus.as_of is None
        and plan.rounding.at == "line"
        and not bonus.is_column
        and not bonus.cascades
        and bonus.base is not None
        and bonus.amounts is None
        and bonus.decay is None
        and bonus.budget is None
        and not any(one is not None and reads_pair(one.node) for one in asked)
    )


@frozen(kw_only=True)
class _Places:
    """Decimal places of bases and rates."""

    base: int
    rate: int

    @property
    def exact(self) -> int:
        """Those of the exact amounts."""
        return self.base + self.rate


def _base(sheet: Sheet, bonus: LevelsBonus, sources: Sources) -> Column:
    assert bonus.base is not None  # noqa: S101  (a plain bonus has one)
    return money(sheet, bonus, bonus.base, sources.frame(sheet))


def _rules(sheet: Sheet, bonus: LevelsBonus, table: RateTable, rates: Ints64, places: _Places) -> ShareRules:
    divisor = 10 ** (places.exact - sheet.plan.unit_places)
    rules = level_rules(sheet, bonus, table, None)
    tree = sheet.rows.network.tree(sheet.walked(bonus.tree))
    why_not = reason_of(sheet, sheet.everybody)
    return ShareRules(
        levels=rules,
        above=_above(sheet, bonus, rules),
        height=int(tree.depth.max(initial=0)) + 1,
        refused=np.where(rules.pays, np.uint8(0), why_not),
        too_deep=Reason.DEPTH,
        no_rate=Reason.NOT_QUALIFIED,
        no_upline=Reason.NO_UPLINE,
        rates=np.pad(rates, ((0, 0), (rules.first_level, 0))),
        divisor=divisor,
        factor=10 ** (currency_places(sheet.plan.currency) - sheet.plan.unit_places),
        limits=remainder_limits(divisor, sheet.plan.rounding.mode),
    )


def _above(sheet: Sheet, bonus: LevelsBonus, rules: LevelRules) -> Ints:
    """int32[n]: the next person above of whom a walk takes notice, -1 for none: many steps are saved."""
    name, network = sheet.walked(bonus.tree), sheet.rows.network
    noticed = rules.noticed
    if noticed is None:
        return upline_of(sheet, name)
    nodes, persons = network.node_of_person[name], network.person_of_node[name]
    if nodes is None or persons is None:
        return nearest_above(network.tree(name), noticed)
    with_nobody = np.append(persons, np.int32(-1))
    return with_nobody[nearest_above(network.tree(name), noticed[persons])[nodes]]


def _rounding(sheet: Sheet, bonus: LevelsBonus, rounded_off: Ints64, places: _Places) -> UnpaidSegment:
    """One line for each person of whose lines rounding took something, in the engine's order."""
    everybody = sheet.rows.network.ids.in_order
    whose: Ints = everybody[rounded_off[everybody] != 0]
    return rounding_lines(bonus, whose, rounded_off[whose], places.exact, places.base, places.rate)


def _payable(sheet: Sheet, lines: Columns, places: _Places) -> Payable:
    payable = Payable(found=_found(lines, places), minor=lines["minor"])
    return payable if rises(payable.found) else payable.some(in_order(sheet, payable.found))


def _found(lines: Columns, places: _Places) -> Found:
    count = len(lines["payee"])
    return Found(
        payee=lines["payee"],
        whose=lines["payee"],
        source=lines["source"],
        order=lines["order"],
        level=lines["level"],
        base=lines["base"],
        base_places=places.base,
        rate=lines["rate"],
        rate_places=places.rate,
        reason=np.broadcast_to(np.uint8(0), (count,)),
        missed=np.broadcast_to(np.False_, (count,)),
    )


def _in_front(segment: UnpaidSegment, refused: Columns) -> UnpaidSegment:
    """A segment and the lines that were written behind it, as one; where it stands, the columns were left free."""
    for name, column in refused.items():
        column[: len(segment)] = getattr(segment, name)
    columns: dict[str, Any] = {**refused, "brought": np.broadcast_to(np.int32(-1), (len(refused["payee"]),))}
    both: UnpaidSegment = evolve(segment, **columns)
    return both
