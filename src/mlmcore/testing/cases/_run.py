"""Running a case: the engine over each of its periods, and what came out otherwise than expected."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import RunInputs, State
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.result import Result
from mlmcore.compensation.rounding import total_of
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import Money
from mlmcore.testing.cases._roll import Roll
from mlmcore.testing.cases.case import Case, ExpectedLine, ExpectedTotal, ExpectedValue, Step, Value

__all__ = ["Difference", "Outcome", "run_case", "value_of"]

_CARRY: Final = "carry."
_SHOWN: Final = 5
"""How many lines a difference shows."""
_NEAR: Final = ("person", "bonus")
"""What a line must share with an expected one to be shown beside it."""


@frozen(kw_only=True)
class Difference:
    """One thing that came out otherwise than expected.

    Attributes:
        line: Where the expectation stands.
        period: In which period.
        what: Of what: `ann unilevel`, `totals unilevel`, `unpaid`.
        expected: What was expected, as text.
        got: What came out, as text.
        person: Whose it is, by id, or "".
        name: The bonus, measure or rank that it is about, or "".
    """

    line: int
    period: str
    what: str
    expected: str
    got: str
    person: str = ""
    name: str = ""


@frozen(kw_only=True, eq=False)
class Outcome:
    """What a case came to.

    Attributes:
        case: Which.
        differences: In the order of the periods, and of the file; none where it passed.
        failed: The result of the first period in which something differs, or None.
    """

    case: Case
    differences: tuple[Difference, ...]
    failed: Result | None = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.differences


def run_case(case: Case) -> Outcome:
    """Run a case.

    Raises:
        InputError: The engine refuses what the case gives it; each finding with the line of the case.
    """
    differences: list[Difference] = []
    failed: Result | None = None
    state = case.previous
    for step in case.steps:
        result = _calculated(case, step, state)
        found = list(_differences(step, result))
        differences += found
        failed = result if found and failed is None else failed
        state = result.handed_on()
    return Outcome(case=case, differences=tuple(differences), failed=failed)


def _calculated(case: Case, step: Step, state: State) -> Result:
    inputs = RunInputs(
        period=step.period,
        people=step.people,
        trees=step.trees,
        orders=step.orders,
        events=step.events,
        company=step.company,
        previous=state,
        given=step.given,
        moves=step.moves,
    )
    try:
        return calculate(case.plan, inputs)
    except InputError as error:
        raise InputError(_placed(finding, case, step) for finding in error.findings) from error


def _placed(finding: Finding, case: Case, step: Step) -> Finding:
    """A finding of the engine, which knows no files, at the line of the order or person, or else of the case."""
    if finding.file:
        return finding
    place = finding.path.rpartition(": ")[2]
    path = f"case {case.name!r}" + (f": {finding.path}" if finding.path else "")
    return evolve(
        finding, file=case.file, line=step.places.get(finding.path, step.places.get(place, step.line)), path=path
    )


def _differences(step: Step, result: Result) -> Iterator[Difference]:
    expected, roll = step.expected, Roll(result.network.ids)
    for value in expected.values:
        yield from _of_value(value, roll.find(value.person), result)
    for total in expected.totals:
        yield from _of_total("totals", total, _totals(result), result)
    for total in expected.accounts:
        amounts = {name: _money(minor, result) for name, minor in result.accounts.by_account().items()}
        yield from _of_total("accounts", total, amounts, result)
    for total in expected.figures:
        yield from _of_total("figures", total, _figures(result), result)
    for kind, lines in expected.lines.items():
        yield from _of_lines(kind, lines, _lines_of(kind, result), step.line, result)


def _of_value(wanted: ExpectedValue, person: int, result: Result) -> Iterator[Difference]:
    if person < 0:
        got: str = "is not in the run: joined after the period"
    else:
        value, got = value_of(wanted.name, person, result)
        if value == wanted.value:
            return
    yield Difference(
        line=wanted.line,
        period=result.period.id,
        what=f"{wanted.person} {wanted.name}",
        expected=_as_written(wanted.value),
        got=got,
        person=wanted.person,
        name=wanted.name,
    )


def value_of(name: str, person: int, result: Result) -> tuple[Value, str]:
    """What a person has by the name of an expectation, and that as text."""
    if name == "total" or name in {bonus.id for bonus in result.plan.bonuses}:
        segments = [item for item in result.lines.segments if name in {"total", item.bonus}]
        amount = _money(sum(total_of(item.amount[item.payee == person]) for item in segments), result)
        return amount, f"{amount:f}"
    column = _column(name, result)
    if column.kind == "person":
        label = _person_or_account(int(column.values[person]), result)
        return label, _as_written(label)
    value: Any = column.value(person)  # ranks have their names here, so no positions come back
    return value, column.text(person)


def _column(name: str, result: Result) -> Column:
    ranks = {"rank": result.ranks, "rank.now": result.rank_now, "rank.best": result.rank_best}
    if name.startswith(_CARRY):
        return result.carried[name.removeprefix(_CARRY)]
    return {**result.measures, **result.published, **ranks}[name]


def _person_or_account(index: int, result: Result) -> str | None:
    if index == -1:
        return None
    return result.network.ids.label(index) if index >= 0 else result.plan.accounts[-2 - index]


def _totals(result: Result) -> Mapping[str, Decimal]:
    by_bonus = {name: money.amount for name, money in result.totals_by_bonus().items()}
    return {**by_bonus, "total": _money(result.lines.total, result)}


def _figures(result: Result) -> Mapping[str, Decimal]:
    """What bonuses say about the run as a whole, and of it what is handed on."""
    handed_on = {
        f"{_CARRY}{name}": result.carried_rows[name].columns["amount"].decimal(0)
        for name in result.figures
        if name in result.carried_rows
    }
    return {**{name: column.decimal(0) for name, column in result.figures.items()}, **handed_on}


def _of_total(kind: str, wanted: ExpectedTotal, amounts: Mapping[str, Decimal], result: Result) -> Iterator[Difference]:
    got = amounts.get(wanted.name, _money(0, result))
    if got != wanted.amount:
        yield Difference(
            line=wanted.line,
            period=result.period.id,
            what=f"{kind} {wanted.name}",
            expected=f"{wanted.amount:f}",
            got=f"{got:f}",
            name=wanted.name if kind == "totals" else "",
        )


Line = Mapping[str, Value]


def _lines_of(kind: str, result: Result) -> list[Line]:
    """All lines of one kind, in words, in the engine's order."""
    segments: Sequence[Any] = {
        "lines": result.lines.segments,
        "unpaid": result.unpaid.segments,
        "missed": result.missed,
    }[kind]
    return [_line(segment, row, result) for segment in segments for row in range(len(segment))]


