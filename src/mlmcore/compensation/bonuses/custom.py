"""`custom`: bonuses of your own, by a class that is given columns and offers lines (plan language, section 5.6).

A class is found by the name of an entry point of the group `mlmcore.bonuses`, or as `package:Class`. It is made
without arguments, and its method `offers` is given what the plan says that it is given, and nothing else, so that the
plan's order of evaluation holds and a run can be repeated. It hands back rows of exact amounts. Merging, rounding,
negative sums, minimums and caps, the columns `ID.earned` and `ID.paid` and the identity are the engine's, as for every
other kind.

    class Halves:
        def offers(self, given: Given) -> Offers:
            volume = given.people["volume"]
            return Offers(payee=given.everybody, amount=Column.scaled(volume.values * 5, volume.places + 1))
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation._code import bonus_class
from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.bonuses._money import drafted
from mlmcore.compensation.bonuses._ran import Ran
from mlmcore.compensation.bonuses._spans import each_span, pays_now, spans_of
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, orders_frame, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import CustomBonus
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

__all__ = ["Custom", "Given", "Offers", "ran_custom"]

_NOBODY: Final = -1


@frozen(kw_only=True, eq=False)
class Given:
    """What a bonus of your own is given; everything in it is read-only.

    Attributes:
        period: The period, or with `every` the shorter or longer one for which the bonus runs.
        ids: Who each person is; ties are broken by `ids.rank`, never by the index.
        people: The columns that the plan gives it, by their names there; a row per person.
        order_ids: Who each order of the period is, by date, then id.
        orders: The columns that the plan gives it, by their names there; a row per order of the period.
        seller: int32: the person credited with each order.
        buyer: int32: the person who bought, -1 for a customer.
        options: What the plan gives it, by name: decimals, texts, conditions, dates.
        upline: By tree, int32[n]: who stands directly above each person, -1 for nobody.
        accounts: The plan's accounts.
    """

    period: Period
    ids: IdIndex
    people: Mapping[str, Column]
    order_ids: IdIndex
    orders: Mapping[str, Column]
    seller: NDArray[np.int32]
    buyer: NDArray[np.int32]
    options: Mapping[str, Any]
    upline: Mapping[str, NDArray[np.int32]]
    accounts: tuple[str, ...]

    @property
    def everybody(self) -> NDArray[np.int32]:
        """int32[n]: everybody, in the order of the columns."""
        return np.arange(len(self.ids), dtype=np.int32)

    def account(self, name: str) -> int:
        """The payee that an account is.

        Raises:
            ValueError: The plan has no such account.
        """
        return ACCOUNTS - self.accounts.index(name)


@frozen(kw_only=True, eq=False)
class Offers:
    """What a bonus of your own offers, a row each; what is left out is nothing.

    Attributes:
        payee: int32: the person, or what `Given.account` says.
        amount: Exact money, of as many decimal places as the plan says at most.
        source: int32: the person from whom it comes, -1 for none.
        order: int32: the order of the period, -1 for none.
        level: int32: -1 for none.
        base: What the rate was taken of, for show; the amount where there is none.
        rate: For show, 1 where there is none.
        reason: uint8: 0 is paid, otherwise a code of `mlmcore.compensation.lines.Reason`.
    """

    payee: NDArray[np.int32]
    amount: Column
    source: NDArray[np.int32] | None = None
    order: NDArray[np.int32] | None = None
    level: NDArray[np.int32] | None = None
    base: Column | None = None
    rate: Column | None = None
    reason: NDArray[np.uint8] | None = None


class Custom(Protocol):
    """A bonus of your own; a class that is made without arguments."""

    def offers(self, given: Given, /) -> Offers:
        """Say what is offered; the same for the same input, whatever the order of its rows was."""


def ran_custom(sheet: Sheet, bonus: CustomBonus) -> Ran:
    """Let a bonus of somebody's own say what it offers, once for each period of `every`.

    Raises:
        InputError: It fails, or hands back what cannot be.
    """
    drafts = []
    for _ in each_span(sheet, spans_of(sheet, bonus)):
        drafts += [_drafted(sheet, bonus)] if pays_now(sheet, bonus) else []
    return Ran(drafts=tuple(drafts))


def _drafted(sheet: Sheet, bonus: CustomBonus) -> Draft:
    """What it comes to in the sheet's span."""
    given = _given(sheet, bonus)
    try:
        offers = bonus_class(bonus.class_)().offers(given)
    except Exception as error:
        _refuse(bonus, f"fails: {type(error).__name__}: {error}", "", error)
    if not isinstance(offers, Offers):
        _refuse(bonus, f"hands back {type(offers).__name__}", "hand back mlmcore.compensation.bonuses.custom.Offers")
    return drafted(sheet, bonus, _found(sheet, bonus, offers))


