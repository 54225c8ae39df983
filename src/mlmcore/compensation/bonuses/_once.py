"""`once_per`: an amount that is paid once for each rank, once in a lifetime, once in a period, or once per source.

The rules:

- **O1** An amount has used its once where it is offered, qualifies and is not nothing, whatever then becomes of it:
  deferred, capped and below the minimum are used. What does not qualify, or comes to nothing, is not.
- **O2** `lifetime` and `period`: of a payee's amounts, in the engine's order, those before the first that uses the once
  are unpaid as ever; those after it are not offered. With `source` it is once for each payee and source. A refund
  follows its original: it is offered where that has used the once, and never uses it itself.
- **O3** `rank`: computed for each rank that somebody newly reached, lowest first: above the highest rank held before
  this period, up to the highest held now. Ranks jumped over are paid too, or lost (`skipped`). A rank whose once was
  not used stays open, and is offered again in the next period in which the bonus runs.
- **O4** What was used, or is open, is handed on by id; whoever is not in the run keeps it, and so does a rank that the
  plan has not now. Used for life, used in an earlier period and open ranks do not mix: a bonus that changes from one
  to the other keeps all of them. Of earlier periods the orders are known where refunds walk, so that they follow (O2).
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._row_names import ONCE, ONCE_EARLIER, row_name
from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.bonuses._waiting import joined_texts, labels_of
from mlmcore.compensation.columns import Column
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.plan import AmountBonus
from mlmcore.compensation.previous import best_before

__all__ = ["OncePer", "OncePerRank"]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

_COLUMNS: Final = ("payee", "account", "source", "order", "rank")


class _Rows:
    """Rows of one kind of the previous state: who has used the once, or for whom a rank is open.

    Attributes:
        columns: Those of this bonus as it is now: an open rank has a rank, a once that was used has none.
        others: Those of what it was before, as they came.
        size: How many rows `columns` has.
    """

    def __init__(self, sheet: Sheet, bonus: AmountBonus, kind: str = ONCE) -> None:
        nothing = CarriedRows(columns={name: Column.texts([]) for name in _COLUMNS})
        columns = sheet.rows.previous.rows.get(row_name(bonus.id, kind), nothing).columns
        own = (columns["rank"].values >= 0) == bonus.per_rank
        self.columns, self.others = _some(columns, own), _some(columns, ~own)
        self.size = len(self.columns["payee"])

    def texts(self, name: str) -> list[str | None]:
        """A column's texts."""
        column = self.columns[name]
        return [column.categories[code] if code >= 0 else None for code in column.values.tolist()]

    def positions(self, name: str, known: "dict[str, int] | None", sheet: Sheet) -> Ints:
        """A column as indices: of people of the run, or of known names; -1 for none."""
        column = self.columns[name]
        found: list[int] = [known.get(text, -1) for text in column.categories] if known is not None else []
        if known is None and column.categories:
            found = sheet.rows.network.ids.find_labels(list(column.categories)).tolist()
        codes: Ints = np.array([*found, -1], dtype=np.int32)
        return np.asarray(codes[column.values])


