"""What a plan computes, and in which order: everything comes after what it reads.

References are found in the text of expressions, before any type is known, since types are inferred in this order.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Literal, cast

from attrs import AttrsInstance, evolve, fields, frozen, has

from mlmcore.compensation.available import LATER
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.expressions.names import PREFIXES
from mlmcore.compensation.expressions.syntax import (
    ExpressionError,
    FunctionCall,
    Identifier,
    Syntax,
    parse,
    parts,
)
from mlmcore.compensation.plan import AnyBonus, LevelsBonus, Plan, PoolBonus
from mlmcore.domain.errors import Findings

StepKind = Literal["order_column", "measure", "rank", "bonus", "cap", "carry"]


@frozen(kw_only=True)
class Step:
    """One thing to compute.

    Attributes:
        kind: What it is.
        name: The order column's, measure's, bonus's, cap's or carry's name; "rank" for all ranks together.
    """

    kind: StepKind
    name: str


def steps_of(plan: Plan, findings: Findings) -> tuple[Step, ...]:
    """Return what a plan computes, in document order but for dependencies.

    A cycle goes to the findings, printed as a path; the order is then only good enough to go on looking.
    """
    readers = _readers(plan)
    reads = {step: _reads(step, expressions, readers, plan) for step, expressions in readers.items()}
    return _Ordering(reads, readers, findings).run()


def expressions_of(item: AttrsInstance) -> Iterator[Expression]:
    """Yield every expression in the fields of a bonus, or of a part of one, in the order of the fields."""
    for attribute in fields(type(item)):
        yield from _expressions_in(getattr(item, attribute.name))


def _expressions_in(value: object) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _expressions_in(part)
    elif has(type(value)):
        yield from expressions_of(cast("AttrsInstance", value))


def _readers(plan: Plan) -> dict[Step, tuple[Expression, ...]]:
    readers: dict[Step, tuple[Expression, ...]] = {}
    for name, expression in plan.order_columns.items():
        readers[Step(kind="order_column", name=name)] = (expression,)
    for name, expression in plan.measures.items():
        readers[Step(kind="measure", name=name)] = (expression,)
    if plan.ranks:
        requirements = tuple(rank.requires for rank in plan.ranks if rank.requires is not None)
        readers[Step(kind="rank", name="rank")] = requirements
    for bonus in plan.bonuses:
        readers[Step(kind="bonus", name=bonus.id)] = _read_by(bonus)
    for name, cap in plan.caps_by_name.items():
        readers[Step(kind="cap", name=name)] = (cap.limit,)
    for name, carry in plan.carry.items():
        readers[Step(kind="carry", name=name)] = (carry.value, carry.initial)
    return readers


def _read_by(bonus: AnyBonus) -> tuple[Expression, ...]:
    """What a bonus reads; a walk that starts from its own amounts finds them itself, from the bottom up."""
    own = [one for one in getattr(bonus, "earnings", None) or () if one.text == bonus.id]
    return tuple(one for one in expressions_of(bonus) if not any(one is other for other in own))


def _reads(step: Step, expressions: Iterable[Expression], steps: Mapping[Step, object], plan: Plan) -> dict[Step, bool]:
    """Return what a step reads, and whether each time only of people strictly below."""
    by_name = {other.name: other for other in steps if other.kind not in {"cap", "carry"}}
    by_name |= _paid_after(plan, by_name)
    found: dict[Step, bool] = {}
    own = _own_figures(step, plan)
    for expression in expressions:
        for name, below in _names(expression, own.get(id(expression), "")):
            other = by_name.get(name)
            if other is not None:
                found[other] = below and found.get(other, True)
    if step.kind == "bonus":
        found.update(dict.fromkeys(_silent_reads(plan, step.name, by_name), False))
    if step.kind == "cap":
        found.update(dict.fromkeys(_before_cap(plan, step.name, by_name), False))
    return found


def _paid_after(plan: Plan, by_name: Mapping[str, Step]) -> dict[str, Step]:
    """After which step each `ID.paid` is known: the last of the caps over the bonus, or the bonus itself."""
    after = {f"{bonus.id}.paid": by_name[bonus.id] for bonus in plan.bonuses}
    for name, cap in plan.caps_by_name.items():
        after.update({f"{bonus}.paid": Step(kind="cap", name=name) for bonus in cap.bonuses if bonus in by_name})
    return after


def _before_cap(plan: Plan, name: str, by_name: Mapping[str, Step]) -> Iterator[Step]:
    """Yield what a cap comes after without naming it: its bonuses, and earlier caps over one of them."""
    bonuses = plan.caps_by_name[name].bonuses
    yield from (by_name[bonus] for bonus in bonuses if bonus in by_name)
    for other, cap in plan.caps_by_name.items():
        if other == name:
            return
        if set(cap.bonuses) & set(bonuses):
            yield Step(kind="cap", name=other)


def _silent_reads(plan: Plan, bonus_id: str, by_name: Mapping[str, Step]) -> Iterator[Step]:
    """Yield what a bonus reads without naming it in an expression: the active measure, and ranks in its rates."""
    if plan.active is not None and plan.active in plan.measures:
        yield by_name[plan.active]
    bonus = plan.bonus(bonus_id)
    if getattr(bonus, "basis", None) == "paid":  # a walk that starts from earnings waits for the caps over them
        after = [f"{one.text}.paid" for one in getattr(bonus, "earnings", None) or () if one.text != bonus_id]
        yield from (by_name[name] for name in after if name in by_name)
    if isinstance(bonus, LevelsBonus) and (bonus.rates_by_rank or bonus.rate_by_rank) and "rank" in by_name:
        yield by_name["rank"]


def _own_figures(step: Step, plan: Plan) -> dict[int, str]:
    """By expression, the figure of its own bonus that it may read: it is known before the expression is asked."""
    bonus = plan.bonus(step.name) if step.kind == "bonus" else None
    return {id(one): f"{bonus.id}.fund" for one in bonus.after_fund} if isinstance(bonus, PoolBonus) else {}


def _names(expression: Expression, own: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the names that an expression reads but `own`, and whether it reads them of people strictly below."""
    try:
        syntax = parse(expression.text)
    except ExpressionError:
        return
    waiting = [(syntax, False)]
    while waiting:
        piece, below = waiting.pop()
        if isinstance(piece, Identifier) and piece.name != own:
            strictly = below and not piece.name.startswith(("me.", "company."))
            yield _declared(piece.name), strictly
            yield _declared(piece.name, parts=2), strictly
        strict = below or _goes_down(piece)
        waiting.extend((part, strict) for part in _read(piece))


