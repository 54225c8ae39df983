"""Walks with `as_of = "event"`, rule by rule: each person on the path is asked what they had just before the order."""

from datetime import date
from typing import Any

import pytest

from compensation.dated.small_cases import HEADER
from compensation.engine.small_plans import label, ledger, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.explain import Amount, why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

PLAN = (
    HEADER
    + """
accounts = ["house"]
[inputs]
volumes = { pv = "points", cv = "money" }
attributes = { title = "text" }
[inputs.events.cycles]
size = "money"
[measures]
personal = "sum(orders, pv)"
ready = "personal >= 100"
"""
)
LEVELS = """
[[bonuses]]
id = "fast"
type = "fast_start"
kind = "levels"
source = "orders"
from = "seller"
as_of = "event"
base = "cv"
rates = [0.10, 0.05]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
DIFFERENTIAL = """
[[bonuses]]
id = "fast"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
as_of = "event"
base = "cv"
rate = "0.10 if personal >= 100 else 0.04"
initial = 0
limit = 0.5
no_upline = "lost"
negative = "charge"
"""

AMOUNT = """
[[bonuses]]
id = "fast"
type = "fast_start"
kind = "amount"
source = "orders"
from = "seller"
as_of = "event"
amount = "cv"
qualifies = "ready"
point_value = 1
negative = "charge"
"""


def on(day: int) -> date:
    """A day of March."""
    return date(2026, 3, day)


def bought(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Orders of `cid`, each worth 100: early, in the middle, late; and what others buy for themselves meanwhile."""
    return [order(name, "cid", on=on(day), pv=0, cv=100) for name, day in (("e", 2), ("m", 5), ("z", 9))] + [*more]


def run(body: str, sold: list[dict[str, Any]], *, head: str = PLAN, people: Any = None, **given: Any) -> Result:
    """A March of `ann` over `bob` over `cid`."""
    return run_engine(loads_plan(head + body), world(people or chain("ann", "bob", "cid"), sold, **given))


def paid(result: Result) -> dict[str, str]:
    """Amounts of the bonus, by payee and order: `ann e`."""
    return {
        f"{payee} {sale}": amount for _, _, payee, sale, amount in (line.split() for line in ledger(result)) if sale
    }


