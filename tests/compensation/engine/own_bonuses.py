"""Bonuses of one's own for tests: right ones and wrong ones."""

from typing import Any

import numpy as np
from attrs import evolve

from mlmcore.compensation.bonuses.custom import Given, Offers
from mlmcore.compensation.columns import Column
from mlmcore.compensation.lines import Reason


class UplineShare:
    """A rate of each order to whoever stands directly above its seller; an account gets what nobody is there for."""

    tree = "sponsor"

    def offers(self, given: Given) -> Offers:
        """A row per order."""
        above = given.upline[self.tree][given.seller]
        value, rate = given.orders["value"], given.options["rate"]
        scaled = int(rate.scaleb(2))
        return Offers(
            payee=np.where(above < 0, given.account("house"), above).astype(np.int32),
            source=given.seller,
            order=np.arange(len(given.seller), dtype=np.int32),
            level=np.ones(len(given.seller), dtype=np.int32),
            base=value,
            rate=Column.scaled(np.full(len(value), scaled, dtype=np.int64), 2),
            amount=Column.scaled(value.values * scaled, value.places + 2, unit="money"),
            reason=np.where((above >= 0) & ~given.people["open"].values[above], Reason.INACTIVE, 0).astype(np.uint8),
        )


class EnrollerShare(UplineShare):
    """The same in another tree."""

    tree = "enroller"


class Gift:
    """What it was told to give to everybody."""

    def offers(self, given: Given) -> Offers:
        """A row per person."""
        return Offers(payee=given.everybody, amount=given.people["gift"])


class DayOfMonth:
    """To everybody a dollar for each day of the month up to the one on which the period begins."""

    def offers(self, given: Given) -> Offers:
        """A row per person."""
        days = np.full(len(given.everybody), given.period.start.day, dtype=np.int64)
        return Offers(payee=given.everybody, amount=Column.scaled(days, 0, unit="money"))


class Nothing:
    """No bonus at all: it has no `offers`."""


class Failing:
    """Fails."""

    def offers(self, _: Given) -> Offers:
        """Never comes to an end."""
        raise KeyError("rate")


class Wrong:
    """Hands back what cannot be."""

    def offers(self, given: Given) -> Any:
        """By its option."""
        payee, one = given.everybody, Column.numbers([1] * len(given.ids), places=0)
        match given.options["how"]:
            case "nothing":
                return None
            case "payee" | "source" | "order" as column:
                beyond: dict[str, Any] = {column: payee + 1}
                return evolve(Offers(payee=payee, amount=one), **beyond)
            case "short":
                return Offers(payee=payee, amount=one.take(np.array([0])))
            case "float":
                return Offers(payee=payee.astype(np.float64), amount=one)
            case "text" | "missing" as how:
                missing, text = Column.numbers([None, *[1] * (len(payee) - 1)]), Column.texts(["1"] * len(payee))
                return Offers(payee=payee, amount=text if how == "text" else missing)
            case _:
                return Offers(payee=payee, amount=one.at_places(4))
