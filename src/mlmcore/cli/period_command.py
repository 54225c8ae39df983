"""`mlmcore period`: the month-end run on a database, step by step.

Each step is one unit of work: killed or failed, the period is as it was before, and the step can be repeated.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
from attrs import evolve

from mlmcore.cli._arguments import company_figures
from mlmcore.cli._database import database_options, stored
from mlmcore.cli._output import as_json, format_option, plain_table, progress, show
from mlmcore.domain.decimals import parse_decimal, shortest
from mlmcore.domain.errors import Findings, InputError, NotFoundError
from mlmcore.domain.money import currency_places

if TYPE_CHECKING:
    from mlmcore.domain.commissions import CommissionPeriod, CommissionRun
    from mlmcore.operations import Review
    from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["command"]

_period_argument = click.argument("period", metavar="PERIOD")


@click.group()
def command() -> None:
    """Open, close, calculate, review, explain and finalize a period in the database.

    \b
    Example:
      mlmcore period close 2026-03 --dsn postgresql://me@localhost/shop
      mlmcore period calculate 2026-03 --plan starter --dsn postgresql://me@localhost/shop
      mlmcore period review 2026-03 --dsn postgresql://me@localhost/shop
      mlmcore period finalize 2026-03 --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)


@command.command("open")
@_period_argument
@click.option("--timezone", required=True, help="Whose days count: UTC, America/New_York. It never changes again.")
@database_options
@format_option
def open_(period: str, timezone: str, dsn: str, schema: str) -> None:
    """Open a period: 2026-03 is a month, 2026-W09 a week, 2026-Q1 a quarter, 2026-03-01 a day.

    A second time changes nothing.

    \b
    Example:
      mlmcore period open 2026-03 --timezone UTC --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import open_period

    with stored(dsn, schema) as store, store() as unit:
        found = open_period(unit, period, timezone=timezone)
    _show_period(found)


@command.command()
@_period_argument
@click.option(
    "--company", multiple=True, required=True, metavar="NAME=VALUE", help="A figure of the company; may be repeated."
)
@click.option(
    "--unit", type=click.Choice(["money", "points", "number"]), required=True, help="As the plan declares it."
)
@database_options
@format_option
def figure(period: str, company: tuple[str, ...], unit: str, dsn: str, schema: str) -> None:
    """Store figures of the company that a plan reads: a period's profit, a pool's budget.

    A figure that is there already is replaced, until the period is final.

    \b
    Example:
      mlmcore period figure 2026-03 --company profit=1000.00 --unit money --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.domain.commissions import CommissionInput

    findings = Findings()
    values = _decimals(company_figures(company, findings), findings)
    findings.raise_if_any()
    with stored(dsn, schema) as store, store() as work:
        for name, value in values.items():
            work.periods.set_input(CommissionInput(period_id=period, name=name, value=value, unit=unit))
    text = "\n".join(f"period {period} has {name} {shortest(value)}, as {unit}" for name, value in values.items())
    show(text, {"period": period, "unit": unit, "figures": values})


@command.command()
@_period_argument
@database_options
@format_option
def close(period: str, dsn: str, schema: str) -> None:
    """Close a period that has ended: no further order counts in it. A second time changes nothing.

    \b
    Example:
      mlmcore period close 2026-03 --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import close_period

    with stored(dsn, schema) as store, store() as unit:
        found = close_period(unit, period)
    _show_period(found)


@command.command()
@_period_argument
@click.option("--plan", required=True, metavar="ID", help="By which plan; see `mlmcore plan install`.")
@click.option("--version", help="Which version of it; otherwise the one that is effective on the period's first day.")
@database_options
@format_option
def calculate(period: str, plan: str, version: str | None, dsn: str, schema: str) -> None:
    """Calculate a closed period; from the same inputs comes the same run, and nothing changes.

    From others comes another run, which replaces the one before while the period is not finalized.

    \b
    Example:
      mlmcore period calculate 2026-03 --plan starter --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import calculate_period

    with progress() as step, stored(dsn, schema) as store, store() as unit:
        run = calculate_period(unit, period, plan, version=version, progress=step)
    text = (
        f"period {period} is calculated by {run.plan_id} {run.plan_version}: {run.line_count:,} lines, "
        f"{run.paid} {run.currency} paid; look at it with: mlmcore period review {period}"
    )
    show(text, _run_document(run))


@command.command()
@_period_argument
@database_options
@format_option
def review(period: str, dsn: str, schema: str) -> None:
    """Show what a calculated period comes to: by bonus, what is unpaid and why, the payout ratio; changes nothing.

    \b
    Example:
      mlmcore period review 2026-03 --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import review as reviewed

    with progress() as step, stored(dsn, schema) as store, store() as unit:
        step("adding up")
        found = reviewed(unit, period)
    show(_review_text(found), _review_document(found))


@command.command()
@_period_argument
@click.argument("person")
@database_options
@format_option
def why(period: str, person: str, dsn: str, schema: str) -> None:
    """Explain every amount of one person in a calculated period: PERSON is a distributor's number or id.

    \b
    Example:
      mlmcore period why 2026-03 D000017 --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import Names, explain_person

    with progress() as step, stored(dsn, schema) as store, store() as unit:
        step("calculating once more")
        statement = explain_person(unit, period, _distributor(unit, person))
        text = "" if as_json() else statement.to_text(Names(unit))
    show(text, statement.to_dict())