class TestLevels:
    def test_pays_whoever_had_enough_when_the_order_came(self) -> None:
        """Bob had 100 points before the last order only, ann before the one in the middle."""
        sold = bought(
            order("b1", "bob", on=on(1), pv=60, cv=0),
            order("b2", "bob", on=on(6), pv=40, cv=0),
            order("a1", "ann", on=on(3), pv=100, cv=0),
        )

        found = run(LEVELS + 'pays = "personal >= 100"\n', sold)

        assert paid(found) == {"ann m": "5.00", "ann z": "5.00", "bob z": "10.00"}
        assert unpaid(found) == [
            "fast 1 bob not_qualified 10",
            "fast 2 ann not_qualified 5",
            "fast 1 bob not_qualified 10",
        ]

    def test_the_example_of_the_page(self) -> None:
        """Three orders of 200: bob reaches 100 points before the second, ann before the third."""
        sold = [order(f"{day}", "cid", on=on(day), pv=0, cv=200) for day in (2, 5, 9)]
        own = [("bob", 1, 60), ("bob", 4, 40), ("ann", 6, 150)]
        sold += [order(f"{who}{day}", who, on=on(day), pv=pv, cv=0) for who, day, pv in own]

        found = run(LEVELS + 'pays = "personal >= 100"\n', sold)

        assert paid(found) == {"bob 5": "20.00", "bob 9": "20.00", "ann 9": "10.00"}
        assert told(found, "bob", "2").because == "personal >= 100 is false just before the order: personal = 60.00"

    def test_of_one_day_the_smaller_id_comes_first(self) -> None:
        """Bob's own order of the day counts for those of cid whose id is larger."""
        sold = bought(order("k", "bob", on=on(5), pv=100, cv=0), order("a", "cid", on=on(5), pv=0, cv=10))

        assert paid(run(LEVELS + 'pays = "ready"\n', sold)) == {"bob m": "10.00", "bob z": "10.00"}

    def test_the_order_itself_is_not_yet_there(self) -> None:
        """On level 0 the seller is paid from the second hundred on."""
        body = LEVELS.replace("rates = [0.10, 0.05]", "rates = [0.10]\nfirst_level = 0") + 'pays = "personal >= 100"\n'
        sold = [order(name, "cid", on=on(5), pv=60, cv=100) for name in ("o1", "o2", "o3")]

        assert paid(run(body, sold)) == {"cid o3": "10.00"}

    def test_counts_compresses_those_who_had_nothing_then(self) -> None:
        """Before bob's first order ann is level 1, after it level 2."""
        body = LEVELS.replace('counts = "true"', 'counts = "count(orders) > 0"')
        sold = bought(order("a1", "ann", on=on(1), pv=1, cv=0), order("b1", "bob", on=on(5), pv=1, cv=0))

        assert paid(run(body, sold)) == {
            "ann e": "10.00",
            "bob m": "10.00",
            "ann m": "5.00",
            "bob z": "10.00",
            "ann z": "5.00",
        }

    def test_lines_may_be_merged_that_were_counted_order_by_order(self) -> None:
        """The same by payee: 10 and twice 5 for ann, twice 10 for bob."""
        body = LEVELS.replace('counts = "true"', 'counts = "count(orders) > 0"\ndetail = "payee"')
        sold = bought(order("a1", "ann", on=on(1), pv=1, cv=0), order("b1", "bob", on=on(5), pv=1, cv=0))

        assert paid(run(body, sold)) == {"ann -": "20.00", "bob -": "20.00"}

    @pytest.mark.parametrize(("stop", "ann"), [("before", {"ann e": "5.00"}), ("after", {"ann e": "5.00"})])
    def test_stop_at_ends_the_walk_from_then_on(self, stop: str, ann: dict[str, str]) -> None:
        """At whoever is ready when the order comes; before them they get nothing themselves."""
        body = f'{LEVELS}stop_at = "ready"\nstop = "{stop}"\n'
        sold = bought(order("b1", "bob", on=on(3), pv=100, cv=0))

        bobs = {"bob e": "10.00"} | ({"bob m": "10.00", "bob z": "10.00"} if stop == "after" else {})
        assert paid(run(body, sold)) == bobs | ann

    def test_depth_grows_with_what_was_sold_before(self) -> None:
        """Ann is paid two levels down once she has two orders."""
        body = LEVELS + 'depth = "count(orders)"\n'
        own = [order(f"a{day}", "ann", on=on(day), pv=1, cv=0) for day in (1, 3)]
        found = run(body, bought(*own, order("b1", "bob", on=on(1), pv=1, cv=0)))

        assert paid(found) == {"bob e": "10.00", "bob m": "10.00", "bob z": "10.00", "ann m": "5.00", "ann z": "5.00"}
        assert [line for line in unpaid(found) if "ann" in line] == ["fast 2 ann depth 5"]

    def test_an_unpaid_level_goes_on_to_whoever_had_enough(self) -> None:
        """With `next` the level is offered further up, order by order."""
        body = LEVELS.replace('unpaid = "lost"', 'unpaid = "next"') + 'pays = "ready"\n'
        sold = bought(order("a1", "ann", on=on(1), pv=100, cv=0), order("b1", "bob", on=on(6), pv=100, cv=0))

        assert paid(run(body, sold)) == {"ann e": "10.00", "ann m": "10.00", "bob z": "10.00", "ann z": "5.00"}

    def test_who_counts_may_be_compared_with_what_the_payee_had(self) -> None:
        """Asking everybody passed anew for each payee is `slow`."""
        body = LEVELS.replace('counts = "true"', 'counts = "personal >= payee.personal"\nslow = true')
        sold = bought(order("a1", "ann", on=on(3), pv=9, cv=0), order("b1", "bob", on=on(7), pv=10, cv=0))

        assert paid(run(body, sold)) == {
            "bob e": "10.00",
            "ann e": "5.00",
            "bob m": "10.00",
            "ann m": "10.00",  # bob had less, and does not count for her
            "bob z": "10.00",
            "ann z": "5.00",
        }

    def test_events_are_walked_alike(self) -> None:
        """An order before an event of the same day and id."""
        body = LEVELS.replace('"orders"\nfrom = "seller"', '"events.cycles"').replace('"cv"', '"size"')
        cycles = [
            {"id": name, "event": "cycles", "date": on(5), "person": "cid", "columns": {"size": 100}}
            for name in ("k", "c")
        ]

        found = run(body + 'pays = "ready"\n', [order("k", "bob", on=on(5), pv=100, cv=0)], events={"cycles": cycles})

        (lines,) = [item for item in found.lines.segments if len(item)]
        assert [label(found, payee) for payee in lines.payee] == ["bob"]
        assert found.rows.events["cycles"].ids.labels(lines.order) == ["k"]

    def test_a_refund_is_netted_from_its_own_day_on(self) -> None:
        """Bob had 100 for the order in the middle, and not any more for the last one."""
        back = order("r", "bob", on=on(6), pv=-1, cv=0, refund_of="b1")
        sold = bought(order("b1", "bob", on=on(3), pv=100, cv=0), back)

        assert paid(run(LEVELS + 'pays = "ready"\n', sold)) == {"bob m": "10.00"}

    def test_a_refund_takes_back_what_was_paid_whatever_is_had_by_then(self) -> None:
        """With `refunds = "original"` the condition is not asked again."""
        back = order("r", "cid", on=on(6), pv=0, cv=-50, refund_of="m")
        sold = bought(
            order("b1", "bob", on=on(3), pv=100, cv=0), order("q", "bob", on=on(5), pv=-1, cv=0, refund_of="b1")
        )
        head = PLAN.replace('refunds = "current"', 'refunds = "original"')

        assert paid(run(LEVELS + 'pays = "ready"\n', [*sold, back], head=head)) == {"bob m": "10.00", "bob r": "-5.00"}

    def test_what_is_owed_above_the_root_ends_at_a_level_without_a_rate(self) -> None:
        """From the top nobody is owed the third level; two people further down it is the only one left."""
        body = LEVELS.replace("[0.10, 0.05]", '[0.10, "none", 0.05]') + 'pays = "ready"\n'
        found = run(body, [order("t", "ann", cv=100, pv=0), order("u", "cid", cv=100, pv=0)])

        above = [line for line in unpaid(found) if line.split()[2] == "-"]
        assert above == ["fast 1 - no_upline 10", "fast 3 - no_upline 5"]


