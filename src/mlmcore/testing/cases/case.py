"""What a case is once it is read: a plan, what each of its periods is given, and what is expected of each.

Everything here is typed and exact; how a file says it stands in `_read` and beside it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.inputs import Company, Edges, Events, Given, Moves, Orders, People, State
from mlmcore.compensation.plan import Plan
from mlmcore.domain.periods import Period

__all__ = ["Case", "Expected", "ExpectedLine", "ExpectedTotal", "ExpectedValue", "Step", "Value"]

Value = Decimal | bool | str | date | None
"""What a column holds for a person; people, accounts and ranks by id."""


@frozen(kw_only=True)
class ExpectedValue:
    """One value of one person.

    Attributes:
        line: Where it is said.
        person: Whose, by id.
        name: `total`, a bonus, `rank`, a measure, what a bonus publishes, or `carry.NAME`.
        value: What it must be, exactly.
    """

    line: int
    person: str
    name: str
    value: Value


@frozen(kw_only=True)
class ExpectedTotal:
    """What a bonus pays to all people, what an account gets in all, or a figure of the run.

    Attributes:
        line: Where it is said.
        name: A bonus, `total` for all bonuses, an account, or a figure such as `ID.fund`.
        amount: What it must be, exactly.
    """

    line: int
    name: str
    amount: Decimal


@frozen(kw_only=True)
class ExpectedLine:
    """A ledger line, unpaid line or missed line that there must be.

    Attributes:
        line: Where it is said.
        fields: What the line must say, by name: `person`, `bonus`, `reason`, `order`, `source`, `level`, `base`,
            `rate`, `amount`; what is not mentioned may be anything.
    """

    line: int
    fields: Mapping[str, Value]


@frozen(kw_only=True)
class Expected:
    """What is expected of one period; what is not mentioned is not checked.

    Attributes:
        values: Of people.
        totals: By bonus.
        accounts: By account.
        figures: What bonuses say about the run as a whole: what a fund holds, and carries.
        lines: Of the three kinds, those that are mentioned; an empty one says that there is no such line at all.
    """

    values: tuple[ExpectedValue, ...] = ()
    totals: tuple[ExpectedTotal, ...] = ()
    accounts: tuple[ExpectedTotal, ...] = ()
    figures: tuple[ExpectedTotal, ...] = ()
    lines: Mapping[Literal["lines", "unpaid", "missed"], tuple[ExpectedLine, ...]] = field(factory=dict)


@frozen(kw_only=True, eq=False)
class Step:
    """One period of a case.

    Attributes:
        line: Where it is said.
        period: Which.
        people: Who there is.
        trees: Who stands below whom, by tree, before the first of the moves.
        moves: Who moved when, by tree.
        orders: Everything that was sold up to the end of the case; the engine takes what belongs to the period.
        events: Everything else that happened up to the end of the case, by name.
        company: The company's figures.
        given: Measures and ranks that are given.
        expected: What must come out.
        places: The line of each order (`order o1`), person (`person ann`) and figure that a finding may name.
    """

    line: int
    period: Period
    people: People
    trees: Mapping[str, Edges]
    moves: Mapping[str, Moves]
    orders: Orders
    events: Mapping[str, Events]
    company: Company
    given: Mapping[str, Given]
    expected: Expected
    places: Mapping[str, int]


@frozen(kw_only=True, eq=False)
class Case:
    """A case.

    Attributes:
        file: The file as the caller named it.
        line: Where it begins.
        name: What it says.
        plan: The plan, with its variant.
        previous: What the period before the first handed on.
        steps: Its periods, in order; each hands its state to the next.
    """

    file: str
    line: int
    name: str
    plan: Plan
    previous: State
    steps: tuple[Step, ...]
