"""Shares of level walks against the slow walk and slow division: interpreted and compiled, by one thread and three."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from genealogy.test_walks import CHAIN, Question, questions
from genealogy.test_walks import rules as chain_rules
from mlmcore.compensation.rounding import remainder_limits
from mlmcore.domain.exact import RoundingMode
from mlmcore.genealogy import shares, threads
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.shares import share_levels
from mlmcore.genealogy.shares import Columns, ShareRules, Sharing, Starts, paid_columns, unpaid_columns
from mlmcore.genealogy.walks import UNLIMITED
from reference.exact import divide
from reference.walks import Offer, offers

TOO_DEEP, NO_RATE, NO_UPLINE = 11, 12, 13


@frozen(kw_only=True)
class Shared:
    """A question, and what is shared out: from where and how much; several walks may start at one person."""

    question: Question
    rules: ShareRules
    mode: RoundingMode
    person: list[int]
    base: list[int]

    @property
    def starts(self) -> Starts:
        """For the fast side; order numbers count from 100."""
        count = len(self.base)
        return Starts(
            person=np.array(self.person, dtype=np.int32),
            below=np.array(self.question.below, dtype=np.bool_)[self.person],
            order=np.arange(100, 100 + count, dtype=np.int32),
            base=np.array(self.base, dtype=np.int64),
        )


@st.composite
def shared(draw: st.DrawFn) -> Shared:
    """Random forests under random rules, rates, bases and units."""
    asked = draw(questions())
    tree, levels = asked.tree, asked.fast
    top = levels.last_level if levels.last_level < UNLIMITED and draw(st.booleans()) else 0
    levels = evolve(levels, unpaid_goes_on=False, last_above_root=top)
    slow = asked.slow._replace(unpaid_goes_on=False, last_above_root=top)
    rates = draw(st.lists(st.lists(st.integers(-3, 9), min_size=4, max_size=4), min_size=3, max_size=3))
    divisor, mode = draw(st.sampled_from([1, 2, 5, 7, 10])), draw(st.sampled_from(RoundingMode))
    codes = draw(st.lists(st.integers(1, 10), min_size=len(tree), max_size=len(tree)))
    rules = ShareRules(
        levels=levels,
        above=tree.parent,
        height=int(tree.depth.max(initial=0)) + 1,
        refused=np.where(levels.pays, 0, np.array(codes, dtype=np.uint8)).astype(np.uint8),
        too_deep=TOO_DEEP,
        no_rate=NO_RATE,
        no_upline=NO_UPLINE,
        rates=np.array(rates, dtype=np.int64)[:, : len(levels.offered)],
        divisor=divisor,
        factor=draw(st.sampled_from([1, 10])),
        limits=remainder_limits(divisor, mode),
    )
    person = draw(st.lists(st.integers(0, len(tree) - 1), max_size=2 * len(tree)) if len(tree) else st.just([]))
    base = draw(st.lists(st.integers(-60, 60), min_size=len(person), max_size=len(person)))
    return Shared(question=evolve(asked, fast=levels, slow=slow), rules=rules, mode=mode, person=person, base=base)


def slowly(given_shares: Shared) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Paid lines as payee, source, order, level, base, rate, minor; unpaid ones with the exact amount and a reason."""
    question, rules = given_shares.question, given_shares.rules
    names = question.tree.ids.labels(np.arange(len(question.tree)))
    paid: list[tuple[int, ...]] = []
    unpaid: list[tuple[int, ...]] = []
    for number, (source, base) in enumerate(zip(given_shares.person, given_shares.base, strict=True), 100):
        for offer in offers(question.slow, names[source], below=question.below[source]):
            payee = -1 if offer.person is None else names.index(offer.person)
            rate = rate_of(rules, payee, offer.level)
            line = (payee, source, number, offer.level, base, rate)
            if base * rate and offer.outcome == "paid":
                paid.append((*line, divide(base * rate, rules.divisor, given_shares.mode) * rules.factor))
            elif base * rate:
                unpaid.append((*line, base * rate, reason(rules, payee, offer)))
    return paid, unpaid


def rate_of(rules: ShareRules, payee: int, level: int) -> int:
    """What a level is worth to somebody, or to nobody."""
    row = -1 if payee < 0 else int(rules.levels.rate_row[payee])
    return int(rules.rates[row][min(level, rules.rates.shape[1] - 1)])


def reason(rules: ShareRules, payee: int, offer: Offer) -> int:
    """The code of why a level is not paid."""
    codes = {"too deep": TOO_DEEP, "no rate": NO_RATE, "no upline": NO_UPLINE}
    return codes[offer.outcome] if offer.outcome in codes else int(rules.refused[payee])


def rows(columns: Columns, first: int = 0) -> list[tuple[int, ...]]:
    """Columns as rows."""
    return list(zip(*(column[first:].tolist() for column in columns.values()), strict=True))