def _read(piece: Syntax) -> tuple[Syntax, ...]:
    """The pieces directly inside one, but for the name of a tree, which may be a column's too."""
    if not isinstance(piece, FunctionCall):
        return parts(piece)
    return (*piece.arguments, *(value for key, value in piece.keywords if key != "tree"))


def _goes_down(piece: Syntax) -> bool:
    first = piece.arguments[0] if isinstance(piece, FunctionCall) and piece.arguments else None
    down = {"downline", "front", "level", "levels"}
    return isinstance(first, (Identifier, FunctionCall)) and first.name in down


def _declared(name: str, parts: int = 1) -> str:
    """Return the declared name in a dotted one: `me.personal` and `company.personal` are `personal`, `u1.paid` `u1`.

    Of two parts: `u1.paid` is itself.
    """
    found = name.split(".")
    return ".".join(found[1:][:parts] if len(found) > 1 and found[0] in (*PREFIXES, "company") else found[:parts])


class _Ordering:
    """Depth first, in document order; a step that is met again before it is done closes a cycle."""

    def __init__(
        self,
        reads: Mapping[Step, Mapping[Step, bool]],
        readers: Mapping[Step, tuple[Expression, ...]],
        findings: Findings,
    ) -> None:
        self._reads = reads
        self._readers = readers
        self._findings = findings
        self._done: dict[Step, None] = {}
        self._reported: set[frozenset[Step]] = set()

    def run(self) -> tuple[Step, ...]:
        for step in self._reads:
            self._visit(step)
        return tuple(self._done)

    def _visit(self, start: Step) -> None:
        path: list[tuple[Step, Iterator[Step]]] = [(start, iter(self._reads[start]))]
        on_path = [start]
        while path and start not in self._done:
            step, rest = path[-1]
            other = next(rest, None)
            if other is None:
                self._done[step] = None
                path.pop()
                on_path.pop()
            elif other in on_path:
                self._cycle([*on_path[on_path.index(other) :], other])
            elif other not in self._done:
                path.append((other, iter(self._reads[other])))
                on_path.append(other)

    def _cycle(self, path: list[Step]) -> None:
        members = frozenset(path)
        if members in self._reported:
            return
        self._reported.add(members)
        words = " -> ".join(step.name for step in path)
        down = any(self._reads[one][other] for one, other in pairwise(path))
        place = self._place(path[0])
        caps = [step for step in path if step.kind == "cap"]
        if len(path) == 2 and caps:
            what, todo = f"the limit of {words.partition(' ')[0]} reads what the cap itself leaves", "read `earned`"
        elif caps and not down:
            over = [other.name for other in self._reads[caps[0]] if other.kind == "bonus"]
            what = f"the cap {caps[0].name} over {', '.join(over)} cuts what one of them reads: {words}"
            todo = "under a cap, read `earned` of one another, never `paid`, or take one of them out of the cap"
        elif down:
            what, todo = f"recursion down the tree, {words}, is {LATER}", "break it with an attribute or a number"
        else:
            what, todo = f"the cycle {words} has no beginning", "one of them must not read the next"
        code = "plan.not-available" if down else "plan.cycle"
        self._findings.add(code=code, what=what, todo=todo, file=place.file, line=place.line, path=place.path)

    def _place(self, step: Step) -> Place:
        expressions = self._readers[step]
        place = expressions[0].place if expressions else Place()
        return place if place.path else evolve(place, path=step.name)
