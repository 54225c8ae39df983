"""`mlmcore demo`: a whole month on a PostgreSQL that the command itself starts.

A seeded network is stored, a month of its orders closed, calculated, reviewed and finalized, payouts are drawn up, and
one statement is explained. Every step is what an application does: operations over a unit of work.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import field, frozen

from mlmcore.cli._output import format_option, plain_table, progress, show
from mlmcore.domain.errors import MissingExtraError, RefusedError

if TYPE_CHECKING:
    import psycopg

    from mlmcore.compensation.result import Result
    from mlmcore.operations import Payouts, Review
    from mlmcore.simulation import SeededEntities
    from mlmcore.sql import SqlStore
    from mlmcore.testing.server import Server

__all__ = ["command"]

_DATABASE: Final = "mlmcore"
_PERIOD: Final = "2026-03"
_PLAN: Final = "starter"
_EARNERS: Final = 5
_LINES_SHOWN: Final = range(8, 26)
"""How many lines the statement that is shown may have, so that it can be read."""


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="A new folder in which the data stays.")
@click.option("--people", type=click.IntRange(10, 200_000), default=1_000, show_default=True, help="How many members.")
@click.option("--orders", type=click.IntRange(10, 500_000), default=3_000, show_default=True, help="How many orders.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number gives another network.")
@format_option
def command(keep: Path | None, people: int, orders: int, seed: int) -> None:
    """Run a whole month of a seeded network on a PostgreSQL of its own, and explain one statement of it.

    Nothing is left running, and without --keep nothing is left at all.

    \b
    Example:
      mlmcore demo --keep /tmp/mlmcore-demo
    """  # noqa: D301  (click wants the backspace itself)
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise RefusedError(f"{keep} is there already; name a new or an empty folder")
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError(library="psycopg", extra="demo") from error
    from mlmcore.testing.server import Server

    with progress() as step:
        clock = _Clock(step=step)
        with clock.timed("starting PostgreSQL"):
            server = Server(keep, profile="durable")
        with server:
            dsn = server.create_database(_DATABASE)
            with psycopg.connect(dsn) as connection:
                month = _run_month(connection, clock, people, orders, seed)
            reach = [] if keep is None else _how_to_reach(server)
    show(_text(month, clock, reach), _document(month, clock, reach))


@frozen
class _Clock:
    """Says what is being done, and remembers how long it took."""

    step: Callable[[str], None]
    seconds: dict[str, float] = field(factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time one step."""
        self.step(name)
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin


@frozen(kw_only=True, eq=False)
class _Month:
    """What the month came to."""

    server_version: str
    counts: Mapping[str, int]
    review: "Review"
    earners: Sequence[tuple[str, Any, Any]]
    statement: str
    statement_document: Mapping[str, Any]
    payouts: "Payouts"
    ledger_sum: Any
    payout_sum: Any
    held_sum: Any