def quickly(given_shares: Shared, *, several: int = 1) -> tuple[Any, list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The sums and both kinds of lines, as the loop writes them; two places are left free in front of the unpaid."""
    with threads.using(several):
        sharing = Sharing(given_shares.starts, given_shares.rules)
        weight = sharing.weigh()
        paid, unpaid = paid_columns(weight.paid), unpaid_columns(2 + weight.unpaid)
        sharing.write(paid, unpaid, 2)
    return (weight, sharing.rounded_off(weight, paid)), rows(paid), rows(unpaid, 2)


@pytest.fixture(params=[10**9, 0], ids=["interpreted", "compiled"], scope="class")
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """The kernel, interpreted and compiled; it looks three walks ahead, and a part may be as small as can be."""
    patch = pytest.MonkeyPatch()
    patch.setattr(shares, "_share_levels", compiled(share_levels, compile_from=request.param))
    patch.setattr(shares, "COMPILE_FROM", 0)
    patch.setattr(shares, "_WALKS_AHEAD", 3)
    patch.setattr(threads, "_SMALLEST_PART", 1)
    yield
    patch.undo()


@pytest.mark.usefixtures("_way")
class TestAgainstTwin:
    """The loop, and the slow walk whose offers are divided one by one."""

    @given(shared())
    def test_every_line_and_every_sum_is_the_same(self, given_shares: Shared) -> None:
        """Paid, unpaid, what each person earned and what rounding took of it, and the total."""
        (weight, rounded_off), paid, unpaid = quickly(given_shares)
        slow_paid, slow_unpaid = slowly(given_shares)
        earned, rounded = ([0] * len(given_shares.question.tree) for _ in range(2))
        for payee, _, _, _, base, rate, minor in slow_paid:
            earned[payee] += base * rate
            rounded[payee] += base * rate - minor // given_shares.rules.factor * given_shares.rules.divisor

        assert (paid, unpaid) == (slow_paid, slow_unpaid)
        assert (weight.earned.tolist(), rounded_off.tolist()) == (earned, rounded)
        assert weight.total == sum(earned) + sum(line[6] for line in slow_unpaid)

    @given(shared())
    def test_three_threads_write_what_one_writes(self, given_shares: Shared) -> None:
        """Every part writes where only it writes."""
        (alone, rounded_alone), *lines = quickly(given_shares)
        (together, rounded_together), *other_lines = quickly(given_shares, several=3)

        assert lines == other_lines
        assert alone.total == together.total
        assert alone.earned.tolist() == together.earned.tolist()
        assert rounded_alone.tolist() == rounded_together.tolist()


class TestAboveTheRoot:
    """Levels that nobody has."""

    @pytest.mark.parametrize(("offered", "levels"), [([1, 1, 1], [1, 2, 3]), ([1, 0, 1], [1]), ([0, 1, 1], [])])
    def test_they_end_before_the_first_one_that_is_not_offered(self, offered: list[int], levels: list[int]) -> None:
        """W7: what comes after a gap is not owed."""
        given_rules = ShareRules(
            levels=chain_rules(offered=np.array([False, *map(bool, offered)])),
            above=CHAIN.parent,
            height=4,
            refused=np.zeros(4, dtype=np.uint8),
            too_deep=TOO_DEEP,
            no_rate=NO_RATE,
            no_upline=NO_UPLINE,
            rates=np.full((2, 4), 5),
            divisor=1,
            factor=1,
            limits=remainder_limits(1, RoundingMode.FLOOR),
        )
        one = np.zeros(1, dtype=np.int32)
        sharing = Sharing(Starts(person=one, below=one > 0, order=one, base=np.array([100])), given_rules)
        unpaid = unpaid_columns(sharing.weigh().unpaid)
        sharing.write(paid_columns(0), unpaid, 0)

        assert unpaid["level"].tolist() == levels
        assert set(unpaid["reason"].tolist()) <= {NO_UPLINE}


class TestRange:
    """What is too large for the loop."""

    @given(shared())
    def test_it_fits_only_while_no_sum_can_leave_int64(self, given_shares: Shared) -> None:
        """All bases times the largest rate, as often as a walk can have lines."""
        starts = evolve(given_shares.starts, base=np.full(len(given_shares.base), 2**60))
        rates = np.full_like(given_shares.rules.rates, 8)

        assert Sharing(given_shares.starts, given_shares.rules).fits
        assert Sharing(starts, evolve(given_shares.rules, rates=rates)).fits == (not given_shares.base)

    @given(shared(), st.integers(40, 62), st.data())
    def test_where_it_fits_the_twins_sums_stay_in_int64(
        self, given_shares: Shared, bits: int, data: st.DataObject
    ) -> None:
        """However large single bases are; and one large base among small ones fits."""
        size = st.one_of(st.integers(-(2**bits), 2**bits), st.sampled_from([-(2**63), 2**63 - 1, 0]))
        count = len(given_shares.base)
        bases = data.draw(st.lists(size, min_size=count, max_size=count))
        large = evolve(given_shares, base=bases)
        paid, unpaid = slowly(large)

        if Sharing(large.starts, large.rules).fits:
            assert sum(abs(line[4] * line[5]) for line in [*paid, *unpaid]) < 2**63
        alone = evolve(given_shares, base=[2**48, *[0] * (count - 1)][:count])
        assert Sharing(alone.starts, alone.rules).fits
        _, quick_paid, quick_unpaid = quickly(alone)
        assert (quick_paid, quick_unpaid) == slowly(alone)

    @given(shared())
    def test_it_fits_only_while_every_row_of_rates_has_a_number(self, given_shares: Shared) -> None:
        """A person's row must find room beside the other bits."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shares, "_ROWS_MOST", 2)

            assert not Sharing(given_shares.starts, given_shares.rules).fits
