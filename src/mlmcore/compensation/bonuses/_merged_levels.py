"""The way of `levels` without end and on long lines: where a line is a payee's, walks are carried up together.

Whoever is reached is paid the same for every walk that reaches them on the same level, so that only the sum of the
bases matters, and the levels beyond the last of the lists are all alike. It costs people times levels, whatever the
depth; walking from each source costs every pair. Both ways give the same lines (a test holds them equal). The rules are
W1 to W7 of `genealogy.walks`.

Where `counts` compares a rank with the payee's, levels are another for each rank of a payee, of which there are few:
the walks are carried up once for each, and whoever has that rank is paid.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._pairs import RankCount, rank_count, reads_payee
from mlmcore.compensation.bonuses._decay import last_step
from mlmcore.compensation.bonuses._sources import Sources, money
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.genealogy.merging import Starting, carried_up
from mlmcore.genealogy.walks import UNLIMITED, LevelRules, LevelWalk, Outcome

__all__ = ["Sums", "sums_by_level"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STATES_MOST: Final = 256
"""More levels that differ than this are walked one by one; a plan that lists so many has short walks."""


@frozen(kw_only=True, eq=False)
class Sums:
    """What walks bring to each level of each person, as if each sum were a walk.

    Attributes:
        walked: Whom, at which level, and what became of it; `source` and `child` mean nothing.
        base: The sums of the bases.
    """

    walked: LevelWalk
    base: Column


def sums_by_level(sheet: Sheet, bonus: LevelsBonus, sources: Sources, rules: LevelRules) -> Sums | None:
    """Carry a bonus's walks up together; None where too many levels differ.

    Args:
        sheet: What the run knows.
        bonus: A bonus that `merges`.
        sources: From where the walks start.
        rules: How its walks count and pay, by node; where `counts` reads the payee's rank, who counts plays no part.

    Raises:
        InputError: A base or rate cannot be computed, or a sum leaves int64.
    """
    states = _states(sheet, bonus, rules)
    if states > _STATES_MOST:
        return None
    if reads_payee(bonus.counts.node):
        rules = evolve(rules, last_above_root=0)  # levels are a payee's, and there is none
    assert bonus.base is not None  # noqa: S101  (a bonus that merges has one)
    base = money(sheet, bonus, bonus.base, sources.frame(sheet))
    parts = []
    for counts, whose in _countings(sheet, bonus, rules):
        carrying = _Carrying(sheet, bonus, evolve(rules, counts=counts), states)
        for some in (base.values > 0, base.values < 0):  # a sum of nothing would hide that there were lines
            parts += carrying.rows(sources.some(some), base.values[some], whose) if some.any() else []
    return _stacked(parts, base)


def _states(sheet: Sheet, bonus: LevelsBonus, rules: LevelRules) -> int:
    """How many states of a walk differ: as many as levels that differ, and one for all further ones."""
    ends = [len(rules.offered), rules.first_level]
    if rules.last_level != UNLIMITED:
        ends.append(rules.last_level)
    if rules.depth is not None:
        bounded = rules.depth[rules.depth != UNLIMITED]
        ends.append(int(bounded.max(initial=0)))
    if bonus.decay is not None:
        assert bonus.rate is not None  # noqa: S101  (the loader requires it beside `decay`)
        rate = evaluate(bonus.rate.node, people_frame(sheet))
        ends.append(rules.first_level + last_step(bonus, rate.max_abs, rate.places))
    return max(ends) + 1


def _countings(sheet: Sheet, bonus: LevelsBonus, rules: LevelRules) -> Iterator[tuple[Bools, Bools]]:
    """Yield who counts, by node, and for which payees: everybody, or those of one rank after the other."""
    ranks = rank_count(bonus.counts.node) if reads_payee(bonus.counts.node) else None
    if ranks is None:
        yield rules.counts, np.ones(len(rules.counts), dtype=np.bool_)
        return
    through, own, asked = _of_ranks(sheet, bonus, ranks)
    for rank in np.unique(asked).tolist():
        yield through & (own >= rank), asked == rank


def _of_ranks(sheet: Sheet, bonus: LevelsBonus, ranks: RankCount) -> tuple[Bools, Ints64, Ints64]:
    """By node: who counts for some payee, their rank, and as a payee from which rank on others count for them."""
    persons = sheet.rows.network.person_of_node[sheet.walked(bonus.tree)]
    own = sheet.person[ranks.own.name].values.astype(np.int64)
    asked = sheet.person[ranks.asked.name].values.astype(np.int64)
    if ranks.operator in {"<", "<="}:
        own, asked = -own, -asked
    asked = asked + (ranks.operator in {"<", ">"})
    through = np.ones(sheet.size, dtype=np.bool_)
    for gate in ranks.gates:
        rows = np.flatnonzero(through)
        through[rows] = evaluate(gate, people_frame(sheet).some(rows)).values
    columns: tuple[Any, ...] = (through, own, asked)
    return columns if persons is None else tuple(column[persons] for column in columns)


class _Carrying:
    """One counting of the levels of a bonus."""

    def __init__(self, sheet: Sheet, bonus: LevelsBonus, rules: LevelRules, states: int) -> None:
        network, name = sheet.rows.network, sheet.walked(bonus.tree)
        self._tree, self._nodes = network.tree(name), network.node_of_person[name]
        self._persons = network.person_of_node[name]
        self._rules = rules
        level = np.arange(1, states + 1)
        self._column = np.minimum(level, len(rules.offered) - 1)
        self._level = level
        stops = np.zeros(len(rules.counts), dtype=np.bool_) if rules.stops is None else rules.stops
        over = np.broadcast_to(level > rules.last_level, (len(stops), states))
        before, after = (stops, stops & False) if rules.stop_before else (stops & False, stops)
        self._out = over | before[:, None]
        self._ends = self._out | after[:, None]
        self._rises = np.broadcast_to(rules.counts[:, None], (len(stops), states))

    def rows(self, sources: Sources, base: Ints64, whose: Bools) -> list[tuple[LevelWalk, Ints64]]:
        """The levels of some payees, with the sums of some walks whose bases are of one sign.

        Args:
            sources: From where they start.
            base: int64[m]: what each brings.
            whose: bool[n], by node: who is paid.
        """
        start = sources.start if self._nodes is None else self._nodes[sources.start]
        below, rules = sources.below, self._rules
        used = (rules.counts[start] & ~below & rules.source_counts).astype(np.int64)
        first = np.where(below, start, self._tree.parent[start]).astype(np.int32)
        begin = Starting(node=first, state=used, amount=base)
        sums, above = carried_up(self._tree, begin, self._rises, self._ends)
        found = [self._on_the_way(sums, whose), self._above(above)]
        if rules.first_level == 0 and rules.offered[0]:
            found.insert(0, self._at_start(start[~below], base[~below], whose))
        return [part for part in found if len(part[1])]

    def _on_the_way(self, sums: Ints64, whose: Bools) -> tuple[LevelWalk, Ints64]:
        rules = self._rules
        asked = (rules.counts | rules.pay_uncounted) & whose
        there = (sums != 0) & ~self._out & asked[:, None]
        there &= (rules.offered[self._column] & (self._level >= rules.first_level))[None, :]
        node, state = np.nonzero(there)
        return self._walked(node, self._level[state]), sums[node, state]

    def _at_start(self, start: Ints, base: Ints64, whose: Bools) -> tuple[LevelWalk, Ints64]:
        own = np.zeros(len(whose), dtype=np.int64)
        np.add.at(own, start, base)
        node = np.flatnonzero((own != 0) & whose)
        return self._walked(node, np.zeros(len(node), dtype=np.int64)), own[node]

    def _above(self, above: Ints64) -> tuple[LevelWalk, Ints64]:
        """What is owed above the roots: the levels that are not used up, until the first that is not offered."""
        rules, rows = self._rules, []
        for state in np.flatnonzero(above).tolist():
            level = max(rules.first_level, state + 1)
            while level <= rules.last_above_root and rules.offered[min(level, len(rules.offered) - 1)]:
                rows.append((level, int(above[state])))
                level += 1
        levels, sums = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        nobody = np.full(len(rows), -1)
        return _walk(nobody, levels, np.full(len(rows), Outcome.NO_UPLINE)), sums

    def _walked(self, node: NDArray[np.intp], level: NDArray[Any]) -> LevelWalk:
        """Rows with what becomes of them: of what refuses, the first speaks."""
        rules = self._rules
        rated = rules.has_rate[rules.rate_row[node], np.minimum(level, len(rules.offered) - 1)]
        outcome = np.where(rated, Outcome.PAID, Outcome.NO_RATE)
        if rules.depth is not None:
            outcome[level > rules.depth[node]] = Outcome.TOO_DEEP
        outcome[~rules.pays[node]] = Outcome.PAYS_FAILED
        return _walk(node if self._persons is None else self._persons[node], level, outcome)


def _walk(person: NDArray[Any], level: NDArray[Any], outcome: NDArray[Any]) -> LevelWalk:
    none = np.zeros(len(level), dtype=np.int32)
    return LevelWalk(
        source=none,
        node=person.astype(np.int32),
        child=none - 1,
        level=level.astype(np.int32),
        outcome=outcome.astype(np.uint8),
    )


def _stacked(parts: list[tuple[LevelWalk, Ints64]], base: Column) -> Sums:
    empty = _walk(*(np.zeros(0, dtype=np.int64),) * 3)
    walks = [empty, *(walked for walked, _ in parts)]
    together = LevelWalk(
        **{
            name: np.concatenate([getattr(walked, name) for walked in walks])
            for name in ("source", "node", "child", "level", "outcome")
        }
    )
    sums = np.concatenate([np.zeros(0, dtype=np.int64), *(amounts for _, amounts in parts)])
    return Sums(walked=together, base=Column.scaled(sums, base.places, unit="money"))
