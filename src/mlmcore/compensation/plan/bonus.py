"""What every kind of bonus has; each kind has a module of its own beside this one."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import expression, items, one_of
from mlmcore.domain.errors import Finding

__all__ = ["Bonus", "MeasuredBonus", "PeriodName"]

PeriodName = Literal["day", "week", "month", "quarter"]


@frozen(kw_only=True)
class Bonus:
    """What every kind of bonus has.

    Attributes:
        id: Its name in expressions and in lines.
        type: The ledger's commission type.
        tree: The tree it walks; None is the plan's.
        when: A condition on period, parameters and company figures; false: the bonus doesn't run.
        every: A shorter period: the bonus runs once for each that ends within the plan's period; or a longer one: it
            runs in the period that ends it, over the orders and events of the whole.
        as_of: `event`: every column is taken just before the order or event; None: as the period has it.
        detail: One line per payee, source, order and level (`order`), per payee, source and level (`person`), or
            per payee (`payee`); None is the default of its source, see `detail_or_default`.
        where: Which orders or people get lines at all.
        negative: What happens to a payee's sum below zero; None where it can't fall there.
        minimum: Sums below it are not paid.
        minimum_unpaid: Whether they are lost, or carried to the payee's next sum.
        deferred_until: A condition on the payee: lines are locked, and paid in the first period in which it holds.
        deferred_expires: For how many periods a line may be locked; None: for ever.
        slow: Whether it may cost more than people and orders, where its options make that so.
        point_value: Money per point, where the base or amount is in points.
        ledger: False makes the bonus a column: `ID.earned` is published, and nothing is paid.
    """

    id: str
    type: str
    tree: str | None = None
    when: Expression | None = field(default=None, converter=expression)
    every: PeriodName | None = field(default=None, validator=one_of("day", "week", "month", "quarter"))
    as_of: Literal["event"] | None = field(default=None, validator=one_of("event"))
    detail: Literal["order", "person", "payee"] | None = field(
        default=None, validator=one_of("order", "person", "payee")
    )
    where: Expression | None = field(default=None, converter=expression)
    negative: Literal["zero", "charge", "error"] | None = field(
        default=None, validator=one_of("zero", "charge", "error")
    )
    minimum: Expression | None = field(default=None, converter=expression)
    minimum_unpaid: Literal["lost", "carry"] | None = field(default=None, validator=one_of("lost", "carry"))
    deferred_until: Expression | None = field(default=None, converter=expression)
    deferred_expires: Expression | None = field(default=None, converter=expression)
    point_value: Expression | None = field(default=None, converter=expression)
    ledger: bool = True
    slow: bool = False
    place: Place = field(factory=Place, eq=False, repr=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False, converter=items)

    @property
    def dated(self) -> str | None:
        """The dated rows from which it starts: `orders` or `events.NAME`; None where it starts from people."""
        source = getattr(self, "source", None)
        return source if source == "orders" or str(source).startswith("events.") else None

    @property
    def in_points(self) -> bool:
        """Whether its amounts are points."""
        return False

    @property
    def is_column(self) -> bool:
        """Whether it is only a column: computed and published, never rounded, never paid."""
        return self.in_points or not self.ledger

    def place_of(self, key: str) -> Place:
        """Return where a key of this bonus stands, or the bonus itself when the key was left out."""
        return self.places.get(key, self.place)

    def finding(self, code: str, what: str, todo: str, key: str = "") -> Finding:
        """Return a finding about the bonus, or about one of its keys, with where that stands."""
        place, path = self.place_of(key), f"bonuses.{self.id}.{key}".rstrip(".")
        return Finding(code=code, what=what, todo=todo, file=place.file, line=place.line, path=path)


@frozen(kw_only=True)
class MeasuredBonus(Bonus):
    """What every kind of bonus has whose amounts may be points.

    Attributes:
        unit: `points`: the amounts are points, and the bonus is only a column; None: they are money.
    """

    unit: Literal["points"] | None = field(default=None, validator=one_of("points"))

    @property
    def in_points(self) -> bool:
        """Whether its amounts are points."""
        return self.unit == "points"
