"""`levels`: walk up a tree from each source and pay by level (plan language, section 5.1).

The walk decides who stands at which level and what became of it; here the plan's words become the walk's rules, and
the rows of the walk get their rates and bases.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._pairs import reads_pair, reads_payee
from mlmcore.compensation.bonuses._budget import with_residual
from mlmcore.compensation.bonuses._climb import ClimbRules, Reached, climb
from mlmcore.compensation.bonuses._counting import counting
from mlmcore.compensation.bonuses._decay import decayed, last_level_of_decay
from mlmcore.compensation.bonuses._found import Found, account_of, ratio_amounts
from mlmcore.compensation.bonuses._sources import Sources, bases, pairs, reason_of, upline_of
from mlmcore.compensation.columns import Column, scaled_integer
from mlmcore.compensation.expressions.evaluate import FractionColumn, evaluate, fractions
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.compensation.rounding import RATIO_PLACES
from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy.walks import UNLIMITED, LevelRules, LevelWalk, Outcome, walk

__all__ = ["found_by_levels"]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

_PASSED: Final = 4  # outcomes above it are those of levels that went on
_LEVELS_KNOWN: Final = 2  # columns of a table in which every level looks like the last


def found_by_levels(sheet: Sheet, bonus: LevelsBonus, sources: Sources) -> Found:
    """Everything that a `levels` bonus offers.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where the walks start.

    Raises:
        InputError: A rate or base cannot be computed.
    """
    table = _RateTable.of(sheet, bonus)
    walked = _walked(sheet, bonus, sources, table)
    frame = pairs(sheet, sources, walked.source, walked.node, walked.level, child=walked.child)
    base = bases(sheet, bonus, sources, walked.source, frame)
    if table.divides:
        amount, shown = ratio_amounts(base, table.fractions(walked, frame))
        found = _found(sheet, bonus, sources, walked, base, Column.scaled(shown, RATIO_PLACES))
        found = evolve(found, amount=amount, amount_places=RATIO_PLACES)
    else:
        rate = table.rates(walked, frame)
        walked, rate = _without_rates(bonus, walked, rate), _or_face(bonus, rate, frame)
        if bonus.decay is not None:
            rate = decayed(bonus, sheet.plan.rounding.mode, rate, walked.level)
        found = _found(sheet, bonus, sources, walked, base, rate)
    return found if bonus.budget is None else with_residual(sheet, bonus, sources, walked.source, found)


def _walked(sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: "_RateTable") -> LevelWalk:
    """The walk over the bonus's tree, with nodes turned into persons."""
    name = sheet.walked(bonus.tree)
    if any(one is not None and reads_pair(one.node) for one in (bonus.counts, bonus.stop_at, bonus.pays, bonus.depth)):
        return climb(upline_of(sheet, name), sources.start, sources.below, _climb_rules(sheet, bonus, sources, table))
    network = sheet.rows.network
    tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
    start = sources.start if nodes is None else nodes[sources.start]
    found = walk(tree, start, sources.below, _rules(sheet, bonus, table, persons))
    if persons is None:
        return found
    with_nobody = np.concatenate([persons, [-1]]).astype(np.int32)
    return LevelWalk(
        source=found.source,
        node=with_nobody[found.node],
        child=with_nobody[found.child],
        level=found.level,
        outcome=found.outcome,
    )


