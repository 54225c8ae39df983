"""What is told of a case: the tree, expected and got, and how the first amount that differs comes about."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from textwrap import indent
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation.explain import why
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import Statement
from mlmcore.domain.money import Money
from mlmcore.testing.cases._run import Difference, Outcome, value_of
from mlmcore.testing.cases.case import Case, Step

__all__ = ["document_of", "report"]

_DRAWN: Final = 30
"""How many people a drawing shows; the rest is counted."""


def report(outcome: Outcome) -> str:
    """A failed case in words, over several lines; of one that passed, only that it did."""
    case = outcome.case
    heading = f"{case.file}:{case.line}: {case.name}"
    if outcome.failed is None:
        return f"passed {heading}"
    result = outcome.failed
    first = _first(outcome, result)
    step = next(one for one in case.steps if one.period == result.period)
    parts = [
        f"FAILED {heading}",
        f"plan {case.plan.id} version {case.plan.version}{_variant(case)}, {result.period.id}",
        *_given_words(step),
        *(_drawing(tree, step, result) for tree in _trees(first, result)),
        "\n".join(map(_difference_words, outcome.differences)),
        _trace(first, result),
    ]
    return "\n\n".join([parts[0] + "\n" + indent(parts[1], "  "), *(indent(part, "  ") for part in parts[2:] if part)])


def document_of(outcome: Outcome) -> dict[str, Any]:
    """A case's outcome as JSON-able values."""
    case, result = outcome.case, outcome.failed
    return {
        "file": case.file,
        "line": case.line,
        "name": case.name,
        "plan": {"id": case.plan.id, "version": case.plan.version, "variant": case.plan.variant},
        "passed": outcome.passed,
        "given": [
            {"period": step.period.id, "person": person, "name": name, "value": value}
            for step in case.steps
            for person, name, value in _givens(step)
        ],
        "differences": [
            {"line": one.line, "period": one.period, "what": one.what, "expected": one.expected, "got": one.got}
            for one in outcome.differences
        ],
        "trace": "" if result is None else _trace(_first(outcome, result), result),
    }


def _first(outcome: Outcome, result: Result) -> Difference:
    """The first amount that differs in the period that failed, or else the first difference there."""
    there = [one for one in outcome.differences if one.period == result.period.id]
    return next((one for one in there if _bonus(one, result) or one.name == "total"), there[0])


def _bonus(difference: Difference, result: Result) -> str:
    """The bonus that a difference is about, or ""."""
    name = difference.name.partition(".")[0]
    return name if name in {bonus.id for bonus in result.plan.bonuses} else ""


def _variant(case: Case) -> str:
    return f", variant {case.plan.variant}" if case.plan.variant else ""


def _givens(step: Step) -> Iterator[tuple[str, str, str]]:
    """Person, name and value of everything that is given instead of computed."""
    for name, given in step.given.items():
        for position, row in enumerate(given.rows.tolist()):
            yield step.people.ids.label(row), name, given.values.text(position)


def _given_words(step: Step) -> Iterator[str]:
    given = [f"{person} {name}={value}" for person, name, value in _givens(step)]
    if given:
        yield "given, not computed: " + ", ".join(given)


def _trees(first: Difference, result: Result) -> list[str]:
    """The default tree, and that of the bonus in question where it is another."""
    bonus = _bonus(first, result)
    tree = result.plan.bonus(bonus).tree if bonus else None
    return list(dict.fromkeys([result.plan.tree, tree or result.plan.tree]))


def _drawing(name: str, step: Step, result: Result) -> str:
    tree, persons = result.network.tree(name), result.network.person_of_node[name]
    paid = result.lines.by_person(len(result.network))
    given: dict[str, list[str]] = {}
    for person, key, value in _givens(step):
        given.setdefault(person, []).append(f"{key}={value}")

    def label(node: int) -> str:
        person = node if persons is None else int(persons[node])
        said = result.network.ids.label(person)
        rank = [result.ranks.text(person)] if result.plan.ranks else []
        amount = Money(int(paid[person]), result.plan.currency).amount
        return f"{said}  ({', '.join([*rank, *given.get(said, []), f'paid {amount:f}'])})"

    return f"{name}:\n" + indent(tree.to_text(_DRAWN, label=label, legs=True), "  ")


def _difference_words(difference: Difference) -> str:
    where = f"line {difference.line}, {difference.period}: {difference.what}"
    return f"{where}\n  expected {difference.expected}\n  got      {difference.got}"


def _trace(first: Difference, result: Result) -> str:
    """How what came out came about."""
    if first.person and int(result.network.ids.find_labels([first.person])[0]) >= 0:
        lines = _of_person(first, result)
    else:
        lines = _of_everybody(first, result)
    text = "\n".join(lines).rstrip("\n")
    return f"{first.what} came about like this:\n" + indent(text, "  ") if text else ""


def _of_person(first: Difference, result: Result) -> Iterator[str]:
    bonus = _bonus(first, result)
    if bonus or first.name in {"total", ""}:
        said = why(result, first.person)
        if bonus:
            amounts = tuple(item for item in said.amounts if item.bonus == bonus)
            paid = sum((item.amount for item in amounts if item.kind == "paid"), Decimal(0))
            said = evolve(said, amounts=amounts, total=Money.of(paid, result.plan.currency))
        yield Statement(explanation=said).to_text()
        if not said.amounts:
            yield f"{bonus or 'the plan'} has nothing for {first.person}: nothing paid, not paid or missed"
        return
    for name, expression in _formulas(first.name, result).items():
        yield f"{name}: {expression.text}  ({expression.place})"
        yield from (f"  {read} = {value}" for read, value in _reads(expression, first.person, result))


def _formulas(name: str, result: Result) -> Mapping[str, Expression]:
    """The clauses of the plan that decide a measure, a rank or a carried value."""
    plan = result.plan
    if name in plan.measures:
        return {name: plan.measures[name]}
    carried = name.removeprefix("carry.")
    if carried in plan.carry and carried != name:
        return {carried: plan.carry[carried].value}
    return {rank.id: rank.requires for rank in plan.ranks if rank.requires is not None}


def _reads(expression: Expression, person: str, result: Result) -> Iterator[tuple[str, str]]:
    """The measures and rank that a clause reads of the person itself, and their values."""
    index = int(result.network.ids.find_labels([person])[0])
    columns = {*result.measures, *result.published, *(("rank", "rank.now", "rank.best") if result.plan.ranks else ())}
    for name in dict.fromkeys(ref.name for ref in expression.names if ref.subject == "self"):
        if name in columns:
            yield name, value_of(name, index, result)[1]


def _of_everybody(first: Difference, result: Result) -> Iterator[str]:
    """What each person is paid by the bonus in question, or by all."""
    bonus = _bonus(first, result)
    if not bonus and first.name != "total":
        return
    sums: dict[tuple[str, str], int] = {}
    for item in result.lines.segments:
        for payee, amount in zip(item.payee.tolist(), item.amount.tolist(), strict=True):
            if item.bonus == bonus or not bonus:
                key = (result.network.ids.label(payee), item.bonus)
                sums[key] = sums.get(key, 0) + amount
    for (person, name), minor in list(sums.items())[:_DRAWN]:
        yield f"{person} {name} {Money(minor, result.plan.currency).amount:f}"
    if len(sums) > _DRAWN:
        yield f"and {len(sums) - _DRAWN} more"
    if not sums:
        yield "nobody is paid anything"
