"""Every amount explains itself: what it was taken of, the path it walked, and why it was not paid; exactly."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from compensation.explain.explained_runs import ExplainedRun, seeded_run, written_run
from mlmcore.compensation.explain import Amount, why
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.domain.errors import InputError

PLANS = Path(__file__).parents[2] / "data" / "plans"
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def run() -> ExplainedRun:
    """Sixty people, 300 orders, refunds among them."""
    return seeded_run(60, 300, 1)


def explained(run: ExplainedRun) -> Iterator[tuple[str, Amount]]:
    """Everybody's amounts."""
    for person in run.result.network.ids.labels(range(len(run.result.network))):
        for amount in why(run.result, person).amounts:
            yield person, amount


class TestAmounts:
    def test_exact_is_base_times_rate_and_paid_is_that_rounded(self, run: ExplainedRun) -> None:
        """The shipped plan rounds each line by itself, halves to even; a pool gives whole cents."""
        wrong, seen = [], 0
        for person, item in explained(run):
            if item.reason == "rounding" or (item.exact is None and item.formula == f"{item.bonus}.fund"):
                continue
            assert item.rate is not None
            seen += 1
            paid = item.exact.quantize(CENT, ROUND_HALF_EVEN) if item.exact is not None else None
            if item.exact != item.base * item.rate or (item.kind == "paid" and item.amount != paid):
                wrong.append((person, item))

        assert wrong == []
        assert seen > 300

    def test_what_is_unpaid_is_exact_or_the_rest_of_a_rounding(self, run: ExplainedRun) -> None:
        """An unpaid amount is all of base times rate, and a rounding what is beyond the cents of the person's lines."""
        wrong = []
        beyond: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        rounding: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for person, item in explained(run):
            if item.kind == "paid" and item.exact is not None:
                beyond[person, item.bonus] += item.exact - item.amount
            elif item.reason == "rounding":
                rounding[person, item.bonus] += item.amount
            elif item.kind == "unpaid" and item.amount != item.exact:
                wrong.append((person, item))

        assert wrong == []
        assert rounding == {key: rest for key, rest in beyond.items() if rest}

    def test_sum_to_the_ledger(self, run: ExplainedRun) -> None:
        """By person and bonus, to the cent, summed from the ledger's own columns."""
        told: dict[tuple[str, str], int] = defaultdict(int)
        for person, item in explained(run):
            if item.kind == "paid":
                told[person, item.bonus] += int(item.amount * 100)

        ledger: dict[tuple[str, str], int] = defaultdict(int)
        for segment in run.result.lines.segments:
            payees = run.result.network.ids.labels(segment.payee)
            for payee, minor in zip(payees, segment.amount.tolist(), strict=True):
                ledger[payee, segment.bonus] += minor

        assert told == ledger
        assert len({bonus for _, bonus in told}) == 7

    def test_every_line_with_a_payee_is_explained_once(self, run: ExplainedRun) -> None:
        """As many amounts as lines: none is left out, none is told twice."""
        result = run.result
        payees = [item.payee for item in result.lines.segments]
        payees += [item.payee for item in (*result.unpaid.segments, *result.missed)]
        lines = sum(int((column >= 0).sum()) for column in payees)

        assert len(list(explained(run))) == lines

    def test_name_the_clause_of_the_plan(self, run: ExplainedRun) -> None:
        """File, line and path of the bonus."""
        clauses = {item.bonus: item.clause for _, item in explained(run)}

        for bonus, clause in clauses.items():
            assert clause.endswith(f" bonuses.{bonus}")
            assert "starter.toml:" in clause


