"""What a cycle of references comes to: a recursion with a beginning, a least fixpoint of ranks, or an error.

A cycle has a beginning where whoever is read comes first: every reference that closes it goes strictly down one tree,
or every one strictly up. References of a person to itself, and to its group with it, must close none. A cycle of ranks
through several trees, or up and down, has no beginning but may have a least solution; whether it is monotone is asked
once its expressions are typed, in `_monotone`.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from attrs import frozen

from mlmcore.compensation.plan import AmountBonus, Plan
from mlmcore.compensation.references import SELF, Way
from mlmcore.compensation.step import Step

__all__ = ["Refused", "judged"]

Reads = Mapping[Step, Mapping[Step, frozenset[Way]]]
Pairs = Collection[tuple[Step, Step]]
Keeps = Callable[[Way], bool]


@frozen(kw_only=True)
class Refused:
    """Why a cycle is an error.

    Attributes:
        path: The steps of one cycle, the first again at the end.
        what: What is wrong, the cycle printed in it.
        todo: What to do.
    """

    path: tuple[Step, ...]
    what: str
    todo: str


def judged(plan: Plan, members: Sequence[Step], reads: Reads, paid: Pairs) -> Step | Refused:
    """Return one step that computes all the members together, or why there is none.

    Args:
        plan: The plan.
        members: Steps that read one another, in document order.
        reads: Of whom each step reads which other.
        paid: Which step reads what which bonus has paid.
    """
    within = _Within(members, reads)
    return _refused(plan, within, reads, paid) or _one_step(within)


def _refused(plan: Plan, within: "_Within", reads: Reads, paid: Pairs) -> Refused | None:
    """Why a cycle has no meaning, whatever the trees that it goes through."""
    cap = next((member for member in within.members if member.kind == "cap"), None)
    if cap is not None:
        return _under_cap(cap, within, reads)
    standing = within.cycle(lambda way: not way.strict and way.kind != "anybody")
    if standing is not None:
        return _without_beginning(standing, within)
    reading = next((pair for pair in paid if set(pair) <= set(within.members) and _pays_late(plan, pair[1])), None)
    if reading is not None:
        what = f"reads {reading[1].name}.paid, which a minimum or a deferral decides once everybody's is computed"
        return _cycle(within.from_to(*reading), what, f"read {reading[1].name}.earned")
    outside = next((member for member in within.members if not _can_recur(plan, member)), None)
    return None if outside is None else _refused_member(plan, within, outside)


def _one_step(within: "_Within") -> Step | Refused:
    """The step that computes a cycle, if its references go one way, or only ranks are on it."""
    ways = within.ways()
    if any(way.kind == "anybody" for way in ways):
        path = within.through(lambda way: way.kind == "anybody")
        return _cycle(
            path, "reads people in no order", "a person may read only people below in one tree, or only people above"
        )
    trees = sorted({way.tree for way in ways})
    directions: set[Literal["up", "down"]] = {"up" if way.kind == "up" else "down" for way in ways}
    if len(trees) == 1 and len(directions) == 1:
        order = within.in_order(lambda way: not way.strict)
        return Step(kind="recursion", name=_name(order), members=order, tree=trees[0], way=directions.pop())
    return _fixpoint(within, ways)


def _fixpoint(within: "_Within", ways: set[Way]) -> Step | Refused:
    """A cycle through several trees, or up and down: only where every cycle goes through a rank."""
    said = " and ".join(sorted(f"{'up' if way.kind == 'up' else 'down'} {way.tree}" for way in ways))
    rank = next((member for member in within.members if member.kind == "rank"), None)
    bonus = next((member for member in within.members if member.kind == "bonus"), None)
    beside = None if rank is None else within.cycle(lambda _: True, without=rank)
    if rank is None or bonus is not None or beside is not None:
        path = beside or within.cycle(lambda _: True) or ()
        todo = "let it go one way in one tree; only a cycle of ranks may go several ways"
        return _cycle(path, f"goes {said}", todo)
    order = within.in_order(lambda _: True, last=rank)
    return Step(kind="fixpoint", name=_name(order), members=order)


def _under_cap(cap: Step, within: "_Within", reads: Reads) -> Refused:
    path = within.through_step(cap)
    if len(path) == 2:
        what = f"the limit of {cap.name} reads what the cap itself leaves"
        return Refused(path=path, what=what, todo="read `earned`")
    path = (*path[1:], path[1])
    over = ", ".join(other.name for other in reads[cap] if other.kind == "bonus")
    what = f"the cap {cap.name} over {over} cuts what one of them reads: {_printed(path)}"
    todo = "under a cap, read `earned` of one another, never `paid`, or take one of them out of the cap"
    return Refused(path=path, what=what, todo=todo)


def _cycle(path: tuple[Step, ...], what: str, todo: str) -> Refused:
    return Refused(path=path, what=f"the cycle {_printed(path)} {what}", todo=todo)


def _printed(path: tuple[Step, ...]) -> str:
    return " -> ".join(step.name for step in path)


def _without_beginning(path: tuple[Step, ...], within: "_Within") -> Refused:
    if not all(SELF in within.between(one, other) for one, other in pairwise(path)):
        what = "has no beginning: a group holds the person itself"
        return _cycle(path, what, "write downline instead of group where the cycle closes")
    return _cycle(path, "has no beginning", "one of them must not read the next")


def _pays_late(plan: Plan, member: Step) -> bool:
    """Whether what a bonus pays is not yet decided by one person's amount alone."""
    bonus = plan.bonus(member.name)
    return bonus.minimum is not None or getattr(bonus, "deferred_until", None) is not None