class TestDifferential:
    def test_rates_are_those_of_the_moment(self) -> None:
        """Bob has 10% from his hundred on; ann gets what is left to hers."""
        sold = bought(order("b1", "bob", on=on(6), pv=100, cv=0), order("a1", "ann", on=on(3), pv=100, cv=0))

        assert paid(run(DIFFERENTIAL, sold)) == {
            "bob e": "4.00",
            "bob m": "4.00",
            "ann m": "6.00",
            "bob z": "10.00",
        }

    def test_blocked_by_and_pays_are_asked_then(self) -> None:
        """Whoever is ready when the order comes ends the walk, in front of them."""
        body = DIFFERENTIAL + 'blocked_by = "ready"\npays = "count(orders) < 2"\nunqualified = "skip"\n'
        own = [order(f"b{day}", "bob", on=on(day), pv=40, cv=0) for day in (1, 4, 7)]

        found = run(body, bought(*own))

        assert paid(found) == {"bob e": "4.00", "ann m": "4.00"}
        assert [line for line in unpaid(found) if "bob" in line] == ["fast 1 bob blocked 50"]


class TestReasons:
    def test_inactive_is_whoever_was_not_active_then(self) -> None:
        """Not who was active in the end: of the condition that failed and the reason only one would be right."""
        head = PLAN.replace('refunds = "current"', 'refunds = "current"\nactive = "ready"')
        sold = bought(order("b1", "bob", on=on(6), pv=100, cv=0))

        found = run(LEVELS + 'pays = "ready"\n', sold, head=head)

        assert [line for line in unpaid(found) if "bob" in line] == ["fast 1 bob inactive 10"] * 2

    def test_so_it_is_of_differences_and_amounts(self) -> None:
        """Bob is active in the end, and was not when his first order and cid's first two came."""
        head = PLAN.replace('refunds = "current"', 'refunds = "current"\nactive = "ready"')
        sold = bought(order("b1", "bob", on=on(6), pv=100, cv=0))
        amount = AMOUNT.replace("cv", "pv + 1")

        walked = run(DIFFERENTIAL + 'pays = "ready"\nunqualified = "consumes"\n', sold, head=head)

        assert [line for line in unpaid(walked) if "bob" in line] == ["fast 1 bob inactive 4"] * 2
        assert [line for line in unpaid(run(amount, sold, head=head)) if "bob" in line] == ["fast -1 bob inactive 101"]

    def test_of_an_active_measure_that_asks_others_the_period_speaks(self) -> None:
        """It cannot be known just before an order."""
        head = PLAN.replace('refunds = "current"', 'refunds = "current"\nactive = "busy"')
        head += 'busy = "sum(group, personal) >= 100"\n'
        sold = bought(order("b1", "bob", on=on(6), pv=100, cv=0))

        found = run(LEVELS + 'pays = "ready"\n', sold, head=head)

        assert [line for line in unpaid(found) if "bob" in line] == ["fast 1 bob not_qualified 10"] * 2


