"""A run's result as files: ledger, unpaid lines, account lines, people, statements and totals; all of them or none.

Everything is written into a folder beside the one asked for and renamed at the end, so a run that is stopped half-way
leaves what was there before. The same result gives the same bytes.
"""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, exact_decimal
from mlmcore.compensation.lines import NO_RATE, AccountSegment, Reason, Segment, UnpaidSegment
from mlmcore.compensation.result import Identity, Result
from mlmcore.compensation.statement import statements
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money, currency_places
from mlmcore.genealogy import IdIndex

__all__ = ["totals_of", "write_output"]

_TOTALS: Final = "totals.json"
_FILES: Final = ("ledger.csv", "unpaid.csv", "accounts.csv", "people.csv", "statements.txt", _TOTALS)
_NAMED: Final = 3
_TRACE: Final = ("bonus", "type", "order", "source", "level", "base", "rate", "amount")


def write_output(result: Result, folder: Path) -> None:
    """Write a result.

    Args:
        result: What to write.
        folder: Made if it is not there. An earlier output in it is replaced; anything else in it is not touched.

    Raises:
        RefusedError: The folder holds something else, or cannot be written.
    """
    _refuse_foreign(folder)
    try:
        _write_beside(result, folder.resolve())
    except OSError as error:
        raise RefusedError(f"{folder} cannot be written: {error.strerror}") from error


def totals_of(result: Result) -> dict[str, Any]:
    """A result's totals as JSON-able values; decimals as texts."""
    currency = result.plan.currency
    paid = Money(result.lines.total + result.accounts.total, currency)
    return {
        "plan": {"id": result.plan.id, "version": result.plan.version, "digest": result.plan.digest},
        "period": result.period.id,
        "currency": currency,
        "digest": result.digest,
        "people": len(result.network),
        "orders": len(result.orders),
        "entitled": f"{result.entitled:f}",
        "paid": f"{paid.amount:f}",
        "unpaid": f"{sum((item.unpaid for item in result.identity.values()), exact_decimal(0, 0)):f}",
        **_forward(*result.identity.values()),
        "by_bonus": {
            name: {
                "entitled": f"{item.entitled:f}",
                "paid": f"{item.paid:f}",
                "unpaid": f"{item.unpaid:f}",
                **_forward(item),
            }
            for name, item in result.identity.items()
        },
        "by_reason": {name: f"{amount:f}" for name, amount in result.unpaid.by_reason().items()},
        "by_rank": {name: f"{amount.amount:f}" for name, amount in result.totals_by_rank().items()},
        "by_account": {
            name: f"{Money(minor, currency).amount:f}" for name, minor in result.accounts.by_account().items()
        },
    }


def _forward(*items: Identity) -> dict[str, str]:
    """What was brought forward and what is carried forward, each where it is anything."""
    sums = {
        "brought": sum((item.brought for item in items), exact_decimal(0, 0)),
        "carried": sum((item.carried for item in items), exact_decimal(0, 0)),
    }
    return {name: f"{amount:f}" for name, amount in sums.items() if amount}


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RefusedError(f"{folder} is a file; name a folder")
    names = {path.name for path in folder.iterdir()}
    # A people.csv alone is somebody's input: what we write always comes with all its files.
    strangers = sorted(names.difference(_FILES) or (names if names != set(_FILES) else ()))
    if strangers:
        what = f"{folder} holds {', '.join(strangers[:_NAMED])}{', ...' if len(strangers) > _NAMED else ''}"
        raise RefusedError(f"{what}, which is no output of an earlier run; name a new or an empty folder")


def _write_beside(result: Result, folder: Path) -> None:
    """Write into a new folder, put it in the place of the old one, and only then remove that."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir()
        _write_all(result, new)
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:  # an interrupt too: what was there is put back before anything is removed
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_all(result: Result, folder: Path) -> None:
    _write_csv(folder / "ledger.csv", ("payee", *_TRACE), _ledger(result))
    _write_csv(folder / "unpaid.csv", ("payee", *_TRACE, "reason"), _unpaid(result))
    _write_csv(folder / "accounts.csv", ("account", *_TRACE), _accounts(result))
    _write_people(result, folder / "people.csv")
    with (folder / "statements.txt").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(text + "\n" for text in statements(result))
    totals = json.dumps(totals_of(result), ensure_ascii=False, indent=2)
    (folder / _TOTALS).write_text(totals + "\n", encoding="utf-8", newline="\n")


def _ledger(result: Result) -> Iterator[Sequence[str]]:
    places = currency_places(result.plan.currency)
    for segment in result.lines.segments:
        payees = result.network.ids.labels(segment.payee)
        yield from zip(payees, *_traced(result, segment, places), strict=True)


def _unpaid(result: Result) -> Iterator[Sequence[str]]:
    for segment in result.unpaid.segments:
        payees = _labels_or_none(result.network.ids, segment.payee)
        reasons = [Reason(code).label for code in segment.reason.tolist()]
        yield from zip(payees, *_traced(result, segment, segment.amount_places), reasons, strict=True)


def _accounts(result: Result) -> Iterator[Sequence[str]]:
    places = currency_places(result.plan.currency)
    for segment in result.accounts.segments:
        accounts = [result.plan.accounts[position] for position in segment.account.tolist()]
        yield from zip(accounts, *_traced(result, segment, places), strict=True)


def _traced(
    result: Result, segment: Segment | UnpaidSegment | AccountSegment, amount_places: int
) -> Iterator[Sequence[str]]:
    """The columns that all lines share."""
    yield [segment.bonus] * len(segment)
    yield [segment.type] * len(segment)
    yield _orders(result, segment)
    yield _labels_or_none(result.network.ids, segment.source)
    yield ["" if level < 0 else str(level) for level in segment.level.tolist()]
    yield _decimals(segment.base, segment.base_places)
    yield _decimals(segment.rate, segment.rate_places)
    yield _decimals(segment.amount, amount_places)


def _orders(result: Result, segment: Segment | UnpaidSegment | AccountSegment) -> list[str]:
    """The order or event of each line, also of those that waited since an earlier period."""
    labels = _labels_or_none(result.dated(segment.bonus).ids, segment.order)
    for line in np.flatnonzero(segment.brought >= 0).tolist():
        labels[line] = result.order_of(segment, line) or ""
    return labels


def _decimals(scaled: NDArray[np.int64], places: int) -> list[str]:
    """Scaled integers as texts; `NO_RATE` as none. Most of them stand in many lines, so each is written once."""
    numbers = scaled.tolist()
    texts = {number: f"{exact_decimal(number, places):f}" for number in set(numbers)}
    texts[NO_RATE] = ""
    return [texts[number] for number in numbers]


def _labels_or_none(ids: IdIndex, positions: Any) -> list[str]:
    labels = ids.labels(positions.clip(min=0)) if len(ids) else [""] * len(positions)
    return [label if position >= 0 else "" for label, position in zip(labels, positions, strict=True)]


def _write_people(result: Result, path: Path) -> None:
    paid = _decimals(result.lines.by_person(len(result.network)), currency_places(result.plan.currency))
    columns: dict[str, Column] = {**result.measures, **({"rank": result.ranks} if result.plan.ranks else {})}
    labels = result.network.ids.labels(range(len(result.network)))
    rows = (
        [
            label,
            *(column.text(person) for column in columns.values()),
            paid[person],
        ]
        for person, label in enumerate(labels)
    )
    _write_csv(path, ("id", *columns, "paid"), rows)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