def _given(sheet: Sheet, bonus: CustomBonus) -> Given:
    rows = np.arange(sheet.window.start, sheet.window.stop, dtype=np.int32)
    people, orders, run = people_frame(sheet), orders_frame(sheet, rows), run_frame(sheet)
    network, table = sheet.rows.network, sheet.rows.orders
    return Given(
        period=sheet.span,
        ids=network.ids,
        people={name: evaluate(one.node, people) for name, one in bonus.people.items()},
        order_ids=table.ids.take(rows),
        orders={name: evaluate(one.node, orders) for name, one in bonus.orders.items()},
        seller=_read_only(table.seller[rows]),
        buyer=_read_only(table.buyer[rows]),
        options={name: evaluate(one.node, run).value(0) for name, one in bonus.options.items()},
        upline={name: _read_only(_upline(sheet, name)) for name in sheet.plan.inputs.trees},
        accounts=sheet.plan.accounts,
    )


def _upline(sheet: Sheet, name: str) -> NDArray[np.int32]:
    network = sheet.rows.network
    tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
    parent = tree.parent if nodes is None else tree.parent[nodes]
    above = parent if persons is None else np.where(parent >= 0, persons[np.maximum(parent, 0)], _NOBODY)
    return above.astype(np.int32)


def _read_only(values: NDArray[np.int32]) -> NDArray[np.int32]:
    view = values.view()
    view.flags.writeable = False
    return view


def _found(sheet: Sheet, bonus: CustomBonus, offers: Offers) -> Found:
    """Its rows as every kind hands them in, once they are known to be whole."""
    count = len(offers.payee)
    nothing = np.full(count, _NOBODY, dtype=np.int32)
    one = Column.scaled(np.ones(count, dtype=np.int64), 0)
    base, rate = offers.base or offers.amount, offers.rate or one
    source, order, level = (
        nothing if column is None else column for column in (offers.source, offers.order, offers.level)
    )
    reason = np.zeros(count, dtype=np.uint8) if offers.reason is None else offers.reason
    _check_lengths(bonus, count, (offers.amount, base, rate, source, order, level, reason))
    window = sheet.window.stop - sheet.window.start
    _check_within(bonus, "payee", offers.payee, (ACCOUNTS + 1 - len(sheet.plan.accounts), sheet.size - 1), _NOBODY)
    _check_within(bonus, "source", source, (_NOBODY, sheet.size - 1))
    _check_within(bonus, "order", order, (_NOBODY, window - 1))
    _check_within(bonus, "level", level, (_NOBODY, np.iinfo(np.int32).max))
    _check_within(bonus, "reason", reason, (0, max(Reason)))
    _check_numbers(bonus, offers.amount, base, rate)
    payee = offers.payee.astype(np.int32)
    return Found(
        payee=payee,
        whose=np.where(payee <= ACCOUNTS, source, payee).astype(np.int32),
        source=source.astype(np.int32),
        order=np.where(order >= 0, order + sheet.window.start, order).astype(np.int32),
        level=level.astype(np.int32),
        base=base.values,
        base_places=base.places,
        rate=rate.values,
        rate_places=rate.places,
        reason=reason.astype(np.uint8),
        missed=np.zeros(count, dtype=np.bool_),
        amount=offers.amount.at_places(bonus.decimals).values,
        amount_places=bonus.decimals,
    )


def _check_lengths(bonus: CustomBonus, count: int, columns: Sequence[Any]) -> None:
    lengths = {len(column) for column in columns}
    if lengths - {count}:
        _refuse(bonus, f"hands back columns of {sorted(lengths | {count})} rows", "hand back one value for each payee")


def _check_within(
    bonus: CustomBonus, name: str, values: NDArray[Any], bounds: tuple[int, int], never: int | None = None
) -> None:
    if values.dtype.kind not in "iu":
        _refuse(bonus, f"hands back {values.dtype} as {name}", "hand back whole numbers")
    wrong = values[(values < bounds[0]) | (values > bounds[1]) | (False if never is None else values == never)]
    if len(wrong):
        _refuse(bonus, f"hands back the {name} {int(wrong[0])}, which there is not", "hand back what it was given")


def _check_numbers(bonus: CustomBonus, amount: Column, base: Column, rate: Column) -> None:
    for name, column in (("amount", amount), ("base", base), ("rate", rate)):
        if column.kind != "number" or column.is_absent.any() or column.unit == "points":
            _refuse(bonus, f"hands back {column.unit or column.kind} as {name}", "hand back numbers, none missing")
    if amount.places > bonus.decimals:
        what = f"hands back amounts of {amount.places} decimal places, and the plan says {bonus.decimals}"
        _refuse(bonus, what, "say more in `decimals`, or round them exactly")


def _refuse(bonus: CustomBonus, what: str, todo: str, cause: Exception | None = None) -> NoReturn:
    raise InputError([bonus.finding("plan.code", f"{bonus.class_} {what}", todo)]) from cause
