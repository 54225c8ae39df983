"""Typing columns that read themselves, and saying which of them can't be computed.

They are typed again and again, from the least types on (see `_recursive_types`), until nothing changes; only then are
findings kept. Signs are found together: each column is taken never to be negative until its formula can't show it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from mlmcore.compensation._monotone import Cycle
from mlmcore.compensation._recursive_types import first_types
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation._signs import never_negative_together
from mlmcore.compensation.expressions.check import TOO_FINE
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.types import Type
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.recursion.members import columns_of, gathered_of, refused
from mlmcore.compensation.step import Step
from mlmcore.domain.errors import Findings

__all__ = ["Recursions"]

_PASSES_MORE: Final = 3
"""How many more passes than columns a recursion is typed in before its types are taken never to settle."""


class Recursions:
    """Checks the recursions and fixpoints of one plan.

    Args:
        plan: The plan.
        sheet: Its namespace and findings.
        never_negative: The columns shown never to be negative; those of a recursion are added.
        typed: Types one step, in the namespace, and puts what is wrong into findings.
        formulas: The expressions of people that decide a step, typed as far as they could be.
    """

    def __init__(
        self,
        plan: Plan,
        sheet: Sheet,
        never_negative: set[str],
        typed: Callable[[Step, Findings], None],
        formulas: Callable[[Step], tuple[Expression, ...]],
    ) -> None:
        self._plan = plan
        self._sheet = sheet
        self._never_negative = never_negative
        self._typed = typed
        self._formulas = formulas

    def check(self, step: Step) -> None:
        """Type the columns of a recursion or a fixpoint; what is wrong goes to the sheet's findings."""
        types: Mapping[str, Type] = first_types(self._plan, step, self._sheet.namespace)
        for again in range(len(types) + _PASSES_MORE):
            before, findings = types, Findings()
            types = self._typed_once(step, before, findings)
            if again and any(TOO_FINE in finding.what for finding in findings):
                self._refuse_growth(step, before, types)
                return
            if types == before or (findings and not again):
                self._settle(step, types)
                return
        self._refuse_growth(step, before, types)

    def _typed_once(self, step: Step, types: Mapping[str, Type], findings: Findings) -> dict[str, Type]:
        """The types that follow from some; what is wrong keeps the one it had."""
        columns = self._sheet.namespace.person
        columns.update(types)
        for member in step.members:
            self._typed(member, findings)
        found = {name: columns[name] for name in types}
        return {name: types[name] if one is None else one for name, one in found.items()}

    def _settle(self, step: Step, types: Mapping[str, Type]) -> None:
        """Note signs, report everything that is wrong, and ask what only settled types can be asked."""
        formulas = {one.name: self._formulas(one)[0].checked for one in step.members if one.kind == "measure"}
        nodes = {name: node for name, node in formulas.items() if node is not None}
        self._never_negative |= never_negative_together(nodes, self._plan, self._never_negative)
        self._typed_once(step, types, self._sheet.findings)
        if step.kind == "fixpoint":
            self._check_monotone(step)
        else:
            self._check_gathered(step)

    def _refuse_growth(self, step: Step, before: Mapping[str, Type], types: Mapping[str, Type]) -> None:
        """Report what gets more decimal places on each level of the tree."""
        grown = {name.partition(".")[0] for name in types if types[name] != before[name]}
        for member in step.members:
            if member.kind != "rank" and (member.name in grown or not grown):
                what = f"{member.name} reads itself, and each level of the tree adds decimal places"
                place = self._formulas(member)[0].place
                if member.kind == "bonus":
                    place = self._plan.bonus(member.name).place_of("amount")
                self._sheet.wrong(place, what, "put a round(..., places) around what is multiplied")
        self._sheet.namespace.person.update(dict.fromkeys(types))

    def _check_monotone(self, step: Step) -> None:
        """Report the first part of each formula that may fall when a rank rises."""
        columns = {column for member in step.members for column in columns_of(member)}
        cycle = Cycle(plan=self._plan, columns=columns, known=self._never_negative)
        for formula in self._all_formulas(step):
            falls = None if formula.checked is None else cycle.falls(formula.checked)
            if falls is not None:
                where = f"character {falls.at} of {formula.text!r}"
                what = f"the ranks read themselves through several trees, and {falls.what} ({where})"
                todo = "such a cycle must be monotone: a higher rank may only ever help"
                self._sheet.wrong(formula.place, what, todo, code="plan.cycle")

    def _check_gathered(self, step: Step) -> None:
        """Report what can't be gathered layer by layer."""
        columns = {column for member in step.members for column in columns_of(member)}
        for formula in self._all_formulas(step):
            for part in () if formula.checked is None else gathered_of((formula.checked,), columns):
                if refusal := refused(part, columns):
                    where = f"character {part.at} of {formula.text!r}"
                    what = f"{refusal.what} can't read what reads itself ({where})"
                    self._sheet.wrong(formula.place, what, refusal.todo, code="plan.cycle")

    def _all_formulas(self, step: Step) -> Iterator[Expression]:
        return (formula for member in step.members for formula in self._formulas(member))