class OncePer:
    """Keeps an amount to once per payee, or per payee and source, in a period or a lifetime (O2).

    Args:
        sheet: What the run knows.
        bonus: The bonus.
    """

    def __init__(self, sheet: Sheet, bonus: AmountBonus) -> None:
        self._sheet = sheet
        self._bonus = bonus
        self._dated = bonus.dated or "orders"
        self._by_source = "source" in (bonus.once_per or ())
        self._for_life = "lifetime" in (bonus.once_per or ())
        self._life, self._earlier = _Rows(sheet, bonus), _Rows(sheet, bonus, ONCE_EARLIER)
        before = (self._life, self._earlier)
        self._payee = np.concatenate([self._payees(rows) for rows in before])
        self._source = np.concatenate([rows.positions("source", None, sheet) for rows in before])
        self._begin = len(self._payee)  # from here on of this run
        self._order = np.full(self._begin, -1, dtype=np.int32)  # of this run
        self._order_id = [text for rows in before for text in rows.texts("order")]

    def left(self, found: Found, source: Ints) -> Found:
        """What is offered: a row for each source, without those whose once has been used."""
        rank = np.concatenate([self._sheet.rows.network.ids.rank, [-1]])
        place = np.lexsort((rank[source], found.order))
        code, used = self._codes(found.payee[place], source[place])
        refund = self._refunds(found.order[place])
        uses = (found.reason[place] == 0) & (found.exact()[place] != 0) & ~refund & ~used
        first = np.full(int(code.max(initial=-1)) + 1, len(place))
        rows = np.flatnonzero(uses)[::-1]
        first[code[rows]] = rows  # the last one written is the first of its group
        keep = (np.arange(len(place)) <= first[code]) & ~used & ~refund
        chosen = np.flatnonzero(uses & (first[code] == np.arange(len(place))))
        self._note(found.payee[place[chosen]], source[place[chosen]], found.order[place[chosen]])
        keep[refund] = self._of_used(found.payee[place], source[place], found.order[place], np.flatnonzero(refund))
        kept = np.zeros(len(place), dtype=np.bool_)
        kept[place] = keep
        return found.some(kept)

    def handed_on(self) -> dict[str, CarriedRows]:
        """Who has used the once, for the next period: for life, or of a period as far as refunds may follow."""
        parts = {ONCE: [self._life.others, self._life.columns], ONCE_EARLIER: [self._earlier.columns]}
        if self._for_life:
            parts[ONCE].append(self._used_now())
        elif self._dated == "orders" and self._sheet.plan.refunds == "current":
            parts[ONCE_EARLIER].append(self._used_now())
        joined = {
            kind: {name: joined_texts([part[name] for part in some]) for name in _COLUMNS}
            for kind, some in parts.items()
        }
        return {
            row_name(self._bonus.id, kind): CarriedRows(columns=columns)
            for kind, columns in joined.items()
            if len(columns["payee"])
        }

    def _used_now(self) -> dict[str, Column]:
        """Who has used the once in this run, as rows."""
        sheet, own = self._sheet, slice(self._begin, None)
        person = np.where(self._payee[own] >= 0, self._payee[own], -1).astype(np.int32)
        accounts = [sheet.plan.accounts[ACCOUNTS - code] if code <= ACCOUNTS else None for code in self._payee[own]]
        return {
            "payee": labels_of(sheet.rows.network.ids, person),
            "account": Column.texts(accounts),
            "source": labels_of(sheet.rows.network.ids, self._source[own]),
            "order": labels_of(sheet.rows.dated(self._dated).ids, self._order[own]),
            "rank": Column.texts([None] * len(person)),
        }

    def _payees(self, rows: _Rows) -> Ints:
        """The person or account of each row, as in `Found`."""
        accounts = {name: ACCOUNTS - position for position, name in enumerate(self._sheet.plan.accounts)}
        account = rows.positions("account", accounts, self._sheet)
        return np.where(account <= ACCOUNTS, account, rows.positions("payee", None, self._sheet))

    def _codes(self, payee: Ints, source: Ints) -> tuple[NDArray[np.intp], Bools]:
        """A group of each row: its payee, or its payee and source; and whether its once was used before."""
        keys = self._keys(np.concatenate([self._payee, payee]), np.concatenate([self._source, source]))
        _, code = np.unique(keys, return_inverse=True)
        code = code.reshape(-1)
        before, now = code[: len(self._payee)], code[len(self._payee) :]
        place = np.arange(len(before))
        counts = (place >= self._begin) | (self._for_life & (place < self._life.size))
        return now, np.isin(now, before[counts])

    def _keys(self, payee: NDArray[Any], source: NDArray[Any]) -> NDArray[np.int64]:
        wide = np.int64(2**32)
        return payee.astype(np.int64) * wide + (source.astype(np.int64) if self._by_source else 0)

    def _refunds(self, order: Ints) -> Bools:
        if self._dated != "orders":
            return np.zeros(len(order), dtype=np.bool_)
        refund_of = np.concatenate([self._sheet.rows.orders.refund_of, [-1]])
        return np.asarray(refund_of[order] >= 0)

    def _of_used(self, payee: Ints, source: Ints, order: Ints, rows: NDArray[np.intp]) -> list[bool]:
        """Of some refunds, whether the order that they give back is one that used the once."""
        orders = self._sheet.rows.orders
        ids = [text if text is not None else "" for text in self._order_id]
        used = set(zip(self._keys(self._payee, self._source).tolist(), ids, strict=True)) if len(rows) else set()
        keys = self._keys(payee[rows], source[rows]).tolist()
        originals = orders.ids.labels(orders.refund_of[order[rows]]) if len(rows) else []
        return [(key, original) in used for key, original in zip(keys, originals, strict=True)]

    def _note(self, payee: Ints, source: Ints, order: Ints) -> None:
        self._payee = np.concatenate([self._payee, payee]).astype(np.int32)
        self._source = np.concatenate([self._source, source]).astype(np.int32)
        self._order = np.concatenate([self._order, order]).astype(np.int32)
        ids = self._sheet.rows.dated(self._dated).ids
        self._order_id = [*self._order_id, *(ids.label(one) if one >= 0 else None for one in order.tolist())]