def _run_month(connection: "psycopg.Connection[Any]", clock: _Clock, people: int, orders: int, seed: int) -> _Month:
    from mlmcore.domain.money import Money
    from mlmcore.domain.periods import Period
    from mlmcore.operations import (
        PayoutPolicy,
        calculate_period,
        close_period,
        draw_up_payouts,
        finalize_period,
        install_plan,
        open_period,
        repeat_period,
        review,
    )
    from mlmcore.simulation import entities_of, seeded_network
    from mlmcore.sql import PsycopgSession, SqlStore, installer

    with clock.timed("installing the schema"):
        installer.apply(connection, demo_users=True)
    store = SqlStore(PsycopgSession(connection, owns_connection=True))
    with clock.timed("making a network"):
        entities = entities_of(seeded_network(people, orders, period=Period.parse(_PERIOD), seed=seed))
    with clock.timed("installing the plan, opening the period"), store() as unit:
        install_plan(unit, _plan_document(), name="The plan that ships with mlmcore")
        open_period(unit, _PERIOD, timezone="UTC")
    with clock.timed(f"enrolling {people:,} people"):
        _store_people(store, entities)
    with clock.timed(f"taking {orders:,} orders"):
        _store_orders(store, entities)
    with clock.timed("closing the period"), store() as unit:
        close_period(unit, _PERIOD)
    with clock.timed("calculating"), store() as unit:
        calculate_period(unit, _PERIOD, _PLAN)
    with clock.timed("reviewing"), store() as unit:
        reviewed = review(unit, _PERIOD)
    with clock.timed("finalizing"), store() as unit:
        finalize_period(unit, _PERIOD)
    policy = PayoutPolicy(minimum=Money.of("10.00", "USD"), fee={}, kyc_required=True, net_debts=True)
    with clock.timed("drawing up payouts"), store() as unit:
        payouts = draw_up_payouts(unit, _PERIOD, policy)
    with clock.timed("explaining a statement"):
        with store() as unit:
            result = repeat_period(unit, _PERIOD)
        names = _names(entities)
        statement = _a_readable_statement(result)
    sums = _sums(connection)
    return _Month(
        server_version=str(connection.info.server_version // 10_000),
        counts={"people": people, "orders": len(entities.orders), "refunds": len(entities.refunds)},
        review=reviewed,
        earners=_earners(result, names),
        statement=statement.to_text(names),
        statement_document=statement.to_dict(),
        payouts=payouts,
        **sums,
    )


def _plan_document() -> str:
    return (files("mlmcore.compensation") / "shipped" / "starter.toml").read_text(encoding="utf-8")


def _store_people(store: "SqlStore", entities: "SeededEntities") -> None:
    with store() as unit:
        unit.users.add_many(entities.users, entities.profiles)
        unit.distributors.add_many(entities.distributors)
        unit.customers.add_many(entities.customers)


def _store_orders(store: "SqlStore", entities: "SeededEntities") -> None:
    with store() as unit:
        unit.products.add_many(entities.products)
        unit.orders.add_many(entities.orders)
        for refund in entities.refunds:
            unit.orders.add_refund(refund)


def _names(entities: "SeededEntities") -> dict[str, str]:
    people = {str(person.user_id): person.distributor_number for person in entities.distributors}
    orders = {str(order.id): order.order_number for order in entities.orders}
    return {**people, **orders, **{str(refund.id): refund.refund_number for refund in entities.refunds}}


def _a_readable_statement(result: "Result") -> Any:
    """The statement of somebody with lines of as many bonuses as possible, and not too many of them."""
    import numpy as np

    from mlmcore.compensation.statement import statement

    size = len(result.network)
    lines, bonuses = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for segment in result.lines.segments:
        counted = np.bincount(segment.payee, minlength=size)
        lines += counted
        bonuses += counted > 0
    readable = (lines >= _LINES_SHOWN.start) & (lines < _LINES_SHOWN.stop)
    chosen = int(np.argmax(np.where(readable, bonuses * 1000 + lines, -1)))
    return statement(result, result.network.ids.label(chosen))


def _earners(result: "Result", names: Mapping[str, str]) -> list[tuple[str, Any, Any]]:
    import numpy as np

    paid = result.lines.by_person(len(result.network))
    highest = np.lexsort((result.network.ids.rank, -paid))[:_EARNERS]
    return [
        (names[result.network.ids.label(person)], result.ranks.text(person), result.paid_to(person))
        for person in highest.tolist()
    ]


def _sums(connection: "psycopg.Connection[Any]") -> dict[str, Any]:
    """The ledger, the payouts and what is held, summed by the server and by statements of our own."""
    statements = {
        "ledger_sum": b"SELECT coalesce(sum(amount), 0) FROM mlmcore.commission_ledger WHERE period_id = %s",
        "payout_sum": b"SELECT coalesce(sum(amount), 0) FROM mlmcore.payouts WHERE period_id = %s",
        "held_sum": (
            b"SELECT coalesce(sum((value -> 'USD' ->> 'amount')::numeric), 0) FROM mlmcore.commission_carry"
            b" WHERE period_id = %s AND name = 'payout.held'"
        ),
    }
    sums = {}
    for name, words in statements.items():
        row = connection.execute(words, [_PERIOD]).fetchone()
        sums[name] = row[0] if row else None
    connection.rollback()
    return sums


def _how_to_reach(server: "Server") -> list[str]:
    return [
        f"start it:  {server.start_command()}",
        f"reach it:  {server.psql_command(_DATABASE)}",
        f"stop it:   {server.stop_command()}",
    ]


def _text(month: _Month, clock: _Clock, reach: Sequence[str]) -> str:
    run = month.review.run
    counts = ", ".join(f"{count:,} {name}" for name, count in month.counts.items())
    bonuses = [[bonus, amount.amount] for (bonus, _), amount in month.review.by_bonus.items()]
    earners = [[name, rank, amount.amount] for name, rank, amount in month.earners]
    balanced = month.payout_sum + month.held_sum == month.ledger_sum
    parts = [
        f"A month on PostgreSQL {month.server_version}: {counts}, plan {run.plan_id} version {run.plan_version}",
        plain_table(["bonus", "paid, USD"], bonuses, right=(1,)),
        f"entitled {_short(run.entitled)} = paid {run.paid} + unpaid {_short(run.unpaid)}",
        plain_table(["earned most", "rank", "USD"], earners, right=(2,)),
        month.statement.rstrip("\n"),
        (
            f"{len(month.payouts.payouts):,} payouts of {month.payout_sum} and {month.held_sum} held back "
            f"{'are' if balanced else 'ARE NOT'} the ledger's {month.ledger_sum}, summed by the server"
        ),
        ", ".join(f"{name} {seconds:.2f} s" for name, seconds in clock.seconds.items()),
    ]
    if reach:
        parts.append(
            "The data is kept and the server is stopped. To look at it:\n" + "\n".join(f"  {line}" for line in reach)
        )
    return "\n\n".join(parts)


def _short(number: Any) -> str:
    return f"{number.normalize():f}"


def _document(month: _Month, clock: _Clock, reach: Sequence[str]) -> dict[str, Any]:
    run = month.review.run
    return {
        "server": month.server_version,
        **month.counts,
        "period": _PERIOD,
        "plan": run.plan_id,
        "run": str(run.id),
        "digest": run.result_digest,
        "entitled": run.entitled,
        "paid": run.paid,
        "unpaid": run.unpaid,
        "by_bonus": {bonus: amount.amount for (bonus, _), amount in month.review.by_bonus.items()},
        "earned_most": [{"person": name, "rank": rank, "paid": paid.amount} for name, rank, paid in month.earners],
        "statement": month.statement_document,
        "ledger": month.ledger_sum,
        "payouts": month.payout_sum,
        "held": month.held_sum,
        "seconds": {name: round(seconds, 3) for name, seconds in clock.seconds.items()},
        "reach": list(reach),
    }
