"""One person's statement for one period: what was earned, line by line, and how each amount comes about.

The same evaluation that writes the ledger explains it, so the two cannot disagree: the lines of a statement sum to the
ledger's, to the cent.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from mlmcore.compensation.explain import Amount, Explainer, Explanation, Passed, why
from mlmcore.compensation.result import Result
from mlmcore.domain.decimals import shortest

__all__ = ["Statement", "statement", "statements"]

_WIDTH = 100
_PARTS = {
    "paid": "",
    "unpaid": "Not paid",
    "missed": "Missed: paid to somebody further up",
    "carried": "Carried forward",
}


@frozen(kw_only=True)
class Statement:
    """An explanation, ready to be shown.

    Attributes:
        explanation: What it says.
    """

    explanation: Explanation

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able values; decimals as texts."""
        document = attrs.asdict(self.explanation, value_serializer=lambda _, __, value: _plain(value))
        return {**document, "total": str(self.explanation.total.amount)}

    def to_text(self, names: Mapping[str, str] | None = None) -> str:
        """As text: a line for each amount, with its path where somebody was passed.

        Args:
            names: What people and orders are called, by id; whoever is not in it is called by the id.
        """
        return "\n".join(_Writer(self.explanation, {} if names is None else names).lines()) + "\n"


@frozen
class _Writer:
    """Writes an explanation as lines."""

    said: Explanation
    names: Mapping[str, str]

    def lines(self) -> Iterator[str]:
        """The whole statement."""
        said = self.said
        yield f"Statement of {self._called(said.person)}, {said.period}, by plan {said.plan}"
        if said.columns:
            yield "  " + ", ".join(f"{name} = {value}" for name, value in said.columns.items())
        for kind, heading in (
            ("paid", ""),
            ("unpaid", "Not paid"),
            ("missed", "Missed: paid to somebody further up"),
            ("carried", "Carried forward"),
        ):
            amounts = [item for item in said.amounts if item.kind == kind]
            if amounts and heading:
                yield ""
                yield heading
            for bonus, items in groupby(amounts, key=lambda item: item.bonus):
                yield from self._bonus_lines(bonus, list(items))
        yield ""
        yield _flush("Total", f"{said.currency} {said.total.amount}")

    def _bonus_lines(self, bonus: str, items: list[Amount]) -> Iterator[str]:
        yield ""
        yield f"{bonus}  ({items[0].clause})"
        shown = [item for item in items if item.reason != "rounding"]
        for item in shown:
            yield _flush(f"  {self._words(item)}", f"{item.amount:f}")
            yield from (f"      passed {self._passing(step)}" for step in item.passed)
        for item in items:
            if item.reason == "rounding":
                yield _flush("  rounding", f"{item.amount:f}")
        yield _flush(f"  {_counted(len(items))}", f"{sum((item.amount for item in items), Decimal(0)):f}")

    def _words(self, item: Amount) -> str:
        word = "order" if item.dated == "orders" else item.dated
        where = f"{item.day} {word} {self._called(item.order)}".strip() if item.order else ""
        source = f"from {self._called(item.source)}" if item.source else ""
        level = f"level {item.level}" if item.level is not None else ""
        span = item.span if not item.order else ""
        # What is taken back names its order by id, as all of an explanation does; here it has the name that people use.
        told = _calculation(item).replace(f" order {item.original} ", f" order {self._called(item.original)} ")
        parts = [", ".join(part for part in (span, where, source, level) if part), told]
        return ": ".join(part for part in parts if part)

    def _passing(self, step: Passed) -> str:
        words = f"{self._called(step.person)}: {'uses up a level' if step.counts else 'is no level'}"
        return words if step.because == "true is true" else f"{words}; {step.because}"

    def _called(self, label: str) -> str:
        return self.names.get(label, label)


def statements(result: Result) -> Iterator[str]:
    """The statements of everybody who is paid something, as texts, in the order of their ids."""
    paid = np.zeros(len(result.network), dtype=np.bool_)
    for segment in result.lines.segments:
        paid[segment.payee] = True
    explainer = Explainer(result)
    for person in np.argsort(result.network.ids.rank).tolist():
        if paid[person]:
            yield Statement(explanation=explainer.explain(person)).to_text()


def statement(result: Result, person: str) -> Statement:
    """The statement of one person.

    Raises:
        InputError: Nobody in the run has this id.
    """
    return Statement(explanation=why(result, person))


def _calculation(item: Amount) -> str:
    if item.reason in {"rounding", "negative", "below_minimum", "no_upline"}:
        return item.reason.replace("_", " ")
    if item.takes_back:
        parts = (item.takes_back, f"{item.reason}: {item.because}" if item.reason else item.because)
        return "; ".join(part for part in parts if part)
    if item.rate is not None and item.exact is None:
        told = f"{item.formula} {item.base} x about {item.rate}"
    elif item.rate is None or item.exact is None:
        told = f"{item.formula} = {item.base}, at several rates"
    elif item.level is None and item.rate == 1:
        told = f"{item.formula} = {item.base}"
    else:
        told = f"{item.formula} {item.base} x {item.rate} = {shortest(item.exact)}".lstrip()
    if item.reason:
        return f"{told}; {item.reason}: {item.because}"
    return f"{told}; {item.because}" if item.because else told


def _counted(lines: int) -> str:
    return f"{lines} line" if lines == 1 else f"{lines} lines"


def _flush(left: str, right: str) -> str:
    return f"{left} {right}" if len(left) + len(right) >= _WIDTH else left + right.rjust(_WIDTH - len(left))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return list(value) if isinstance(value, tuple) else value
