"""A statement is the ledger's, to the cent; as values and as text."""

import json
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.explain.explained_runs import seeded_run, written_run
from mlmcore.compensation.statement import statement, statements
from mlmcore.domain.money import Money

PLANS = Path(__file__).parents[2] / "data" / "plans"
PEOPLE = "id,status,joined,sponsor,enroller,title\n" + "".join(
    f"{name},active,2020-01-01,{above},{above},{title}\n"
    for name, above, title in (
        ("top", "", "silver"),
        ("mid", "top", ""),
        ("low", "mid", "consultant"),
        ("end", "low", ""),
    )
)
ORDERS = "id,date,seller,buyer,pv,retail_sales,lrp_pv\no1,2026-03-05,end,end,33,0,0\no2,2026-03-06,top,,0,10.10,0\n"

WHOLE = """\
Statement of Ann Top, 2026-03, by plan doterra version 1
  own_pv = 0.00, lrp = 0.00, team_volume = 33.00, ordered = false, power1 = false, power2 = false, power3 = false, \
rank = silver

retail  (doterra.toml:67 bonuses.retail)
  2026-03-06 order o2, from Ann Top: 0.25 * retail_sales = 2.5250                               2.53
  1 line                                                                                        2.53

unilevel  (doterra.toml:75 bonuses.unilevel)
  2026-03-05 order order no. 1, from end, level 2: pv 33.00 x 0.03 = 0.99                       0.99
      passed low: uses up a level
      passed mid: is no level; depth: lookup(paid_depth, rank) is 0: rank = none; level 2 goes on
  1 line                                                                                        0.99

Not paid

retail  (doterra.toml:67 bonuses.retail)
  rounding                                                                                    -0.005
  1 line                                                                                      -0.005

Total                                                                                       USD 3.52
"""


class TestTotals:
    @settings(max_examples=15)
    @given(people=st.integers(1, 40), orders=st.integers(0, 80), seed=st.integers(0, 10_000))
    def test_are_the_ledgers_for_everybody(self, people: int, orders: int, seed: int) -> None:
        """On random networks; and all statements together are all that is paid."""
        result = seeded_run(people, orders, seed).result
        ids = result.network.ids
        totals = {person: statement(result, ids.label(person)).explanation.total for person in range(len(ids))}

        assert totals == {person: result.paid_to(person) for person in totals}
        assert sum((total.minor for total in totals.values()), 0) == result.lines.total

    def test_everybody_who_is_paid_has_one(self) -> None:
        """In the order of ids, and each is what was asked for alone."""
        result = seeded_run(40, 120, 4).result
        paid = {label for segment in result.lines.segments for label in result.network.ids.labels(segment.payee)}

        assert list(statements(result)) == [statement(result, person).to_text() for person in sorted(paid)]


class TestForms:
    def test_values_are_plain(self) -> None:
        """What JSON gives back is what was said, decimals as texts."""
        said = statement(seeded_run(40, 120, 4).result, "d000001").to_dict()
        paid = [Decimal(item["amount"]) for item in said["amounts"] if item["kind"] == "paid"]

        assert json.loads(json.dumps(said)) == json.loads(json.dumps(said, default=lambda value: f"not plain: {value}"))
        assert Decimal(said["total"]) == sum(paid, Decimal(0)) > 0

    def test_text_is_whole(self) -> None:
        """Paid, passed, unpaid and total, with the names that the caller gives."""
        result = written_run(PLANS / "doterra.toml", PEOPLE, ORDERS).result

        text = statement(result, "top").to_text({"top": "Ann Top", "o1": "order no. 1"})

        assert text == WHOLE
        assert result.paid_to(result.network.ids.positions(["top"])[0]) == Money.of("3.52", "USD")

    def test_an_amount_never_touches_a_long_line(self) -> None:
        """However long the name of an order is, a space stands before what was paid for it."""
        said = statement(written_run(PLANS / "doterra.toml", PEOPLE, ORDERS).result, "top")

        for length in range(1, 80):
            (line,) = (line for line in said.to_text({"o1": "x" * length}).splitlines() if "= 0.99" in line)
            assert line.endswith("= 0.99 0.99") or (line.endswith("  0.99") and len(line) == 100)