class TestWhatIsThePeriods:
    def test_ranks_that_are_attributes_are_known_from_the_beginning(self) -> None:
        """So rates by rank may stand beside conditions of the moment."""
        head = PLAN + '[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "silver"\n[[ranks]]\nid = "gold"\n'
        body = LEVELS.replace("[0.10, 0.05]", "{ silver = [0.10], gold = [0.20, 0.08] }")
        sold = bought(order("b1", "bob", on=on(3), pv=100, cv=0), order("a1", "ann", on=on(6), pv=100, cv=0))

        found = run(
            body + 'pays = "ready and rank >= silver"\n',
            sold,
            head=head,
            people=chain("ann", "bob", "cid", title="gold"),
        )

        assert paid(found) == {"bob m": "20.00", "bob z": "20.00", "ann z": "8.00"}

    def test_a_line_waits_for_what_holds_in_the_period(self) -> None:
        """`deferred_until` is asked of the payee at the period's end, as ever."""
        body = LEVELS + 'deferred_until = "sum(front, personal) > 0"\n'
        found = run(body, bought(order("b1", "bob", on=on(9), pv=1, cv=0)))

        assert paid(found) == {"ann e": "5.00", "ann m": "5.00", "ann z": "5.00"}

    def test_a_measure_is_the_periods_in_a_weeks_bonus_too(self) -> None:
        """What a bonus asks of orders itself is the week's; 2 March is a Monday, and so is the 9th."""
        body = LEVELS + 'every = "week"\npays = "personal + sum(orders, pv) >= 100"\n'
        sold = bought(order("b1", "bob", on=on(3), pv=60, cv=0), order("b2", "bob", on=on(9), pv=40, cv=0))

        assert paid(run(body, sold)) == {"bob m": "10.00", "bob z": "10.00"}

    def test_orders_of_the_month_before_are_none_of_a_measure(self) -> None:
        """The week of 1 March began in February, whose orders the week's own sums see."""
        body = LEVELS + 'every = "week"\npays = "personal >= 100"\n'
        early = [order("b0", "bob", on=date(2026, 2, 24), pv=100, cv=0), order("x", "cid", on=on(1), pv=0, cv=100)]

        assert paid(run(body, early)) == {}
        assert paid(run(body.replace("personal >= 100", "sum(orders, pv) >= 100"), early)) == {"bob x": "10.00"}


