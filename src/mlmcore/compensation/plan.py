"""The plan as values: one frozen attrs class per part of the document.

The loader makes these from TOML, and anybody may make them in Python: both are equal when they say the same, since
positions in a file play no part. Every option that takes an expression takes a text, a Decimal or an int here.
What the parts mean together (names, kinds, units, cycles) is checked by `Plan.checked()`; which keys each kind of
bonus knows, and which this version can run, stands in `available`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from attrs import Attribute, field, frozen

from mlmcore.compensation.columns import Kind, Unit
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.domain.decimals import as_decimal
from mlmcore.domain.exact import RoundingMode

if TYPE_CHECKING:
    from mlmcore.compensation.steps import Step

PeriodName = Literal["day", "week", "month", "quarter"]
Value = Expression | Decimal | int | str | bool | date
"""What may stand where a plan expects an expression; texts are formulas."""


def _items(items: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(items))


def _decimals(items: Mapping[str, Decimal | int]) -> Mapping[str, Decimal]:
    return MappingProxyType({name: as_decimal(item) for name, item in items.items()})


def _rows(rows: Mapping[tuple[str, ...], Decimal]) -> Mapping[tuple[str, ...], Decimal]:
    return MappingProxyType(dict(rows))


def _expression(value: Value | None) -> Expression | None:
    return None if value is None else Expression.of(value)


def _required(value: Value) -> Expression:
    return Expression.of(value)


def _list(items: Iterable[Value] | None) -> tuple[Expression, ...] | None:
    return None if items is None else tuple(map(Expression.of, items))


def _by_name(items: Mapping[str, Value] | None) -> Mapping[str, Expression] | None:
    return None if items is None else _named(items)


def _named(items: Mapping[str, Value]) -> Mapping[str, Expression]:
    return MappingProxyType({name: Expression.of(item) for name, item in items.items()})


def _lists_by_name(items: Mapping[str, Iterable[Value]] | None) -> Mapping[str, tuple[Expression, ...]] | None:
    if items is None:
        return None
    return MappingProxyType({name: tuple(map(Expression.of, row)) for name, row in items.items()})


def _names(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def _ranks(items: "Iterable[Rank]") -> "tuple[Rank, ...]":
    return tuple(items)


def _bonuses(items: "Iterable[AnyBonus]") -> "tuple[AnyBonus, ...]":
    return tuple(items)


def _one_of(*words: str) -> Callable[[object, "Attribute[Any]", object], None]:
    """Return the validator of a choice, which None passes where the field is optional."""

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if value not in words and not (value is None and attribute.default is None):
            known = ", ".join(map(repr, words))
            raise ValueError(f"{attribute.name.rstrip('_')} must be one of {known}, not {value!r}")

    return validate


def _mode(value: RoundingMode | str) -> RoundingMode:
    return RoundingMode(value)


@frozen(kw_only=True)
class Rounding:
    """How money becomes whole minor units: the mode, the decimal places, and whether lines or totals are rounded."""

    mode: RoundingMode = field(converter=_mode)
    places: int
    at: Literal["line", "payee"] = field(validator=_one_of("line", "payee"))


@frozen(kw_only=True)
class InputColumn:
    """A declared volume, attribute or order column: its kind, unit and decimal places."""

    kind: Kind
    unit: Unit | None = None
    places: int = 0


@frozen(kw_only=True)
class Inputs:
    """What the plan expects to be given: trees, volumes and columns of orders, attributes of people, company figures.

    Attributes:
        trees: Names of the trees, the default one among them.
        volumes: Number columns of orders, in points or money.
        attributes: Columns of people.
        order_columns: Further columns of orders that are given, not derived.
        company: One figure each for the whole company.
    """

    trees: tuple[str, ...] = field(default=("sponsor",), converter=_names)
    volumes: Mapping[str, InputColumn] = field(factory=dict, converter=_items)
    attributes: Mapping[str, InputColumn] = field(factory=dict, converter=_items)
    order_columns: Mapping[str, InputColumn] = field(factory=dict, converter=_items)
    company: Mapping[str, InputColumn] = field(factory=dict, converter=_items)


@frozen(kw_only=True)
class ThresholdTable:
    """Rows reached at x >= their first number.

    Attributes:
        name: As used in `lookup`.
        rows: `(threshold, value)`, ascending.
        below: The value under the first threshold; None when there is none and x below it is an error.
        mode: `row`: the value of the row reached; `marginal`: the amount over the brackets, as income tax.
    """

    name: str
    rows: tuple[tuple[Decimal, Decimal], ...]
    below: Decimal | None = None
    mode: Literal["row", "marginal"] = "row"
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class KeyTable:
    """Rows found by one or two keys.

    Attributes:
        name: As used in `lookup`.
        by: What each key is: `rank`, `level` or `key` (a text).
        rows: Key texts (rank ids, levels as digits) to value.
        missing: The value of an absent row, `"error"`, or `"none"`.
    """

    name: str
    by: tuple[Literal["rank", "level", "key"], ...]
    rows: Mapping[tuple[str, ...], Decimal] = field(converter=_rows)
    missing: Decimal | Literal["error", "none"] = "error"
    place: Place = field(factory=Place, eq=False, repr=False)


Table = ThresholdTable | KeyTable


@frozen(kw_only=True)
class RankRule:
    """Which rank a person has.

    Attributes:
        source: `requires` (by each rank's requirement), `attribute` (given), `best` (the highest ever).
        attribute: The text attribute that holds the rank's id, with `attribute`.
        climb: `highest`: the highest whose own requirement holds; `ladder`: every lower one too.
    """

    source: Literal["requires", "attribute", "best"] = field(
        default="requires", validator=_one_of("requires", "attribute", "best")
    )
    attribute: str = ""
    climb: Literal["highest", "ladder"] = field(default="highest", validator=_one_of("highest", "ladder"))
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class Rank:
    """One rank: its requirement and its own numbers, read as `this.NAME` while it is under test."""

    id: str
    requires: Expression | None = field(default=None, converter=_expression)
    numbers: Mapping[str, Decimal] = field(factory=dict, converter=_decimals)
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class Carry:
    """What is handed to the next period: its new value, and the value before the first period."""

    name: str
    value: Expression = field(converter=_required)
    initial: Expression = field(converter=_required)
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class Bonus:
    """What every kind of bonus has.

    Attributes:
        id: Its name in expressions and in lines.
        type: The ledger's commission type.
        tree: The tree it walks; None is the plan's.
        when: A condition on period, parameters and company figures; false: the bonus doesn't run.
        every: A shorter period: the bonus runs once for each that ends within the plan's period.
        detail: One line per payee, source, order and level (`order`), per payee, source and level (`person`), or
            per payee (`payee`); None is the default of its source, see `detail_or_default`.
        where: Which orders or people get lines at all.
        negative: What happens to a payee's sum below zero; None where it can't fall there.
        minimum: Sums below it are not paid.
        minimum_unpaid: Whether they are lost.
        point_value: Money per point, where the base or amount is in points.
    """

    id: str
    type: str
    tree: str | None = None
    when: Expression | None = field(default=None, converter=_expression)
    every: PeriodName | None = field(default=None, validator=_one_of("day", "week", "month", "quarter"))
    detail: Literal["order", "person", "payee"] | None = field(
        default=None, validator=_one_of("order", "person", "payee")
    )
    where: Expression | None = field(default=None, converter=_expression)
    negative: Literal["zero", "charge", "error"] | None = field(
        default=None, validator=_one_of("zero", "charge", "error")
    )
    minimum: Expression | None = field(default=None, converter=_expression)
    minimum_unpaid: Literal["lost"] | None = field(default=None, validator=_one_of("lost"))
    point_value: Expression | None = field(default=None, converter=_expression)
    place: Place = field(factory=Place, eq=False, repr=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False, converter=_items)

    def place_of(self, key: str) -> Place:
        """Return where a key of this bonus stands, or the bonus itself when the key was left out."""
        return self.places.get(key, self.place)


@frozen(kw_only=True)
class LevelsBonus(Bonus):
    """Walk up a tree from each source and pay by level.

    Attributes:
        source: `orders`, or `people`.
        from_: With orders, whether the seller or the buyer is level 0.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
        base: What a rate is taken of; None with `amounts`.
        counts: Who uses up a level.
        source_counts: Whether the source is asked `counts` too, and uses up a level.
        pay_uncounted: Whether somebody who doesn't count may be paid.
        first_level: The first level paid; 0 is the source itself.
        rates: A list by level, the first of `first_level`.
        rates_by_rank: A list by level for each rank.
        rate_by_rank: One rate at every level for each rank.
        rate: One rate as an expression, which may read `level`.
        amounts: Money by level instead of rates of a base.
        beyond: The rate after the list.
        face_rate: What a level is worth where nobody's rate says it; needs `rate`.
        depth: A number from a literal or parameter: the last level. Another number: how far up to this person
            levels are paid. A boolean: whether this person is paid at all.
        stop_at: Ends the walk at this person.
        stop: Before or after that person is considered.
        pays: Who may be paid.
        unpaid: Where the level of somebody who isn't paid goes: `lost`, `next`, or `account:NAME`.
        no_upline: Where levels above the root go: `lost` or `account:NAME`.
    """

    kind: Literal["levels"] = "levels"
    source: Literal["orders", "people"] = field(validator=_one_of("orders", "people"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=_one_of("seller", "buyer"))
    customer: Literal["under_seller", "as_seller", "skip"] | None = field(
        default=None, validator=_one_of("under_seller", "as_seller", "skip")
    )
    base: Expression | None = field(default=None, converter=_expression)
    counts: Expression = field(converter=_required)
    source_counts: bool = False
    pay_uncounted: bool = False
    first_level: int = 1
    rates: tuple[Expression, ...] | None = field(default=None, converter=_list)
    rates_by_rank: Mapping[str, tuple[Expression, ...]] | None = field(default=None, converter=_lists_by_name)
    rate_by_rank: Mapping[str, Expression] | None = field(default=None, converter=_by_name)
    rate: Expression | None = field(default=None, converter=_expression)
    amounts: tuple[Expression, ...] | None = field(default=None, converter=_list)
    beyond: Expression | None = field(default=None, converter=_expression)
    face_rate: Expression | None = field(default=None, converter=_expression)
    depth: Expression | None = field(default=None, converter=_expression)
    stop_at: Expression | None = field(default=None, converter=_expression)
    stop: Literal["before", "after"] | None = field(default=None, validator=_one_of("before", "after"))
    pays: Expression = field(default=Expression(text="true"), converter=_required)
    unpaid: str
    no_upline: str

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.source == "orders" else "person")


@frozen(kw_only=True)
class AmountBonus(Bonus):
    """A plain formula, per person or per order.

    Attributes:
        source: `orders`, or None for one amount per person.
        from_: With orders, whose the order is: the person paid unless `payee` says otherwise.
        amount: The formula, in money, in points with a `point_value`, or plain (read as money).
        qualifies: False makes an unpaid line.
        payee: A person or an account; None is the person, or the order's `from`.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
    """

    kind: Literal["amount"] = "amount"
    source: Literal["orders"] | None = field(default=None, validator=_one_of("orders"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=_one_of("seller", "buyer"))
    amount: Expression = field(converter=_required)
    qualifies: Expression = field(default=Expression(text="true"), converter=_required)
    payee: Expression | None = field(default=None, converter=_expression)
    customer: Literal["as_seller", "skip"] | None = field(default=None, validator=_one_of("as_seller", "skip"))

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.source == "orders" else "person")


AnyBonus = LevelsBonus | AmountBonus


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
        tree_as_of: `period_end`.
        timezone: The zone whose midnights bound days.
        refunds: `original` or `current`: whether refunds take back what the original paid, or walk like an order.
        active: The measure that decides the reason "inactive", or None.
        accounts: Payees outside the trees.
        inputs: What it expects to be given.
        parameters: Named values, so that a what-if changes one of them.
        tables: Lookup tables by name.
        order_columns: Derived columns of orders.
        measures: Derived columns of people.
        rank_rule: Where a person's rank comes from.
        ranks: Lowest first.
        bonuses: In document order.
        carry: What is handed to the next period.
        variant: The name of the variant that was merged in, or "".
        file: The file it came from, or ""; plays no part in equality.
        places: Where each path of the document stands; plays no part in equality.
        broken: Names of bonuses and tables that the loader had to leave out; only ever seen by `check_into`.
        steps: What is computed, in an order in which everything comes after what it reads; empty until checked.
    """

    id: str
    version: str
    effective_from: date
    period: PeriodName = field(validator=_one_of("day", "week", "month", "quarter"))
    currency: str
    rounding: Rounding
    tree: str
    tree_as_of: Literal["period_end"] = field(validator=_one_of("period_end"))
    timezone: str
    refunds: Literal["original", "current"] = field(validator=_one_of("original", "current"))
    active: str | None = None
    accounts: tuple[str, ...] = field(default=(), converter=_names)
    inputs: Inputs = field(factory=Inputs)
    parameters: Mapping[str, Decimal | bool | str | date] = field(factory=dict, converter=_items)
    tables: Mapping[str, Table] = field(factory=dict, converter=_items)
    order_columns: Mapping[str, Expression] = field(factory=dict, converter=_named)
    measures: Mapping[str, Expression] = field(factory=dict, converter=_named)
    rank_rule: RankRule | None = None
    ranks: tuple[Rank, ...] = field(default=(), converter=_ranks)
    bonuses: tuple[AnyBonus, ...] = field(default=(), converter=_bonuses)
    carry: Mapping[str, Carry] = field(factory=dict, converter=_items)
    variant: str = ""
    file: str = field(default="", eq=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False, converter=_items)
    broken: frozenset[str] = field(default=frozenset(), eq=False, repr=False)
    steps: "tuple[Step, ...]" = field(default=(), eq=False, repr=False)

    @property
    def rank_ids(self) -> tuple[str, ...]:
        """The ranks' ids, lowest first: position in it is a rank column's value."""
        return tuple(rank.id for rank in self.ranks)

    def bonus(self, bonus_id: str) -> AnyBonus:
        """Return one bonus.

        Raises:
            KeyError: The plan has no such bonus.
        """
        for bonus in self.bonuses:
            if bonus.id == bonus_id:
                return bonus
        raise KeyError(bonus_id)

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
