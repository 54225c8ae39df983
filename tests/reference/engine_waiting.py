"""The slow twin of what waits: sums below a minimum that is carried, and lines locked by `deferred_until`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period
from reference.engine import Line, Twin

__all__ = ["Waited", "WaitingRoom"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Waited:
    """A line that waits, and for how many periods it has."""

    state: str
    line: Line
    age: int


class WaitingRoom:
    """What waits for one bonus."""

    def __init__(self, twin: Twin, bonus_id: str) -> None:
        self.twin = twin
        self.period = Period.containing(twin.start, PeriodKind(twin.plan.period)).id
        before = twin.inputs.waiting.get(bonus_id, [])
        self.brought = sum((row["amount"] for row in before), Fraction(0))
        self.absent = [{**row, "age": row["age"] + 1} for row in before if row["payee"] not in twin.people]
        here = [row for row in before if row["payee"] in twin.people]
        self.waited = [_read(twin, bonus_id, row) for row in sorted(here, key=_position)]

    def take(self, state: str) -> list[Waited]:
        """Everything that waits in one way."""
        taken = [one for one in self.waited if one.state == state]
        self.waited = [one for one in self.waited if one.state != state]
        return taken

    def keep(self, state: str, line: Line, age: int = 0) -> None:
        """Let a line wait; one of nothing does not."""
        if line.amount:
            self.waited.append(Waited(state, line, age))

    def rows(self) -> list[Row]:
        """What is handed on."""
        return [*self.absent, *(self._row(one) for one in self.waited)]

    def defer(self, bonus: Any, lines: list[Line]) -> tuple[list[Line], list[Line]]:
        """What is paid of earlier lines and of these, and what has expired; the rest waits."""
        paid, expired, locked = [], [], {}
        refund_of = {order["id"]: order["refund_of"] for order in self.twin.orders if self.twin.takes_back}
        most = None if bonus.deferred_expires is None else self.twin.ask(bonus.deferred_expires, {})
        for one in self.take("deferred"):
            holds = self.twin.ask(bonus.deferred_until, {"self": one.line.payee})
            if holds and (most is None or one.age <= most):
                paid.append(one.line)
            elif most is not None and one.age >= most:
                expired.append(replace(one.line, reason="expired"))
                locked[_of_order(one.line)] = -1
            else:
                self.keep("deferred", one.line, one.age)
                locked[_of_order(one.line)] = one.age
        paid.sort(key=self.twin.position)
        fails = [
            isinstance(line.payee, str) and not self.twin.ask(bonus.deferred_until, {"self": line.payee})
            for line in lines
        ]
        now = {_of_order(line) for line, fail in zip(lines, fails, strict=True) if fail}
        for line, fail in zip(lines, fails, strict=True):
            original = refund_of.get(line.order or "")
            taken_back = (original, *_of_order(line)[1:])
            if original is None or (taken_back in now and taken_back not in locked):
                age = 0 if fail else None
            else:  # what takes back a locked line has its fate, and what was paid is charged
                age = locked.get(taken_back)
            if age is None:
                paid.append(line)
            elif age < 0:
                expired += [replace(line, reason="expired")] if line.amount else []
            else:
                self.keep("deferred", line, age)
        return paid, expired

    def _fails(self, bonus: Any, payee: Any) -> bool:
        """Whether the condition fails for somebody; it is never asked of an account."""
        return isinstance(payee, str) and not self.twin.ask(bonus.deferred_until, {"self": payee})

    def _row(self, one: Waited) -> Row:
        line = one.line
        order, period, source = line.since or (line.order, self.period, line.source)
        return {
            "state": one.state,
            "payee": line.payee,
            "source": source,
            "order": order,
            "period": period,
            "level": line.level,
            "base": line.base,
            "rate": line.rate,
            "amount": line.amount,
            "age": one.age,
        }


def _of_order(line: Line) -> tuple[Any, ...]:
    """What tells a line of one bonus from every other, whether or not it waited."""
    order = line.order if line.since is None else line.since[0]
    return order, line.payee, line.source, line.level


def _read(twin: Twin, bonus_id: str, row: Row) -> Waited:
    line = Line(
        bonus=bonus_id,
        payee=row["payee"],
        source=row["source"] if row["source"] in twin.people else None,
        order=None,
        level=row["level"],
        base=row["base"],
        rate=row["rate"],
        amount=row["amount"],
        since=(row["order"], row["period"], row["source"]),
    )
    return Waited(row["state"], line, row["age"] + 1)


def _position(row: Row) -> Any:
    texts = (row[name] or "" for name in ("payee", "period", "order", "source"))
    numbers = (-1 if row["level"] is None else row["level"], row["base"], row["rate"] or 0, row["amount"])
    return (-row["age"], *texts, *numbers)


def plain_rows(rows: list[Row]) -> Iterator[tuple[Any, ...]]:
    """Rows that can be counted."""
    yield from (tuple(sorted(row.items())) for row in rows)