def told(result: Result, person: str, sale: str) -> Amount:
    """What `why` says of somebody's amount of an order."""
    (found,) = [item for item in why(result, person).amounts if item.order == sale and item.level is not None]
    return found


class TestWhy:
    SOLD = (order("b1", "bob", on=on(1), pv=60, cv=0), order("b2", "bob", on=on(6), pv=40, cv=0))

    def test_tells_a_condition_as_of_the_order(self) -> None:
        """Bob has 100 in the statement, and had 60 when the order came."""
        found = run(LEVELS + 'pays = "ready"\n', bought(*self.SOLD))

        assert told(found, "bob", "m").because == "ready is false just before the order: personal = 60.00"

    def test_tells_what_is_asked_of_orders_in_its_own_words(self) -> None:
        """And whose they are, by id."""
        found = run(LEVELS + 'pays = "sum(orders, pv) >= 100 and id != source.id"\n', bought(*self.SOLD))

        assert told(found, "bob", "m").because == (
            "sum(orders, pv) >= 100 and id != source.id is false just before the order: "
            "sum(orders, pv) = 60.00, id = bob, source.id = cid"
        )

    def test_tells_why_somebody_was_passed(self) -> None:
        """Whoever had nothing then uses up no level."""
        body = LEVELS.replace('counts = "true"', 'counts = "personal > 0"')
        found = run(body, bought(order("b1", "bob", on=on(5), pv=1, cv=0), order("a1", "ann", pv=1, cv=0)))

        (step,) = told(found, "ann", "e").passed
        assert (step.counts, step.because) == (False, "personal > 0 is false just before the order: personal = 0.00")

    def test_tells_what_a_rate_and_a_base_were_made_of(self) -> None:
        """Which the statement's columns, those of the period, do not show."""
        body = LEVELS.replace("[0.10, 0.05]", '["0.10 if personal >= 60 else 0.01", 0.05]')
        body = body.replace('base = "cv"', 'base = "cv if source.personal < 1 else 0"')
        found = run(body, bought(*self.SOLD))

        assert told(found, "bob", "m").because == (
            "just before the order source.personal = 0.00; just before the order personal = 60.00"
        )

    def test_tells_a_differences_rate(self) -> None:
        """And what was met before, as of the order."""
        found = run(DIFFERENTIAL, bought(*self.SOLD, order("a1", "ann", pv=100, cv=0)))

        assert told(found, "ann", "m").because == (
            "0.10 if personal >= 100 else 0.04 is 0.10 just before the order: personal = 100.00; 0.04 was met before"
        )

    def test_says_that_a_merged_line_was_asked_order_by_order(self) -> None:
        """One line for several orders has no one moment."""
        found = run(LEVELS + 'pays = "ready"\ndetail = "person"\n', bought(*self.SOLD))

        (unpaid_line,) = [item for item in why(found, "bob").amounts if item.kind == "unpaid"]
        assert unpaid_line.because == "ready was asked of each walk, and the line merges several"


def said(body: str, head: str = PLAN) -> list[str]:
    """What the loader finds wrong."""
    with pytest.raises(InputError) as caught:
        loads_plan(head + body)
    return [f"{finding.path}: {finding.what}; {finding.todo}" for finding in caught.value.findings]