@command.command()
@_period_argument
@database_options
@format_option
def finalize(period: str, dsn: str, schema: str) -> None:
    """Make a calculated period final: its ledger never changes again, and ranks and volumes are written down.

    It is calculated once more, and refused if anything comes out differently. A second time changes nothing.

    \b
    Example:
      mlmcore period finalize 2026-03 --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import finalize_period

    with progress() as step, stored(dsn, schema) as store, store() as unit:
        found = finalize_period(unit, period, progress=step)
    _show_period(found)


def _decimals(texts: Mapping[str, str], findings: Findings) -> dict[str, Decimal]:
    values = {}
    for name, text in texts.items():
        try:
            values[name] = parse_decimal(text)
        except InputError as error:
            findings.extend(evolve(finding, path=name) for finding in error.findings)
    return values


def _distributor(unit: "UnitOfWork", person: str) -> UUID:
    """Whom a number or an id names."""
    found = unit.distributors.find_by_number(person)
    if found is not None:
        return found.user_id
    try:
        return UUID(person)
    except ValueError:
        raise NotFoundError("distributor with this number or", [person], "give one or the other, as stored") from None


def _show_period(period: "CommissionPeriod") -> None:
    document = {
        "period": period.id,
        "status": period.status,
        "first_day": period.start_date,
        "last_day": period.end_date,
        "timezone": period.timezone,
    }
    days = f"{period.start_date} to {period.end_date} in {period.timezone}"
    show(f"period {period.id} is {period.status}: {days}", document)


def _run_document(run: "CommissionRun") -> dict[str, Any]:
    return {
        "period": run.period_id,
        "run": run.id,
        "plan": run.plan_id,
        "version": run.plan_version,
        "status": run.status,
        "currency": run.currency,
        "lines": run.line_count,
        "entitled": run.entitled,
        "paid": run.paid,
        "unpaid": run.unpaid,
        "digest": run.result_digest,
    }


def _review_document(found: "Review") -> dict[str, Any]:
    return {
        **_run_document(found.run),
        "by_bonus": [_amount(key, amount.amount) for key, amount in found.by_bonus.items()],
        "by_account": {account: amount.amount for account, amount in found.by_account.items()},
        "unpaid_by_reason": [
            {"bonus": bonus, "reason": reason, "amount": amount} for (bonus, reason), amount in found.unpaid.items()
        ],
        "volumes": dict(found.volumes),
        "ratios": dict(found.ratios),
    }


def _amount(key: tuple[str, str], amount: Decimal) -> Mapping[str, Any]:
    bonus, currency = key
    return {"bonus": bonus, "currency": currency, "amount": amount}


def _review_text(found: "Review") -> str:
    run = found.run
    parts = [f"period {run.period_id} by {run.plan_id} {run.plan_version}: {run.line_count:,} lines, run {run.id}"]
    paid = [(bonus, currency, amount.amount) for (bonus, currency), amount in found.by_bonus.items()]
    paid += [(f"account {account}", run.currency, amount.amount) for account, amount in found.by_account.items()]
    parts.append(plain_table(["paid", "", "amount"], paid, right=(2,)) if paid else "nobody is paid anything")
    if found.unpaid:
        unpaid = [(bonus, reason, shortest(amount)) for (bonus, reason), amount in found.unpaid.items()]
        parts.append(plain_table(["unpaid", "reason", run.currency], unpaid, right=(2,)))
    volumes = [(name, shortest(value), found.ratios.get(name, "")) for name, value in found.volumes.items()]
    parts.append(plain_table(["volume", "sum", "paid of it"], volumes, right=(1, 2)))
    parts.append(_identity(run))
    return "\n\n".join(parts)


def _identity(run: "CommissionRun") -> str:
    """What came in and where it went, with what funds and waiting lines brought along and hand on, where they did."""
    named = {
        "entitled": run.entitled,
        "brought forward": run.brought_forward,
        "paid": run.paid,
        "unpaid": run.unpaid,
        "carried forward": run.carried_forward,
    }
    needed = ("entitled", "paid", "unpaid")
    parts = [
        f"{name} {_money(amount, run.currency)}"
        for name, amount in named.items()
        if amount is not None and (amount or name in needed)
    ]
    return f"{', '.join(parts)} {run.currency}"


def _money(amount: Decimal, currency: str) -> str:
    """An exact amount with the places of its currency, and more only where it has them."""
    _, _, after = shortest(amount).partition(".")
    return f"{amount:.{max(len(after), currency_places(currency))}f}"
