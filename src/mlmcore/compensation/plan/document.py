"""The whole plan: its header and all its parts."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import expressions_by_name, items, one_of, texts
from mlmcore.compensation.plan.amount import AmountBonus
from mlmcore.compensation.plan.binary import BinaryBonus
from mlmcore.compensation.plan.boards import CYCLE_COLUMNS, Board
from mlmcore.compensation.plan.bonus import PeriodName
from mlmcore.compensation.plan.caps import Cap
from mlmcore.compensation.plan.custom import CustomBonus
from mlmcore.compensation.plan.differential import DifferentialBonus
from mlmcore.compensation.plan.inputs import InputColumn, Inputs, Rounding
from mlmcore.compensation.plan.levels import LevelsBonus
from mlmcore.compensation.plan.pool import PoolBonus
from mlmcore.compensation.plan.ranks import Carry, Rank, RankRule
from mlmcore.compensation.plan.tables import Table
from mlmcore.compensation.plan.trees import DerivedTree
from mlmcore.domain.money import currency_places

if TYPE_CHECKING:
    from mlmcore.compensation.steps import Step

__all__ = ["AnyBonus", "EveryName", "Plan", "SourceBonus", "WalkBonus"]

WalkBonus = LevelsBonus | DifferentialBonus
SourceBonus = WalkBonus | AmountBonus
AnyBonus = SourceBonus | BinaryBonus | PoolBonus | CustomBonus


def _ranks(items: Iterable[Rank]) -> tuple[Rank, ...]:
    return tuple(items)


def _bonuses(items: Iterable[AnyBonus]) -> tuple[AnyBonus, ...]:
    return tuple(items)


def _caps(items: Iterable[Cap]) -> tuple[Cap, ...]:
    return tuple(items)


class EveryName(frozenset[str]):
    """The names of what could not be read, where nobody can say which those are."""

    def __contains__(self, name: object) -> bool:
        """Whatever is asked for may be one of them."""
        return isinstance(name, str)


@frozen(kw_only=True)
class Plan:
    """A compensation plan.

    Attributes:
        id: Its name.
        version: Its version, any text.
        effective_from: The first day on which it may be used.
        period: The length of a period.
        currency: ISO 4217 code.
        rounding: How money is rounded.
        tree: The default tree.
        tree_as_of: `period_end`, or `sale`: walks from orders use the tree of the order's day.
        timezone: The zone whose midnights bound days.
        refunds: `original` or `current`: whether refunds take back what the original paid, or walk like an order.
        active: The measure that decides the reason "inactive", or None.
        accounts: Payees outside the trees.
        slow: Whether it may ask what looks at every pair of people.
        inputs: What it expects to be given.
        trees: Trees that the plan makes itself, by name.
        boards: Boards that fill and cycle, by name, in document order.
        parameters: Named values, so that a what-if changes one of them.
        tables: Lookup tables by name.
        functions: Functions that the plan brings along: by name, `package:function`.
        order_columns: Derived columns of orders.
        measures: Derived columns of people.
        rank_rule: Where a person's rank comes from.
        ranks: Lowest first.
        bonuses: In document order.
        caps: The most that bonuses pay together, in document order.
        carry: What is handed to the next period.
        history: How many periods back each of these columns of people is kept, by name.
        variant: The name of the variant that was merged in, or "".
        variants: What each variant of the document changes, by name, as values of a document; none where one was
            merged in. No run depends on them, so they play no part in equality and digest.
        file: The file it came from, or ""; plays no part in equality.
        places: Where each path of the document stands; plays no part in equality.
        broken: Names of bonuses and tables that the loader had to leave out, or every name where it could not read a
            whole section; only ever seen by `check_into`.
        history_types: The `expressions.types.Type` of each column of `history`; empty until checked.
        steps: What is computed, in an order in which everything comes after what it reads; empty until checked.
    """

    id: str
    version: str
    effective_from: date
    period: PeriodName = field(validator=one_of("day", "week", "month", "quarter"))
    currency: str
    rounding: Rounding
    tree: str
    tree_as_of: Literal["period_end", "sale"] = field(validator=one_of("period_end", "sale"))
    timezone: str
    refunds: Literal["original", "current"] = field(validator=one_of("original", "current"))
    active: str | None = None
    accounts: tuple[str, ...] = field(default=(), converter=texts)
    slow: bool = False
    inputs: Inputs = field(factory=Inputs)
    trees: Mapping[str, DerivedTree] = field(factory=dict, converter=items)
    boards: Mapping[str, Board] = field(factory=dict, converter=items)
    parameters: Mapping[str, Decimal | bool | str | date] = field(factory=dict, converter=items)
    tables: Mapping[str, Table] = field(factory=dict, converter=items)
    functions: Mapping[str, str] = field(factory=dict, converter=items)
    order_columns: Mapping[str, Expression] = field(factory=dict, converter=expressions_by_name)
    measures: Mapping[str, Expression] = field(factory=dict, converter=expressions_by_name)
    rank_rule: RankRule | None = None
    ranks: tuple[Rank, ...] = field(default=(), converter=_ranks)
    bonuses: tuple[AnyBonus, ...] = field(default=(), converter=_bonuses)
    caps: tuple[Cap, ...] = field(default=(), converter=_caps)
    carry: Mapping[str, Carry] = field(factory=dict, converter=items)
    history: Mapping[str, int] = field(factory=dict, converter=items)
    variant: str = ""
    variants: Mapping[str, Mapping[str, Any]] = field(factory=dict, eq=False, repr=False, converter=items)
    file: str = field(default="", eq=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False, converter=items)
    broken: frozenset[str] = field(default=frozenset(), eq=False, repr=False)
    history_types: Mapping[str, Any] = field(factory=dict, eq=False, repr=False, converter=items)
    steps: "tuple[Step, ...]" = field(default=(), eq=False, repr=False)

    @property
    def rank_ids(self) -> tuple[str, ...]:
        """The ranks' ids, lowest first: position in it is a rank column's value."""
        return tuple(rank.id for rank in self.ranks)

    @property
    def given_tree(self) -> str:
        """The default tree, or the first that is given where the plan makes the default one itself."""
        return self.tree if self.tree in self.inputs.trees else self.inputs.trees[0]

    @property
    def tree_names(self) -> tuple[str, ...]:
        """All trees: those that are given, and those that the plan makes."""
        return (*self.inputs.trees, *self.trees)

    @property
    def event_columns(self) -> dict[str, Mapping[str, InputColumn]]:
        """The columns of all events by name: of those that are given, and of the cycles of the plan's boards."""
        return {**self.inputs.events, **dict.fromkeys(self.boards, CYCLE_COLUMNS)}

    def bonus(self, bonus_id: str) -> AnyBonus:
        """Return one bonus.

        Raises:
            KeyError: The plan has no such bonus.
        """
        for bonus in self.bonuses:
            if bonus.id == bonus_id:
                return bonus
        raise KeyError(bonus_id)

    @property
    def unit_places(self) -> int:
        """The decimal places of the unit of money to which the plan rounds: never finer than the currency's."""
        return min(self.rounding.places, currency_places(self.currency))

    @property
    def caps_by_name(self) -> dict[str, Cap]:
        """The caps, each by its id, or by its position: `caps[0]`."""
        return {cap.id or f"caps[{position}]": cap for position, cap in enumerate(self.caps)}

    def checked(self) -> "Plan":
        """Return this plan with every expression typed and the order of evaluation fixed; itself when it was.

        Raises:
            InputError: With everything that is wrong with the plan.
        """
        from mlmcore.compensation.checked import check_plan  # noqa: PLC0415 - it builds on this module

        return self if self.steps else check_plan(self)

    @property
    def document(self) -> dict[str, Any]:
        """The plan in canonical form: JSON-able, nothing of the file's formatting, defaults written out."""
        from mlmcore.compensation.canonical import document_of  # noqa: PLC0415 - as above

        return document_of(self)

    @property
    def digest(self) -> str:
        """The sha256, in hex, of the canonical form."""
        from mlmcore.compensation.canonical import digest_of  # noqa: PLC0415 - as above

        return digest_of(self)