class TestFindings:
    ENDLESS = "asks everybody up to the root, for each order or event anew, what they had just before it"
    TODO = "read a person's own orders, events, attributes and previous state, or leave out as_of"

    def test_an_order_column_made_of_what_the_seller_has_in_the_end(self) -> None:
        """It would bring to each order what comes after it; also where another column or an aggregate reads it."""
        head = PLAN.replace(
            "[measures]",
            '[order_columns]\nbig = "pv if seller.personal > 50 else 0"\nbigger = "2 * big"\n'
            '[measures]\nbigs = "sum(orders, bigger)"',
        )

        found = said(LEVELS + 'where = "big > 0"\npays = "order.bigger > 0 and bigs > 0"\n', head)

        begins = "it is taken just before each order or event, and"
        inner = "and in bigger big reads seller.personal, as it is in the period"
        assert found == [
            f"bonuses.fast.where: {begins} big reads seller.personal, as it is in the period; {self.TODO}",
            f"bonuses.fast.pays: {begins} in bigger big reads seller.personal, as it is in the period; {self.TODO}",
        ]
        assert said(LEVELS + 'pays = "bigs > 0"\n', head) == [
            f"bonuses.fast.pays: {begins} in bigs sum(...) over orders reads bigger, {inner}; {self.TODO}"
        ]

    @pytest.mark.parametrize(
        ("pays", "problem"),
        [
            ("sponsor(status, default='') == 'active'", "it asks somebody above"),
            ("personal > company.personal", "company.personal sums what is not known yet"),
            ("count(orders, distinct=customer) > 1", "count(...) over orders can't be told event by event"),
            ("top(2, orders, pv) > 5", "top(...) over orders can't be told event by event"),
            ("count(customers) > 1", "count(...) over customers looks at more than a person's own orders and events"),
            (
                "sum(orders, pv, where=me.ready) > 5",
                "sum(...) over orders reads ready, which changes with each event",
            ),
            (
                "max(orders, pv, where=pv > company.pv) > 5",
                "max(...) over orders reads company.pv, and company.pv sums what is not known yet",
            ),
            (
                "min(orders, pv, default=sum(front, personal)) > 5",
                "sum(...) over front looks at more than a person's own orders and events",
            ),
            ("order.share > 0", "in share company.pv sums what is not known yet"),
            (
                "any(past(1), personal < me.personal)",
                "any(...) over past reads me.personal, which changes with each event",
            ),
            ("min(past(1), personal, default=team) > 5", "in team sum(...) over group looks at more than a person's"),
        ],
    )
    def test_whatever_is_not_known_just_before_an_order(self, pays: str, problem: str) -> None:
        """Other people, sums over everybody, and what would have to be looked at anew for each order."""
        head = PLAN.replace(
            "[measures]", '[order_columns]\nshare = "pv - company.pv"\n[history]\npersonal = 1\n[measures]'
        )
        (found,) = said(f'{LEVELS}pays = "{pays}"\n', head + 'team = "sum(group, personal)"\n')

        begins = "it is taken just before each order or event, and"
        assert found.startswith(f"bonuses.fast.pays: {begins} {problem}")
        assert found.endswith(self.TODO)

    def test_rates_by_rank_are_asked_too(self) -> None:
        """Where ranks are attributes, and so known; the section of the rates is named."""
        head = PLAN + '[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "silver"\n'

        (found,) = said(LEVELS.replace("[0.10, 0.05]", '{ silver = ["0.1 if count(front) > 1 else 0.2"] }'), head)

        assert found.startswith(
            "bonuses.fast.rates: it is taken just before each order or event, and count(...) over front"
        )

    def test_levels_without_end(self) -> None:
        """Everybody above would be asked for each order anew."""
        body = LEVELS.replace("[0.10, 0.05]", "[0.10]\nbeyond = 0.01") + 'pays = "ready"\n'

        todo = "end the levels by `depth`, or by a list of rates without `beyond`; or write slow = true"
        assert said(body) == [f"bonuses.fast.pays: {self.ENDLESS}; {todo}"]
        assert loads_plan(PLAN + body + "slow = true\n").bonuses[0].slow
        assert loads_plan(PLAN + body + "depth = 5\n").bonuses[0].as_of == "event"
        assert said(body + 'depth = "unlimited"\ndetail = "payee"\n') == said(body)

    def test_a_difference_without_a_limit(self) -> None:
        """Likewise, and there nothing else ends a walk."""
        body = DIFFERENTIAL.replace('limit = 0.5\nno_upline = "lost"\n', "")

        todo = "write a `limit`, at which a walk ends; or slow = true"
        assert said(body) == [f"bonuses.fast.rate: {self.ENDLESS}; {todo}"]