def _rules(sheet: Sheet, bonus: LevelsBonus, table: "_RateTable", persons: Ints | None) -> LevelRules:
    everybody = people_frame(sheet)

    def by_node(values: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(values if persons is None else values[persons])

    def condition(expression: Expression) -> Bools:
        return by_node(evaluate(expression.node, everybody).values)

    depth, last = _depth(bonus, everybody), _last_level(bonus)
    return LevelRules(
        counts=condition(bonus.counts),
        pays=condition(bonus.pays),
        stops=None if bonus.stop_at is None else condition(bonus.stop_at),
        stop_before=bonus.stop != "after",
        depth=None if depth is None else by_node(depth),
        rate_row=by_node(table.row_of_person),
        has_rate=table.has_rate,
        offered=table.offered,
        first_level=bonus.first_level,
        last_level=min(last, table.last_level),
        last_above_root=_last_above_root(table, last),
        unpaid_goes_on=bonus.unpaid == "next",
        source_counts=bonus.source_counts,
        pay_uncounted=bonus.pay_uncounted,
    )


def _climb_rules(sheet: Sheet, bonus: LevelsBonus, sources: Sources, table: "_RateTable") -> ClimbRules:
    """The same rules, asked of pairs on the way."""

    def asked(reached: Reached) -> RowsFrame:
        return pairs(sheet, sources, reached.walk, reached.person, reached.level, child=reached.child)

    def between(walk: NDArray[Any], person: Ints, payee: Ints, child: Ints) -> RowsFrame:
        return pairs(sheet, sources, walk, person, np.zeros_like(person), child=child, payee=payee)

    def stops(reached: Reached) -> Bools:
        assert bonus.stop_at is not None  # noqa: S101  (asked only where there is one)
        found: Bools = evaluate(bonus.stop_at.node, asked(reached)).values
        return found

    last = _last_level(bonus)
    return ClimbRules(
        counting=counting(sheet, bonus.counts.node, len(sources), between),
        outcome=lambda reached: _outcome(bonus, table, reached, asked(reached)),
        stops=None if bonus.stop_at is None else stops,
        stop_before=bonus.stop != "after",
        offered=table.offered,
        first_level=bonus.first_level,
        last_level=min(last, table.last_level),
        last_above_root=0 if reads_payee(bonus.counts.node) else _last_above_root(table, last),
        unpaid_goes_on=bonus.unpaid == "next",
        source_counts=bonus.source_counts,
        pay_uncounted=bonus.pay_uncounted,
    )


def _outcome(bonus: LevelsBonus, table: "_RateTable", reached: Reached, frame: RowsFrame) -> NDArray[np.uint8]:
    """What becomes of levels offered to pairs: of what refuses, the first speaks."""
    outcome = np.zeros(frame.size, dtype=np.uint8)
    pays = evaluate(bonus.pays.node, frame).values
    outcome[~pays] = Outcome.PAYS_FAILED
    rows = np.flatnonzero(pays)
    depth = _depth(bonus, frame.some(rows))
    if depth is not None:
        outcome[rows[reached.level[rows] > depth]] = Outcome.TOO_DEEP
    has_rate = table.has_rate
    rated = has_rate[table.row_of_person[reached.person], np.minimum(reached.level, has_rate.shape[1] - 1)]
    outcome[(outcome == Outcome.PAID) & ~rated] = Outcome.NO_RATE
    return outcome


def _last_above_root(table: "_RateTable", last: int) -> int:
    """Up to which level something is owed above the root: nothing where the levels never end."""
    end = min(last, table.last_level)
    return 0 if end == UNLIMITED or not table.has_face else end


def _last_level(bonus: LevelsBonus) -> int:
    """The level after which every walk ends: a literal or parameter."""
    depth = None if bonus.depth is None else bonus.depth.constant
    return int(depth) if isinstance(depth, Decimal) else UNLIMITED


def _depth(bonus: LevelsBonus, frame: RowsFrame) -> Ints | None:
    """Up to which level each row's person is paid."""
    if bonus.depth is None or isinstance(bonus.depth.constant, Decimal | str):
        return None  # a last level, or `unlimited`
    column = evaluate(bonus.depth.node, frame)
    if column.kind == "boolean":
        return np.where(column.values, UNLIMITED, -1).astype(np.int32)
    levels = column.values // np.int64(10**column.places)
    return np.clip(levels, -1, UNLIMITED).astype(np.int32)


def _found(sheet: Sheet, bonus: LevelsBonus, sources: Sources, walked: LevelWalk, base: Column, rate: Column) -> Found:
    outcome = walked.outcome
    missed = outcome > _PASSED
    reason = _reasons(sheet, np.where(missed, outcome - _PASSED, outcome), walked.node)
    payee = walked.node.copy()
    for key, rows in (("unpaid", (outcome > 0) & (outcome < _PASSED)), ("no_upline", outcome == Outcome.NO_UPLINE)):
        account = account_of(sheet.plan, getattr(bonus, key))
        if account is not None:
            payee[rows], reason[rows] = account, 0
    return Found(
        payee=payee,
        whose=walked.node,
        source=sources.person[walked.source],
        order=sources.order[walked.source],
        level=walked.level,
        base=base.values,
        base_places=base.places,
        rate=rate.values,
        rate_places=rate.places,
        reason=reason,
        missed=missed,
    )


def _without_rates(bonus: LevelsBonus, walked: LevelWalk, rate: Column) -> LevelWalk:
    """A rate that turns out to be none is no rate: the level is not paid."""
    if rate.absent is None:
        return walked
    none = rate.absent & (walked.outcome == Outcome.PAID)
    if none.any() and bonus.unpaid == "next":
        what = f"the rate of {bonus.id} is none for somebody, and an unpaid level goes on: who is next is then unknown"
        todo = "say who has a rate in `pays`, and give a number"
        raise InputError([Finding(code="plan.rate", what=what, todo=todo, path=f"bonuses.{bonus.id}.rate")])
    return evolve(walked, outcome=np.where(none, Outcome.NO_RATE, walked.outcome).astype(np.uint8))


def _or_face(bonus: LevelsBonus, rate: Column, frame: RowsFrame) -> Column:
    """Rates, and the face rate for whose own rate is none: what the level is worth."""
    if rate.absent is None or bonus.face_rate is None:
        return rate
    values, rows = rate.values.copy(), np.flatnonzero(rate.absent)
    values[rows] = evaluate(bonus.face_rate.node, frame.some(rows)).at_places(rate.places).values
    return Column.scaled(values, rate.places)


def _reasons(sheet: Sheet, outcome: NDArray[Any], person: Ints) -> NDArray[np.uint8]:
    reasons = np.zeros(len(outcome), dtype=np.uint8)
    failed = outcome == Outcome.PAYS_FAILED
    reasons[failed] = reason_of(sheet, person[failed])
    reasons[outcome == Outcome.TOO_DEEP] = Reason.DEPTH
    reasons[outcome == Outcome.NO_RATE] = Reason.NOT_QUALIFIED
    reasons[outcome == Outcome.NO_UPLINE] = Reason.NO_UPLINE
    return reasons


@frozen(kw_only=True, eq=False)
class _RateTable:
    """A bonus's rates by rank and level, as expressions, with one column for all levels beyond the last of the lists.

    Attributes:
        rows: The rates of each row: of nobody's rank first, then of each rank; one row where ranks play no part.
        face: The rate of each level in the plan itself; None where it has none.
        row_of_person: int32[n]: each person's row.
        first_level: The level of the first column.
        last_level: The last level that is offered, `UNLIMITED` where they never end.
    """

    rows: tuple[tuple[Expression | None, ...], ...]
    face: tuple[Expression | None, ...]
    row_of_person: Ints
    first_level: int
    last_level: int

    @classmethod
    def of(cls, sheet: Sheet, bonus: LevelsBonus) -> "_RateTable":
        """Read the rates of a bonus."""
        lists = _lists(sheet, bonus)
        longest = max(map(len, lists))
        endless = bonus.beyond is not None or bonus.rate is not None or bonus.rate_by_rank is not None
        rows = tuple(_padded(row, longest, bonus.beyond, endless) for row in lists)
        ranked = bonus.rates_by_rank is not None or bonus.rate_by_rank is not None
        rank = sheet.person["rank"].values.astype(np.int32) + 1 if ranked else np.zeros(sheet.size, dtype=np.int32)
        face = tuple(_highest(column) for column in zip(*rows, strict=True))
        if bonus.rate is not None:
            face = (bonus.face_rate,) * len(face)
        last = UNLIMITED if endless else bonus.first_level + longest - 1
        if bonus.decay is not None:
            fades = last_level_of_decay(bonus, sheet.plan.rounding.mode)
            last = last if fades is None else fades
        return cls(rows=rows, face=face, row_of_person=rank, first_level=bonus.first_level, last_level=last)

    @property
    def has_face(self) -> bool:
        """Whether a level may be worth something where nobody stands."""
        return any(rate is not None for rate in self.face)

    @property
    def has_rate(self) -> Bools:
        """bool[rows, width] for the walk: by level from 0 on."""
        lead = [False] * self.first_level
        return np.array([[*lead, *(rate is not None for rate in row)] for row in self.rows], dtype=np.bool_)

    @property
    def offered(self) -> Bools:
        """bool[width] for the walk: a level is offered when somebody may have a rate there."""
        lead = [False] * self.first_level
        return np.array([*lead, *(any(rate is not None for rate in column) for column in zip(*self.rows, strict=True))])

    def rates(self, walked: LevelWalk, frame: RowsFrame) -> Column:
        """The rate of each row: the person's own, or where there is none, the level's."""
        if all(isinstance(rate.node, Constant) for rate in self._written):
            return self._known_rates(walked)
        parts = [(rows, evaluate(rate.node, frame.some(rows))) for rows, rate in self._groups(walked)]
        places = max((rate.type.places for rate in self._written), default=0)  # whichever the data reaches
        return _together(parts, len(walked), places)

    def _known_rates(self, walked: LevelWalk) -> Column:
        """As `rates`, where all are numbers: a table by row and level, looked up for all rows at once."""
        places = max((rate.type.places for rate in self._written), default=0)
        face = [_scaled(rate, places) for rate in self.face]
        own = [
            [_scaled(face if rate is None else rate, places) for rate, face in zip(row, self.face, strict=True)]
            for row in self.rows
        ]
        table = np.array([*own, face], dtype=np.int64)  # the last row is for nobody
        row = np.append(self.row_of_person, np.int32(len(self.rows)))[walked.node]
        return Column.scaled(table[row, np.minimum(walked.level - self.first_level, len(face) - 1)], places)

    def fractions(self, walked: LevelWalk, frame: RowsFrame) -> FractionColumn:
        """As `rates`, where some are unrounded divisions."""
        top, bottom = np.zeros(len(walked), dtype=object), np.ones(len(walked), dtype=object)
        for rows, rate in self._groups(walked):
            found = fractions(rate.node, frame.some(rows))
            top[rows], bottom[rows] = found.top, found.bottom
        return FractionColumn(top, bottom)

    @property
    def divides(self) -> bool:
        """Whether some rate is an unrounded division."""
        return any(rate.type.ratio for rate in self._written)

    @property
    def _written(self) -> Iterator[Expression]:
        return (rate for row in (*self.rows, self.face) for rate in row if rate is not None)

    def _groups(self, walked: LevelWalk) -> Iterator[tuple[NDArray[np.intp], Expression]]:
        column = np.minimum(walked.level - self.first_level, len(self.face) - 1)
        row = np.where(walked.node >= 0, self.row_of_person[np.maximum(walked.node, 0)], -1)
        for at in np.unique(column).tolist():
            for own in np.unique(row[column == at]).tolist():
                rate = self.rows[own][at] if own >= 0 else None
                rate = self.face[at] if rate is None else rate
                if rate is not None:
                    yield np.flatnonzero((column == at) & (row == own)), rate


def _lists(sheet: Sheet, bonus: LevelsBonus) -> list[tuple[Expression | None, ...]]:
    """A list of rates for each row of the table."""
    if bonus.amounts is not None:
        return [(_ONE,) * len(bonus.amounts)]
    if bonus.rate is not None:
        return [(bonus.rate,)]
    if bonus.rates is not None:
        return [tuple(map(_or_none, bonus.rates))]
    by_rank: Mapping[str, tuple[Expression, ...]] = bonus.rates_by_rank or {
        rank: (rate,) for rank, rate in (bonus.rate_by_rank or {}).items()
    }
    return [(), *(tuple(map(_or_none, by_rank.get(rank, ()))) for rank in sheet.plan.rank_ids)]


_ONE: Final = Expression(text="1", checked=Constant(type=number(), value=Decimal(1)))


def _scaled(rate: Expression | None, places: int) -> int:
    """A rate that is a number, scaled; 0 for no rate."""
    value = None if rate is None else rate.constant
    return scaled_integer(value, places) if isinstance(value, Decimal) else 0


def _or_none(rate: Expression) -> Expression | None:
    """A rate, or None where the plan writes `none`: no rate."""
    return None if isinstance(rate.node, Constant) and rate.node.value is None else rate


def _padded(
    row: tuple[Expression | None, ...], length: int, beyond: Expression | None, endless: bool
) -> tuple[Expression | None, ...]:
    """A row as long as the longest, and one more column for the levels beyond it.

    After a row's own list comes `beyond`; a rank that the plan gives no list has no rate at any level.
    """
    after = beyond if beyond is not None else row[-1] if endless and row else None
    if not row:
        after = None
    return (*row, *((after,) * (length + 1 - len(row))))


def _highest(column: tuple[Expression | None, ...]) -> Expression | None:
    """The face rate of a level: the highest that any row has there."""
    rates = [rate for rate in column if rate is not None]
    if len(rates) < _LEVELS_KNOWN:
        return rates[0] if rates else None
    constants = [rate for rate in rates if isinstance(rate.node, Constant)]
    if len(constants) < len(rates):
        place = rates[0].place
        what = (
            "which of several ranks' rates is the highest at a level must be known when there are formulas among them"
        )
        raise InputError(
            [
                Finding(
                    code="plan.face", what=what, todo="write numbers", file=place.file, line=place.line, path=place.path
                )
            ]
        )
    return max(constants, key=lambda rate: rate.node.value)  # type: ignore[attr-defined]


def _together(parts: list[tuple[NDArray[np.intp], Column]], size: int, places: int) -> Column:
    """The rates of all rows as one column; 0 and absent where a rate is none."""
    values, absent = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    for rows, column in parts:
        values[rows] = column.at_places(places).values
        if column.absent is not None:
            absent[rows] = column.absent
    return Column.scaled(np.where(absent, 0, values), places, absent=absent if absent.any() else None)