def _line(segment: Any, row: int, result: Result) -> Line:
    people = result.network.ids
    payee, source = int(segment.payee[row]), int(segment.source[row])
    level = int(segment.level[row])
    reason = getattr(segment, "reason", None)
    said: dict[str, Value] = {
        "person": people.label(payee) if payee >= 0 else None,
        "bonus": segment.bonus,
        **({} if reason is None else {"reason": Reason(int(reason[row])).label}),
        "order": result.order_of(segment, row),
        "source": people.label(source) if source >= 0 else None,
        "level": Decimal(level) if level >= 0 else None,
        "base": segment.base_of(row),
        "rate": segment.rate_of(row),
    }
    amount = _money(int(segment.amount[row]), result) if reason is None else segment.amount_of(row)
    return {**said, "amount": amount}


def _of_lines(
    kind: str, wanted: Sequence[ExpectedLine], lines: Sequence[Line], line_of_step: int, result: Result
) -> Iterator[Difference]:
    """The expected lines that find no line of their own; an empty list expects none at all."""
    period = result.period.id
    if not wanted and lines:
        yield Difference(line=line_of_step, period=period, what=kind, expected="none", got=_listed(lines))
    for item in _unmatched(wanted, lines):
        person, bonus = item.fields.get("person"), item.fields.get("bonus")
        near = [line for line in lines if all(line[key] == item.fields.get(key, line[key]) for key in _NEAR)]
        yield Difference(
            line=item.line,
            period=period,
            what=kind,
            expected=_words(item.fields),
            got=_listed(near) or "no such line",
            person=str(person or ""),
            name=str(bonus or ""),
        )


def _listed(lines: Sequence[Line]) -> str:
    rest = f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "; ".join(map(_words, lines[:_SHOWN])) + rest


def _words(line: Line) -> str:
    """A line as a case would write it."""
    return "{" + ", ".join(f"{key}: {_as_written(value)}" for key, value in line.items()) + "}"


def _unmatched(wanted: Sequence[ExpectedLine], lines: Sequence[Line]) -> list[ExpectedLine]:
    """Expected lines left over when as many as possible have found a line, each another one (augmenting paths)."""
    fits = [[row for row, line in enumerate(lines) if _fits(item, line)] for item in wanted]
    taken: dict[int, int] = {}
    return [item for position, item in enumerate(wanted) if not _seated(position, fits, taken)]


def _seated(start: int, fits: Sequence[Sequence[int]], taken: dict[int, int]) -> bool:
    """Find a line for an expected one, moving others to further lines of theirs where that helps."""
    came: dict[int, int] = {}
    waiting = [start]
    while waiting:
        item = waiting.pop(0)
        for row in fits[item]:
            if row in came:
                continue
            came[row] = item
            if row in taken:
                waiting.append(taken[row])
                continue
            _move(row, came, taken, start)
            return True
    return False


def _move(row: int, came: Mapping[int, int], taken: dict[int, int], start: int) -> None:
    """Give the free line to who came to it, the line that they leave to who wanted that, and so on."""
    while True:
        item = came[row]
        before = next((seat for seat, who in taken.items() if who == item), None)
        taken[row] = item
        if item == start or before is None:
            return
        del taken[before]
        row = before


def _fits(wanted: ExpectedLine, line: Line) -> bool:
    return all(line[key] == value for key, value in wanted.fields.items())


def _money(minor: int, result: Result) -> Decimal:
    return Money(minor, result.plan.currency).amount


def _as_written(value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