def _can_recur(plan: Plan, member: Step) -> bool:
    if member.kind != "bonus":
        return member.kind in {"measure", "rank"}
    bonus = plan.bonus(member.name)
    whole = bonus.every is None or bonus.every == plan.period
    once = getattr(bonus, "once_per", None) is not None
    return isinstance(bonus, AmountBonus) and bonus.source is None and bonus.payee is None and whole and not once


def _refused_member(plan: Plan, within: "_Within", member: Step) -> Refused:
    path = within.through_step(member)
    if member.kind == "bonus":
        what = f"goes through the bonus {member.name}, which is no amount per person"
        todo = 'only kind = "amount" with one amount per person, paid to that person, may read itself down or up a tree'
        return _cycle(path, what, todo)
    what = f"goes through {member.name}, which is {'an order column' if member.kind == 'order_column' else 'carried'}"
    return _cycle(path, what, "only measures, ranks and bonuses may read themselves down or up a tree")


def _name(members: Iterable[Step]) -> str:
    return ", ".join(member.name for member in members)


class _Within:
    """The references between the members of one cycle.

    Attributes:
        members: In document order.
    """

    def __init__(self, members: Sequence[Step], reads: Reads) -> None:
        self.members = members
        self._reads = {one: {other: ways for other, ways in reads[one].items() if other in members} for one in members}

    def between(self, one: Step, other: Step) -> frozenset[Way]:
        """Of whom one step reads another."""
        return self._reads[one][other]

    def ways(self) -> set[Way]:
        """Of whom anything is read but the person itself."""
        return {way for others in self._reads.values() for ways in others.values() for way in ways} - {SELF}

    def cycle(self, keeps: Keeps, *, without: Step | None = None) -> tuple[Step, ...] | None:
        """A shortest cycle of the first member that is on one, over some references; None if there is none."""
        for start in self.members:
            path = None if start == without else self._path(start, start, keeps, without)
            if path is not None:
                return path
        return None

    def through(self, keeps: Keeps) -> tuple[Step, ...]:
        """A cycle with a reference of some kind in it, which must be there."""
        return next(
            self.from_to(one, other)
            for one, others in self._reads.items()
            for other, ways in others.items()
            if any(map(keeps, ways))
        )

    def from_to(self, one: Step, other: Step) -> tuple[Step, ...]:
        """A cycle in which one step reads another."""
        return (one, other) if one == other else (one, *self._required(other, one))

    def through_step(self, member: Step) -> tuple[Step, ...]:
        """A cycle through one member."""
        return self._required(member, member)

    def in_order(self, keeps: Keeps, *, last: Step | None = None) -> tuple[Step, ...]:
        """The members, each after what it reads over some references, which close no cycle but through `last`."""
        done: dict[Step, None] = {}
        for start in self.members:
            waiting = [] if start == last else [start]
            while waiting:
                ahead = next((one for one in self._others(waiting[-1], keeps) if one not in done and one != last), None)
                if ahead is None:
                    done[waiting.pop()] = None
                else:
                    waiting.append(ahead)
        return tuple(done if last is None else [*done, last])

    def _required(self, start: Step, end: Step) -> tuple[Step, ...]:
        path = self._path(start, end, lambda _: True)
        assert path is not None  # noqa: S101  (members of a cycle reach one another)
        return path

    def _path(self, start: Step, end: Step, keeps: Keeps, without: Step | None = None) -> tuple[Step, ...] | None:
        """A shortest path of at least one reference."""
        waiting: deque[tuple[Step, ...]] = deque([(start,)])
        seen: set[Step] = set()
        while waiting:
            path = waiting.popleft()
            for other in self._others(path[-1], keeps):
                if other == end:
                    return (*path, other)
                if other not in seen and other != without:
                    seen.add(other)
                    waiting.append((*path, other))
        return None

    def _others(self, member: Step, keeps: Keeps) -> Iterator[Step]:
        return (other for other, ways in self._reads[member].items() if any(map(keeps, ways)))
