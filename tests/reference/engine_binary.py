"""The slow twin of a `binary` bonus: person by person, with fractions; from the plan language, section 5.3."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from mlmcore.compensation._checks._earned import leg_places
from mlmcore.compensation.plan import BinaryBonus, ThresholdTable
from reference.engine import Line, Offers, Twin, kept
from reference.expressions import rounded

__all__ = ["Binaries"]


@dataclass
class Legs:
    """One person's legs: what was carried in, and what is there."""

    carried: tuple[Fraction, Fraction]
    left: Fraction
    right: Fraction

    @property
    def weak(self) -> str:
        """Which leg is the weak one."""
        return "left" if self.left <= self.right else "right"


def one_by_one(sides: dict[str, Fraction], unit: Fraction) -> list[tuple[Fraction, Fraction]]:
    """What each pair takes of the left and the right leg, where the smaller one gives one unit and the other two."""
    left, right = sides["left"], sides["right"]
    found: list[tuple[Fraction, Fraction]] = []
    while True:
        take = (unit, 2 * unit) if left <= right else (2 * unit, unit)
        if left < take[0] or right < take[1]:
            return found
        found.append(take)
        left, right = left - take[0], right - take[1]


def pairs_take(pairs: list[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """What pairs take together of the left and the right leg."""
    return [sum((pair[leg] for pair in pairs), Fraction(0)) for leg in (0, 1)]


class Binaries(Offers):
    """Match everybody's legs."""

    bonus: BinaryBonus

    def __init__(self, twin: Twin, bonus: BinaryBonus) -> None:
        super().__init__(twin, bonus)
        self.tree = bonus.tree or twin.plan.tree

    def offer_all(self, start: date, end: date) -> None:
        for person in self.twin.people:
            self._match(person)

    def _group(self, person: str) -> Fraction:
        """The volume of somebody and everybody below."""
        own = Fraction(self.twin.ask(self.bonus.volume, {"self": person}))
        return own + sum((self._group(child) for child in self.twin.front(self.tree, person)), Fraction(0))

    def _legs(self, person: str) -> Legs:
        carried = tuple(
            Fraction(self.twin.inputs.carried.get(f"{self.bonus.id}.{leg}", {}).get(person) or 0)
            for leg in ("left_out", "right_out")
        )
        came = {1: Fraction(0), 2: Fraction(0)}
        for child in self.twin.front(self.tree, person):
            came[self.twin.people[child]["legs"][self.tree]] += self._group(child)
        return Legs((carried[0], carried[1]), carried[0] + came[1], carried[1] + came[2])

    def _asked(self, expression: Any, person: str, legs: Legs) -> Any:
        columns = {
            f"{self.bonus.id}.left": legs.left,
            f"{self.bonus.id}.right": legs.right,
            f"{self.bonus.id}.weak": min(legs.left, legs.right),
            f"{self.bonus.id}.strong": max(legs.left, legs.right),
        }
        for name, found in columns.items():
            self.twin.columns[name, person] = found
        return self.twin.ask(expression, {"self": person})

    def _match(self, person: str) -> None:
        bonus, legs = self.bonus, self._legs(person)

        def asked(expression: Any, default: Any = None) -> Any:
            return default if expression is None else self._asked(expression, person, legs)

        pays = asked(bonus.pays)
        weak = max(Fraction(0), min(legs.left, legs.right))
        if bonus.match_maximum is not None:
            weak = min(weak, max(Fraction(0), asked(bonus.match_maximum)))
        if bonus.match_minimum is not None and weak < asked(bonus.match_minimum):
            weak = Fraction(0)
        if not pays and bonus.inactive != "match":
            weak = Fraction(0)
        times, unit, shares, base, rate = self._pay(person, legs, weak)
        amount = base * rate
        if bonus.percent is not None and bonus.percent.type.ratio:
            amount, rate = kept(amount), rounded(rate, 8, "half_even")
        paid = self._capped(person, legs, amount, times, base)
        part = paid / amount if amount else Fraction(1)
        paid_times = Fraction(floor(times * part)) if bonus.pay == "pairs" else times
        if bonus.pay == "pairs" and bonus.over_cap == "carry" and paid < amount:
            paid = paid_times * base
        paid_volume = paid_times * unit if bonus.pay == "pairs" else self._cut(unit * times * part)
        full = [times * unit * share for share in shares]
        part_taken = [paid_times * unit * share if bonus.pay == "pairs" else paid_volume for share in shares]
        if bonus.ratio == "pair_by_pair":
            pairs = one_by_one(self._sides(legs, weak), unit)
            full, part_taken = pairs_take(pairs), pairs_take(pairs[: int(paid_times)])
        out = self._out(person, legs, full, part_taken, times > 0, capped=paid < amount, pays=pays)
        self._publish(person, legs, out, part_taken, paid_volume, paid_times, amount - paid)
        reason = "" if pays else self.twin.reason(person)
        for money, why in ((paid, reason), (amount - paid, "capped")):
            if money:
                self.note(Line(bonus.id, person, None, None, None, base, rate, money, why))

    def _cut(self, volume: Fraction) -> Fraction:
        """Cut to the places of the legs; up, where the rest is carried and would be paid again."""
        scale = 10 ** (leg_places(self.bonus, self.twin.plan) or 0)
        whole = ceil if self.bonus.over_cap == "carry" else floor
        return Fraction(whole(volume * scale), scale)

    def _pay(self, person: str, legs: Legs, weak: Fraction) -> tuple[Fraction, Fraction, list[int], Fraction, Fraction]:
        """How many times which volume matches, the share of each leg, and base and rate of the money."""
        bonus = self.bonus
        if bonus.pay == "percent":
            rate = Fraction(self._asked(bonus.percent, person, legs))
            return Fraction(weak > 0), weak, [1, 1], weak * self.point, rate
        if bonus.pay == "steps":
            table = self.twin.plan.tables[bonus.steps or ""]
            assert isinstance(table, ThresholdTable)
            reached = [(Fraction(limit), Fraction(value)) for limit, value in table.rows if weak > 0 and weak >= limit]
            limit, value = reached[-1] if reached else (Fraction(0), Fraction(0))
            return Fraction(limit > 0), max(limit, Fraction(0)), [1, 1], value, Fraction(1)
        unit = Fraction(self._asked(bonus.unit, person, legs))
        sides = self._sides(legs, weak)
        if bonus.ratio == "pair_by_pair":
            pairs = len(one_by_one(sides, unit))
            return Fraction(pairs), unit, [1, 1], Fraction(self._asked(bonus.amount, person, legs)), Fraction(pairs)
        shares = {"1:1": (1, 1), "1:2": (1, 2), "2:1": (2, 1)}.get(bonus.ratio or "")
        if shares is None:
            shares = (1, 2) if legs.weak == "left" else (2, 1)
        pairs = min(floor(sides["left"] / (unit * shares[0])), floor(sides["right"] / (unit * shares[1])))
        return Fraction(pairs), unit, list(shares), Fraction(self._asked(bonus.amount, person, legs)), Fraction(pairs)

    def _sides(self, legs: Legs, weak: Fraction) -> dict[str, Fraction]:
        """What there is to be paired on the left and on the right."""
        strong = max(Fraction(0), legs.left, legs.right)
        return {"left": weak, "right": strong} if legs.weak == "left" else {"left": strong, "right": weak}

    def _capped(self, person: str, legs: Legs, amount: Fraction, times: Fraction, base: Fraction) -> Fraction:
        cap = self.bonus.cap
        if cap is None:
            return amount
        if cap.money is not None:
            return min(amount, max(Fraction(0), Fraction(self._asked(cap.money, person, legs))))
        return min(times, Fraction(max(0, floor(self._asked(cap.pairs, person, legs))))) * base

    def _out(
        self,
        person: str,
        legs: Legs,
        full: list[Fraction],
        part: list[Fraction],
        something: bool,
        *,
        capped: bool,
        pays: bool,
    ) -> list[Fraction]:
        bonus = self.bonus
        taken = part if bonus.over_cap == "carry" else full
        out = [legs.left - taken[0], legs.right - taken[1]]
        if bonus.after == "clear_weak" and something:
            out[0 if legs.weak == "left" else 1] = Fraction(0)
        if (
            (bonus.after == "flush" and something)
            or (bonus.over_cap == "flush_both" and capped)
            or (bonus.inactive == "reset" and not pays)
        ):
            out = [Fraction(0), Fraction(0)]
        if bonus.inactive == "freeze" and not pays:
            out = list(legs.carried)
        if bonus.carry_limit is not None:
            limit = max(Fraction(0), Fraction(self._asked(bonus.carry_limit, person, legs)))
            out = [min(leg, limit) for leg in out]
        return out

    def _publish(
        self,
        person: str,
        legs: Legs,
        out: list[Fraction],
        part: list[Fraction],
        volume: Fraction,
        times: Fraction,
        capped: Fraction,
    ) -> None:
        found = {
            "matched": volume,
            "pairs": times,
            "left_out": out[0],
            "right_out": out[1],
            "left_lost": legs.left - out[0] - part[0],
            "right_lost": legs.right - out[1] - part[1],
            "capped": capped,
        }
        for name, value in found.items():
            self.twin.columns[f"{self.bonus.id}.{name}", person] = value