class OncePerRank:
    """Which ranks are open for whom (O3).

    Args:
        sheet: What the run knows; ranks are computed.
        bonus: The bonus.
    """

    def __init__(self, sheet: Sheet, bonus: AmountBonus) -> None:
        self._sheet = sheet
        self._bonus = bonus
        self._before = _Rows(sheet, bonus)
        ranks = {name: position for position, name in enumerate(sheet.plan.rank_ids)}
        person, rank = self._before.positions("payee", None, sheet), self._before.positions("rank", ranks, sheet)
        before, best = best_before(sheet.plan, sheet.rows), sheet.person["rank.best"].values
        self._open = [self._reached(position, before, best) for position in range(len(ranks))]
        for position, column in enumerate(self._open):
            column[person[(rank == position) & (person >= 0)]] = True
        self._absent = np.flatnonzero((person < 0) | (rank < 0))

    def open(self, position: int) -> Ints:
        """For whom a rank is open."""
        return np.flatnonzero(self._open[position]).astype(np.int32)

    def use(self, position: int, people: Ints) -> None:
        """A rank's once is used."""
        self._open[position][people] = False

    def handed_on(self) -> dict[str, CarriedRows]:
        """The ranks that stay open."""
        sheet = self._sheet
        people = [self.open(position) for position in range(len(self._open))]
        rank = np.repeat(np.arange(len(people)), [len(one) for one in people]).astype(np.int32)
        person = np.concatenate([*people, np.zeros(0, dtype=np.int32)])
        if not len(person) + len(self._absent) + len(self._before.others["payee"]):
            return {}
        nothing = Column.texts([None] * len(person))
        new = {
            **dict.fromkeys(_COLUMNS, nothing),
            "payee": labels_of(sheet.rows.network.ids, person),
            "rank": Column(kind="text", values=rank, categories=sheet.plan.rank_ids),
        }
        parts = (self._before.others, _some(self._before.columns, self._absent), new)
        columns = {name: joined_texts([part[name] for part in parts]) for name in _COLUMNS}
        return {row_name(self._bonus.id, ONCE): CarriedRows(columns=columns)}

    def _reached(self, position: int, before: NDArray[Any], best: NDArray[Any]) -> Bools:
        newly = (before < position) & (position <= best)
        return np.asarray(newly & (best == position) if self._bonus.skipped == "lost" else newly)


def _some(columns: Mapping[str, Column], rows: NDArray[Any]) -> dict[str, Column]:
    """Some rows of the columns: a mask, or positions."""
    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return {name: columns[name].take(places) for name in _COLUMNS}
