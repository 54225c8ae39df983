"""Plans with boards and a few orders for tests: who sits where, and who cycled, in words."""

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import frozen

from compensation.engine.small_plans import plan
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs, State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

EPOCH = date(1970, 1, 1)
TWO_BY_TWO = """
[boards.silver]
source = "orders"
from = "seller"
width = 2
levels = 2
under = "oldest"
placed = "breadth_first"
then = []
"""
CYCLE_PAYS = """
[[bonuses]]
id = "cycle"
type = "matrix"
kind = "amount"
source = "events.silver"
amount = "100"
"""


@frozen(kw_only=True)
class Sale:
    """An order of one pv, of March 2026 unless a month is said."""

    id: str
    seller: str
    day: int = 1
    month: int = 3
    buyer: str = ""
    refund_of: str = ""
    pv: int = 1


def sales(sellers: str, day: int = 1, month: int = 3) -> list[Sale]:
    """An order of each seller, in their order: `"a b c"`; ids begin with the month and day."""
    return [
        Sale(id=f"{month:02}{day:02}-{number:03}", seller=one, day=day, month=month)
        for number, one in enumerate(sellers.split())
    ]


def boards_plan(boards: str = TWO_BY_TWO, bonuses: str = CYCLE_PAYS, measures: str = "") -> Plan:
    """A plan with boards; the first section is still that of the measures."""
    return plan(measures + boards + bonuses)


def board_inputs(
    sponsors: Mapping[str, str], orders: Sequence[Sale], period: str = "2026-03", previous: State | None = None
) -> RunInputs:
    """People below sponsors of those names, and what they sold."""
    row = {name: at for at, name in enumerate(sponsors)}
    place = {order.id: at for at, order in enumerate(orders)}
    size = len(orders)
    return RunInputs(
        period=Period.parse(period),
        people=People(
            ids=IdIndex.from_labels(list(sponsors)),
            status=Column.texts(["active"] * len(sponsors)),
            joined=[0] * len(sponsors),
            attributes={
                "off": Column.booleans([name.startswith("off") for name in sponsors]),
                "title": Column.texts([None] * len(sponsors)),
            },
        ),
        trees={"sponsor": Edges(parent=[row.get(above, -1) for above in sponsors.values()])},
        orders=Orders(
            ids=IdIndex.from_labels([order.id for order in orders]),
            date=[(date(2026, order.month, order.day) - EPOCH).days for order in orders],
            seller=[row[order.seller] for order in orders],
            buyer=[row.get(order.buyer, -1) for order in orders],
            refund_of=[place.get(order.refund_of, -1) for order in orders],
            volumes={
                "pv": Column.numbers([order.pv for order in orders], unit="points", places=2),
                "cv": Column.numbers([0] * size, unit="money", places=2),
            },
        ),
        company={"profit": 0},
        previous=previous or State.empty(),
    )


def flat(names: str) -> dict[str, str]:
    """People of whom nobody has a sponsor."""
    return dict.fromkeys(names.split(), "")


def run(
    made: Plan,
    sponsors: Mapping[str, str],
    orders: Sequence[Sale],
    period: str = "2026-03",
    before: State | None = None,
) -> Result:
    """One period."""
    return calculate(made, board_inputs(sponsors, orders, period, before))


def seated(result: Result, name: str = "silver") -> list[str]:
    """The open boards as `2: b d e - -`: the number, and who sits where in heap order."""
    rows = result.carried_rows[f"board {name}"].columns
    boards: dict[int, dict[int, str]] = {}
    for at in range(len(rows["board"])):
        boards.setdefault(int(rows["board"].values[at]), {})[int(rows["seat"].values[at])] = rows["person"].text(at)
    size = result.plan.boards[name].seats
    return [f"{number}: {' '.join(seats.get(seat, '-') for seat in range(size))}" for number, seats in boards.items()]


def cycled(result: Result, name: str = "silver") -> list[str]:
    """The cycles of a run as `silver-000000001 3 ann, in on 1, by dan`: id, day, head, since when, who filled it."""
    events = result.events[name]
    return [
        f"{events.ids.label(at)} {_day(events.date[at])} {result.network.ids.label(int(events.person[at]))}, "
        f"in on {_day(events.columns['entered'].values[at])}, by {events.columns['filled_by'].text(at)}"
        for at in range(len(events))
    ]


def _day(days: int) -> int:
    return date.fromordinal(EPOCH.toordinal() + int(days)).day