class TestPaths:
    def test_are_everybody_strictly_between(self, run: ExplainedRun) -> None:
        """Against a walk up the file's own column, in the bonus's own tree."""
        wrong, longest = [], 0
        for person, item in explained(run):
            bonus = run.result.plan.bonus(item.bonus)
            tree = (bonus.tree if isinstance(bonus, LevelsBonus) else None) or "sponsor"
            expected = run.between(tree, item.source, person) if item.source and item.level is not None else []
            longest = max(longest, len(expected))
            if [step.person for step in item.passed] != expected:
                wrong.append((person, item, expected))

        assert wrong == []
        assert longest >= 2

    def test_levels_are_those_who_count(self, run: ExplainedRun) -> None:
        """The level is one more than the people between who use one up."""
        wrong = [
            (person, item)
            for person, item in explained(run)
            if item.level is not None and item.level != 1 + len([step for step in item.passed if step.counts])
        ]

        assert wrong == []

    def test_a_level_that_went_on_was_not_used_up(self) -> None:
        """The compression of doTERRA: who has no title misses the level, and the next one is paid it."""
        people = "id,status,joined,sponsor,enroller,title\n" + "".join(
            f"{name},active,2020-01-01,{above},{above},{title}\n"
            for name, above, title in (("A", "", "silver"), ("B", "A", ""), ("C", "B", "manager"), ("D", "C", ""))
        )
        orders = "id,date,seller,pv,retail_sales,lrp_pv\no1,2026-03-05,D,100,0,0\no2,2026-03-06,C,100,0,0\n"

        run = written_run(PLANS / "doterra.toml", people, orders)

        paid = {item.order: item for item in why(run.result, "A").amounts if item.kind == "paid"}
        told = {
            order: (item.level, [(step.person, step.counts) for step in item.passed]) for order, item in paid.items()
        }
        assert told == {"o1": (2, [("C", True), ("B", False)]), "o2": (1, [("B", False)])}

    def test_nobody_is_passed_where_the_source_pays_itself(self) -> None:
        """On level 0 the seller is the payee; nobody stands between them, however tall the tree."""
        run = written_run(
            PLANS / "simple-unilevel.toml",
            "id,status,joined,sponsor,title\nA,active,2020-01-01,,\nB,active,2020-01-01,A,\nC,active,2020-01-01,B,\n",
            "id,date,seller,cv,price,index1,index2,u4_price\no1,2026-03-05,C,0,100,0,0,0\n",
        )

        (own,) = why(run.result, "C").amounts
        (top,) = why(run.result, "A").amounts

        assert (own.level, own.amount, own.passed) == (0, Decimal("10.00"), ())
        assert [step.person for step in top.passed] == ["B"]


class TestReasons:
    def test_have_their_condition_with_its_values(self) -> None:
        """Inactive: the plan's measure and what it reads; no rate: level and rank; a rounding has no condition."""
        result = seeded_run(60, 100, 1)
        texts = defaultdict(set)
        for person, item in explained(result):
            if item.kind == "unpaid":
                texts[item.reason].add(item.because.replace(why(result.result, person).columns["personal"], "PV"))

        assert dict(texts) == {
            "inactive": {"active is false: personal = PV"},
            "not_qualified": {f"there is no rate on level {level} for the rank bronze" for level in (1, 2)},
            "rounding": {""},
        }

    def test_depth_says_which_depth(self) -> None:
        """A Silver is paid two levels; the third is unpaid because the depth is 2."""
        run = written_run(
            PLANS / "simple-unilevel.toml",
            "id,status,joined,sponsor,title\nA,active,2020-01-01,,silver\nB,active,2020-01-01,A,diamond\n"
            "C,active,2020-01-01,B,diamond\nD,active,2020-01-01,C,\n",
            "id,date,seller,buyer,cv,price,index1,index2,u4_price\no1,2026-03-05,D,D,200,0,0,0,0\n",
        )

        (unpaid,) = [item for item in why(run.result, "A").amounts if item.bonus == "u1"]

        assert (unpaid.kind, unpaid.level, unpaid.reason, unpaid.amount) == ("unpaid", 3, "depth", Decimal(4))
        assert unpaid.because == "lookup(paid_depth, rank) is 2: rank = silver"


class TestAsking:
    def test_does_not_change_the_result(self) -> None:
        """The digest before everybody was asked about is the digest after."""
        run, other = seeded_run(40, 120, 4), seeded_run(40, 120, 4)
        list(explained(run))

        assert run.result.digest == other.result.digest

    def test_about_nobody_is_refused(self, run: ExplainedRun) -> None:
        """By the name that was asked for."""
        with pytest.raises(InputError) as caught:
            why(run.result, "nobody")

        assert str(caught.value) == "unknown id 'nobody'; 60 ids are known"
