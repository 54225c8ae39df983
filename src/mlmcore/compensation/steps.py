"""What a plan computes, and in which order: everything comes after what it reads.

References are found in the text of expressions, before any type is known, since types are inferred in this order.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from attrs import AttrsInstance, evolve, fields, has

from mlmcore.compensation._components import Reads, Refused, judged
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import AmountBonus, AnyBonus, LevelsBonus, Plan, PoolBonus
from mlmcore.compensation.references import SELF, Way, references_of
from mlmcore.compensation.step import Step, StepKind
from mlmcore.domain.errors import Findings

__all__ = ["Step", "StepKind", "expressions_in", "expressions_of", "steps_of"]


def steps_of(plan: Plan, findings: Findings) -> tuple[Step, ...]:
    """Return what a plan computes, in document order but for dependencies.

    Steps that read one another become one step where that has a meaning (see `_components`). Any other cycle goes to
    the findings, printed as a path; the order is then only good enough to go on looking.
    """
    readers = _readers(plan)
    reads = {step: _reads(step, expressions, readers, plan) for step, expressions in readers.items()}
    paid = [pair for step, expressions in readers.items() for pair in _paid(step, expressions, readers, plan)]
    found: list[Step] = []
    for members in _together(reads):
        if len(members) == 1 and members[0] not in reads[members[0]]:
            found += members
            continue
        one = judged(plan, members, reads, paid)
        if isinstance(one, Refused):
            _report(plan, one, readers[one.path[0]], findings)
            found += members
        else:
            found.append(one)
    return tuple(found)


def expressions_of(item: AttrsInstance) -> Iterator[Expression]:
    """Yield every expression in the fields of a bonus, or of a part of one, in the order of the fields."""
    for attribute in fields(type(item)):
        yield from expressions_in(getattr(item, attribute.name))


def expressions_in(value: object) -> Iterator[Expression]:
    """Yield every expression in the value of a field: itself, or those of a list, a mapping or a part."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from expressions_in(part)
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


def _reads(
    step: Step, expressions: Iterable[Expression], steps: Iterable[Step], plan: Plan
) -> dict[Step, frozenset[Way]]:
    """Return what a step reads, and of whom."""
    by_name = {other.name: other for other in steps if other.kind not in {"cap", "carry"}}
    by_name |= _paid_after(plan, by_name)
    found: dict[Step, frozenset[Way]] = {}
    own = _own_figures(step, plan)
    for expression in expressions:
        for reference in references_of(expression, plan.tree):
            dotted = f"{reference.name}.{reference.column}"
            for name in () if dotted == own.get(id(expression)) else (reference.name, dotted):
                if name in by_name:
                    found[by_name[name]] = found.get(by_name[name], frozenset()) | {reference.way}
    if step.kind == "bonus":
        for other in _silent_reads(plan, step.name, by_name):
            found[other] = found.get(other, frozenset()) | {SELF}
    if step.kind == "cap":
        found.update(dict.fromkeys(_before_cap(plan, step.name, by_name), frozenset({SELF})))
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


def _paid(
    step: Step, expressions: Iterable[Expression], steps: Iterable[Step], plan: Plan
) -> Iterator[tuple[Step, Step]]:
    """Yield the bonuses of which a step reads what they have paid."""
    bonuses = {other.name: other for other in steps if other.kind == "bonus"}
    for reference in (one for expression in expressions for one in references_of(expression, plan.tree)):
        if reference.column == "paid" and reference.name in bonuses:
            yield step, bonuses[reference.name]


def _silent_reads(plan: Plan, bonus_id: str, by_name: Mapping[str, Step]) -> Iterator[Step]:
    """Yield what a bonus reads without naming it in an expression: the active measure, and ranks in its rates."""
    if plan.active is not None and plan.active in plan.measures:
        yield by_name[plan.active]
    bonus = plan.bonus(bonus_id)
    if getattr(bonus, "basis", None) == "paid":  # a walk that starts from earnings waits for the caps over them
        after = [f"{one.text}.paid" for one in getattr(bonus, "earnings", None) or () if one.text != bonus_id]
        yield from (by_name[name] for name in after if name in by_name)
    if isinstance(bonus, AmountBonus) and bonus.per_rank and "rank" in by_name:
        yield by_name["rank"]
    if isinstance(bonus, LevelsBonus) and (bonus.rates_by_rank or bonus.rate_by_rank) and "rank" in by_name:
        yield by_name["rank"]


def _own_figures(step: Step, plan: Plan) -> dict[int, str]:
    """By expression, the figure of its own bonus that it may read: it is known before the expression is asked."""
    bonus = plan.bonus(step.name) if step.kind == "bonus" else None
    return {id(one): f"{bonus.id}.fund" for one in bonus.after_fund} if isinstance(bonus, PoolBonus) else {}


def _together(reads: Reads) -> Iterator[list[Step]]:
    """Yield the steps, what is read first; those that read one another together, in document order.

    Depth first, with a stack of steps of which it is not yet known whether somebody on the path reads them (Tarjan).
    """
    place = {step: position for position, step in enumerate(reads)}
    met: dict[Step, int] = {}
    earliest: dict[Step, int] = {}
    undecided: list[Step] = []
    for start in reads:
        path = [] if start in met else [(start, iter(reads[start]))]
        while path:
            step, rest = path[-1]
            if step not in met:
                met[step] = earliest[step] = len(met)
                undecided.append(step)
            other = next(rest, None)
            if other is not None and other not in met:
                path.append((other, iter(reads[other])))
            elif other is not None:
                earliest[step] = min(earliest[step], met[other]) if other in undecided else earliest[step]
            else:
                path.pop()
                if path:
                    earliest[path[-1][0]] = min(earliest[path[-1][0]], earliest[step])
                if earliest[step] == met[step]:
                    first = undecided.index(step)
                    yield sorted(undecided[first:], key=place.__getitem__)
                    del undecided[first:]


def _report(plan: Plan, refused: Refused, expressions: tuple[Expression, ...], findings: Findings) -> None:
    """Note why a cycle is refused, where its first step reads its second."""
    first, second = refused.path[0].name, refused.path[1].name
    reading = (one for one in expressions if any(found.name == second for found in references_of(one, plan.tree)))
    expression = next(reading, next(iter(expressions), None))
    place = Place() if expression is None else expression.place
    place = place if place.path else evolve(place, path=first)
    findings.add(
        code="plan.cycle", what=refused.what, todo=refused.todo, file=place.file, line=place.line, path=place.path
    )
