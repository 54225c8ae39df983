"""`[boards.NAME]`: boards that fill, split, cycle and are entered again, rule by rule."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from attrs import evolve

from compensation.engine.small_boards import (
    CYCLE_PAYS,
    EPOCH,
    TWO_BY_TWO,
    Sale,
    board_inputs,
    boards_plan,
    cycled,
    flat,
    run,
    sales,
    seated,
)
from compensation.engine.small_plans import ledger
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import CarriedRows, Events, RunInputs, State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.commissions import CommissionCarry
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.carried import rows_of, state_of

QUEUE = TWO_BY_TWO.replace("width = 2", "width = 3").replace("levels = 2", "levels = 1")
FOLLOW_ME = TWO_BY_TWO.replace("oldest", "nearest")
BELOW = FOLLOW_ME.replace("breadth_first", "below")
PAIR = TWO_BY_TWO.replace("levels = 2", "levels = 1")
"""A board of three seats: every second position makes it cycle."""
NONE = flat("a b c d e f g h i j k l m n o")
TEAM = {"ann": "", "b": "ann", "c": "ann", "d": "b", "e": "b", "f": "c", "g": "c", "h": "d", "x": ""}


def _said(made: Plan, inputs: RunInputs) -> list[str]:
    with pytest.raises(InputError) as caught:
        calculate(made, inputs)
    return [str(finding) for finding in caught.value.findings]


class TestFilling:
    def test_a_two_by_two_cycles_with_the_seventh(self) -> None:
        """A head, two, and four: the last of them pays the head."""
        result = run(boards_plan(), NONE, sales("a b c d e f g"))

        assert cycled(result) == ["silver-000000001 1 a, in on 1, by g"]
        assert seated(result) == ["2: b d e - - - -", "3: c f g - - - -"]
        assert result.totals_by_bonus()["cycle"].amount == 100

    def test_six_do_not_fill_it(self) -> None:
        """There is no cycle, and one board with one free seat."""
        result = run(boards_plan(), NONE, sales("a b c d e f"))

        assert cycled(result) == []
        assert seated(result) == ["1: a b c d e f -"]

    def test_the_board_that_opened_first_fills_first(self) -> None:
        """Four more fill the left half, the next four the right one; each then stands one row higher."""
        result = run(boards_plan(), NONE, sales("a b c d e f g h i j k l m n o"))

        assert cycled(result) == [
            "silver-000000001 1 a, in on 1, by g",
            "silver-000000002 1 b, in on 1, by k",
            "silver-000000003 1 c, in on 1, by o",
        ]
        assert seated(result) == [
            "4: d h i - - - -",
            "5: e j k - - - -",
            "6: f l m - - - -",
            "7: g n o - - - -",
        ]

    def test_a_queue_pays_the_oldest_with_every_third_entry(self) -> None:
        """One row, three wide: after the first four, three new positions make each cycle."""
        result = run(boards_plan(QUEUE), NONE, sales("a b c d e f g h i j"))

        assert [line.partition(",")[0] for line in cycled(result)] == [
            "silver-000000001 1 a",
            "silver-000000002 1 b",
            "silver-000000003 1 c",
        ]

    def test_a_board_of_one_below_one_is_a_line(self) -> None:
        """Each entry lets the one before go, and the board goes on as one."""
        result = run(boards_plan(QUEUE.replace("3", "1")), NONE, sales("a b c"))

        assert [line[-10:] for line in cycled(result)] == ["on 1, by b", "on 1, by c"]
        assert seated(result) == ["3: c -"]

    def test_a_person_may_take_many_positions(self) -> None:
        """The head may fill the own board."""
        result = run(boards_plan(PAIR), NONE, sales("a a a"))

        assert cycled(result) == ["silver-000000001 1 a, in on 1, by a"]
        assert seated(result) == ["2: a - -", "3: a - -"]


class TestNearest:
    def test_is_the_board_of_whoever_brought_them(self) -> None:
        """Whoever has no upline with a position opens a board."""
        result = run(boards_plan(FOLLOW_ME), TEAM, sales("ann b x c"))

        assert seated(result) == ["1: ann b c - - - -", "2: x - - - - - -"]

    def test_uplines_without_a_position_are_passed_over(self) -> None:
        """The search goes on up."""
        result = run(boards_plan(FOLLOW_ME), TEAM, sales("ann h"))

        assert seated(result) == ["1: ann h - - - - -"]

    def test_people_follow_their_upline_after_the_split(self) -> None:
        """H comes below d, who went to the left with b: the right half stays as it was."""
        result = run(boards_plan(FOLLOW_ME), TEAM, sales("ann b c d e f g h"))

        assert cycled(result) == ["silver-000000001 1 ann, in on 1, by g"]
        assert seated(result) == ["2: b d e h - - -", "3: c f g - - - -"]

    def test_own_positions_do_not_count(self) -> None:
        """Whoever has no upline opens a board with each of theirs."""
        result = run(boards_plan(FOLLOW_ME), NONE, sales("a a"))

        assert seated(result) == ["1: a - - - - - -", "2: a - - - - - -"]

    def test_of_several_positions_of_the_upline_the_oldest_counts(self) -> None:
        """Ann has boards 1 and 2; when she has cycled off the first, it is the second."""
        orders = [*sales("ann ann b c"), *sales("b", day=2), *sales("c", day=3)]

        result = run(boards_plan(FOLLOW_ME.replace("levels = 2", "levels = 1")), TEAM, orders)

        assert cycled(result) == ["silver-000000001 1 ann, in on 1, by c", "silver-000000002 3 ann, in on 1, by c"]
        assert seated(result) == ["3: b - -", "4: c - -", "5: b - -", "6: c - -"]

    def test_the_oldest_position_may_be_on_a_younger_board(self) -> None:
        """Age is that of the position, also after it was handed on."""
        rows = [(1, 0, -1, 2, "ann"), (2, 0, -1, 1, "ann")]
        columns = dict(zip(("board", "seat", "above", "position", "person"), zip(*rows, strict=True), strict=True))

        result = run(boards_plan(FOLLOW_ME), TEAM, sales("b"), before=_state(columns))

        assert seated(result) == ["1: ann - - - - - -", "2: ann b - - - - -"]

    def test_the_tree_may_be_another(self) -> None:
        """The one that is named."""
        text = FOLLOW_ME.replace("then = []", 'tree = "sponsor"\nthen = []')

        assert seated(run(boards_plan(text), TEAM, sales("ann b"))) == ["1: ann b - - - - -"]


class TestSeats:
    def test_breadth_first_fills_the_highest_row_from_the_left(self) -> None:
        """Wherever the upline sits."""
        result = run(boards_plan(FOLLOW_ME), TEAM, sales("ann b d h"))

        assert seated(result) == ["1: ann b d h - - -"]

    def test_below_is_the_seat_nearest_below_the_upline(self) -> None:
        """D comes below b though a seat is free on a higher row."""
        result = run(boards_plan(BELOW), TEAM, sales("ann b d c e f"))

        assert seated(result) == ["1: ann b c d e f -"]

    def test_below_goes_row_by_row_from_the_left(self) -> None:
        """Of the upline's positions it is the oldest below which they come; when that is full, the whole board."""
        result = run(boards_plan(BELOW.replace("levels = 2", "levels = 3")), TEAM, sales("ann b d h d h h"))

        assert seated(result)[0].split()[1:10] == ["ann", "b", "h", "d", "d", "-", "-", "h", "h"]

    def test_where_nothing_is_free_below_it_is_the_whole_board(self) -> None:
        """H is on the last row below d, and whoever comes below h gets the highest free seat."""
        people = {"ann": "", "b": "ann", "d": "b", "h": "d"}

        result = run(boards_plan(BELOW), people, sales("ann b d h"))

        assert seated(result) == ["1: ann b h d - - -"]


class TestThen:
    def test_re_entry_is_a_new_position(self) -> None:
        """A is paid, and sits on the oldest board at once, before the next order."""
        result = run(boards_plan(TWO_BY_TWO.replace("[]", '["silver"]')), NONE, sales("a b c d e f g h"))

        assert seated(result) == ["2: b d e a h - -", "3: c f g - - - -"]

    def test_a_head_who_enters_again_looks_for_the_upline_like_everybody(self) -> None:
        """B cycles and lands on ann's board; ann, who has nobody above, opened a new one when she cycled."""
        text = FOLLOW_ME.replace("levels = 2", "levels = 1").replace("[]", '["silver"]')

        result = run(boards_plan(text), TEAM, sales("ann b c d e"))

        assert [line[:24] for line in cycled(result)] == ["silver-000000001 1 ann, ", "silver-000000002 1 b, in"]
        assert seated(result) == ["3: c - -", "4: ann b -", "5: d - -", "6: e - -"]

    def test_moving_on_is_the_way_to_another_board(self) -> None:
        """Gold is entered by nobody else; its third position makes it cycle."""
        text = PAIR.replace("[]", '["gold"]') + PAIR.replace("silver", "gold").replace(
            'source = "orders"\nfrom = "seller"\n', ""
        )

        result = run(boards_plan(text), NONE, sales("a b c d e f g"))

        assert seated(result, "gold") == ["2: b - -", "3: c - -"]
        assert cycled(result, "gold") == ["gold-000000001 1 a, in on 1, by c"]

    def test_one_entry_may_make_several_boards_cycle(self) -> None:
        """G fills silver, whose head fills gold, whose head enters silver again."""
        silver = PAIR.replace("[]", '["gold"]').replace("width", 'where = "pv == 1"\nwidth')
        gold = PAIR.replace("silver", "gold").replace("[]", '["silver"]').replace("width", 'where = "pv > 1"\nwidth')
        orders = [*sales("a b"), Sale(id="0301-8", seller="x", pv=5), Sale(id="0301-9", seller="y", pv=5)]

        result = run(boards_plan(silver + gold), flat("a b c x y"), [*orders, *sales("c", 2)])

        assert cycled(result) == ["silver-000000001 2 a, in on 1, by c"]
        assert cycled(result, "gold") == ["gold-000000001 2 x, in on 1, by a"]
        assert (seated(result), seated(result, "gold")) == (["2: b x -", "3: c - -"], ["2: y - -", "3: a - -"])

    def test_a_name_may_stand_there_twice(self) -> None:
        """Two positions, one after the other."""
        gold = QUEUE.replace("silver", "gold").replace('source = "orders"\nfrom = "seller"\n', "")

        result = run(boards_plan(PAIR.replace("[]", '["gold", "gold"]') + gold), NONE, sales("a b c d e"))

        assert cycled(result, "gold") == ["gold-000000001 1 a, in on 1, by b"]
        assert seated(result, "gold") == ["2: a - - -", "3: b - - -", "4: b - - -"]

    def test_what_a_cycle_leads_to_comes_first_in_first_out(self) -> None:
        """A enters gold, where x cycles, then blue, where y cycles; only then come x and y to red."""
        following = PAIR.replace('source = "orders"\nfrom = "seller"\n', "").replace("silver", "red")
        line = PAIR.replace("width = 2", "width = 1")
        gold = line.replace("silver", "gold").replace("width", 'where = "pv == 5"\nwidth').replace("[]", '["red"]')
        blue = line.replace("silver", "blue").replace("width", 'where = "pv == 7"\nwidth').replace("[]", '["red"]')
        silver = PAIR.replace("[]", '["gold", "blue", "red"]').replace("width", 'where = "pv == 1"\nwidth')
        orders = [Sale(id="0301", seller="x", pv=5), Sale(id="0302", seller="y", pv=7), *sales("a b c", 2)]

        result = run(boards_plan(silver + gold + blue + following), flat("a b c x y"), orders)

        assert cycled(result, "red") == ["red-000000001 2 a, in on 2, by y"]
        assert seated(result, "red") == ["2: x - -", "3: y - -"]


class TestRows:
    def test_where_says_which_rows_bring_positions(self) -> None:
        """Columns of the order, and of the person who takes the position."""
        text = TWO_BY_TWO.replace("width", 'where = "pv >= 2 and not off and seller.joined < date"\nwidth')
        orders = [
            Sale(id="1", seller="a", pv=1),
            Sale(id="2", seller="b", pv=2),
            Sale(id="3", seller="off", pv=2),
        ]

        assert seated(run(boards_plan(text), flat("a b off"), orders)) == ["1: b - - - - - -"]

    def test_where_may_read_measures_and_columns_of_orders(self) -> None:
        """Those that are made of a person's own."""
        text = '[order_columns]\nlarge = "pv >= 2"\n' + TWO_BY_TWO.replace(
            "width", 'where = "large and source.personal >= 3"\nwidth'
        )
        orders = [Sale(id="1", seller="a", pv=2), Sale(id="2", seller="b", pv=2), Sale(id="3", seller="b", pv=1)]

        assert seated(run(boards_plan(text), flat("a b"), orders)) == ["1: b - - - - - -"]

    def test_entries_are_positions_one_after_the_other(self) -> None:
        """Of nothing there is none."""
        text = PAIR.replace("width", 'entries = "floor(pv / 2)"\nwidth')
        orders = [Sale(id="1", seller="a", pv=5), Sale(id="2", seller="b", pv=1), Sale(id="3", seller="c", pv=2)]

        result = run(boards_plan(text), NONE, orders)

        assert cycled(result) == ["silver-000000001 1 a, in on 1, by c"]
        assert seated(result) == ["2: a - -", "3: c - -"]

    def test_entries_that_are_no_whole_number_stop_the_run(self) -> None:
        """With the order, the formula and what to do; only rows for which `where` holds are asked."""
        text = PAIR.replace("width", 'entries = "0.5 * pv"\nwhere = "pv < 9"\nwidth')
        orders = [Sale(id=str(pv), seller="a", pv=pv) for pv in (1, 2, 3, 11)]

        assert _said(boards_plan(text), board_inputs(NONE, orders)) == [
            (
                "<text>:27: boards.silver.entries: '0.5 * pv' is 0.500 for order '1' and 1 more; a row brings a whole "
                "number of positions, from 0: put a floor(...) around it, or leave the row out by `where`"
            )
        ]

    def test_a_plan_written_in_python_is_told_by_its_names(self) -> None:
        """It has no file and no lines."""
        made = boards_plan(PAIR)
        board = evolve(made.boards["silver"], entries="0.5 * pv")
        made = evolve(made, boards={"silver": board}, steps=())

        (said,) = _said(made, board_inputs(NONE, [Sale(id="1", seller="a", pv=1)]))

        assert said.startswith("boards.silver.entries: '0.5 * pv' is 0.500 for order '1'; ")

    @pytest.mark.parametrize(("entries", "value"), [("1 - pv", "-1.00"), ("1 if pv > 5 else none", "none")])
    def test_entries_are_never_negative_and_never_none(self, entries: str, value: str) -> None:
        """Nothing is guessed."""
        text = PAIR.replace("width", f'entries = "{entries}"\nwidth')

        (said,) = _said(boards_plan(text), board_inputs(NONE, [Sale(id="1", seller="a", pv=2)]))

        assert said.partition(": a row")[0].partition(";")[0] == (
            f"<text>:27: boards.silver.entries: {entries!r} is {value} for order '1'"
        )

    def test_a_refund_brings_nothing_and_takes_nothing(self) -> None:
        """The board stays as it is."""
        orders = [*sales("a b"), Sale(id="back", seller="a", day=2, refund_of="0301-000", pv=-1)]

        assert seated(run(boards_plan(), NONE, orders)) == ["1: a b - - - - -"]

    def test_the_buyer_may_take_the_position(self) -> None:
        """An order without a buying distributor brings none."""
        text = TWO_BY_TWO.replace('"seller"', '"buyer"')
        orders = [Sale(id="1", seller="a", buyer="b"), Sale(id="2", seller="a")]

        assert seated(run(boards_plan(text), NONE, orders)) == ["1: b - - - - - -"]

    def test_only_rows_of_the_period_count(self) -> None:
        """Those of other days may be given for a bonus of a longer period, and both ends of it are exact."""
        orders = [*sales("a", 28, 2), *sales("b", 1, 3), *sales("c", 31, 3), *sales("d", 1, 4)]
        quarterly = CYCLE_PAYS + 'every = "quarter"\n'

        assert seated(run(boards_plan(bonuses=quarterly), NONE, orders)) == ["1: b c - - - - -"]

    def test_of_one_row_the_boards_come_by_their_names(self) -> None:
        """Alpha's cycle leads to silver before the same order takes its own position there."""
        alpha = PAIR.replace("silver", "alpha").replace("[]", '["silver"]')

        result = run(boards_plan(TWO_BY_TWO + alpha), NONE, sales("a b c"))

        assert seated(result) == ["1: a b a c - - -"]

    def test_events_bring_positions_after_the_orders_of_their_day(self) -> None:
        """Whatever their ids; events of one day by id, and by name where the ids are the same."""
        line = QUEUE.replace("width = 3", "width = 1").replace("[]", '["silver"]').replace('from = "seller"\n', "")
        demo = line.replace("silver]", "demo]").replace('"orders"', '"events.demos"')
        visit = line.replace("silver]", "visit]").replace('"orders"', '"events.visits"')
        made = boards_plan("[inputs.events.demos]\n[inputs.events.visits]\n" + TWO_BY_TWO + demo + visit)
        inputs = board_inputs(flat("x p q r s t"), [Sale(id="z", seller="x", day=2)])
        first, second = ((date(2026, 3, day) - EPOCH).days for day in (1, 2))
        demos = _events(("before", first, 1), ("m", second, 3), ("b", second, 5))
        visits = _events(("before", first, 2), ("m", second, 4))

        result = calculate(made, evolve(inputs, events={"demos": demos, "visits": visits}))

        assert seated(result) == ["1: x p t q - - -"]  # the order; then demo b, demo m, visit m, each lets a head go


def _events(*rows: tuple[str, int, int]) -> Events:
    return Events(
        ids=IdIndex.from_labels([label for label, _, _ in rows]),
        date=[day for _, day, _ in rows],
        person=[person for _, _, person in rows],
    )


class TestCycles:
    def test_uplines_are_paid_by_a_walk(self) -> None:
        """From the head up."""
        bonus = """
[[bonuses]]
id = "match"
type = "matching"
kind = "levels"
source = "events.silver"
amounts = [50, 20]
counts = "true"
unpaid = "lost"
no_upline = "lost"
"""
        people = {"top": "", "ann": "top", "b": "", "c": ""}

        result = run(boards_plan(PAIR, bonus), people, sales("ann b c"))

        assert [line[:12] for line in ledger(result)] == ["match 1 top "]

    def test_measures_count_them(self) -> None:
        """Those of the period."""
        result = run(boards_plan(PAIR, measures='cycles = "count(events.silver)"\n'), NONE, sales("a a a b b"))

        assert result.measures["cycles"].values[:2].tolist() == [2, 0]

    def test_bonuses_read_their_columns(self) -> None:
        """The days between entering and cycling, and who filled the board."""
        bonus = (
            CYCLE_PAYS.replace('"100"', "\"days_between(entered, date) if filled_by == 'c' else 0\"")
            + 'negative = "charge"\n'
        )

        result = run(boards_plan(PAIR, bonus), NONE, [*sales("a b", 2), *sales("c", 9)])

        assert result.totals_by_bonus()["cycle"].amount == 7

    def test_a_bonus_may_ask_which_one_of_the_period_it_is(self) -> None:
        """`position` and `as_of` work as for any event."""
        bonus = CYCLE_PAYS.replace('"100"', '"10 * position(true) + before"') + 'as_of = "event"\n'

        result = run(boards_plan(PAIR, bonus, 'before = "count(events.silver)"\n'), NONE, sales("a a a b b"))

        assert result.totals_by_bonus()["cycle"].amount == 10 + 21

    def test_why_says_which_board_it_was(self) -> None:
        """Its number, since when the head sat there, who filled it and when."""
        result = run(boards_plan(PAIR), NONE, [*sales("a b", 2), *sales("c", 9)])

        amount = why(result, "a").amounts[0]

        assert (amount.order, amount.day, amount.dated) == ("silver-000000001", "2026-03-09", "silver")
        assert amount.because == (
            "board 1 of silver: a entered on 2026-03-02, cycled on 2026-03-09, when c took the last seat"
        )

    def test_a_quarters_bonus_sees_the_cycles_of_all_its_months(self) -> None:
        """They are handed on until the quarter ends, and counted once."""
        quarterly = boards_plan(PAIR, CYCLE_PAYS + 'every = "quarter"\n')
        orders = [*sales("a b c", month=1), *sales("d e", month=3), *sales("f g", month=4)]
        state, paid = State.empty(), []
        for month in (1, 2, 3, 4):
            result = run(quarterly, NONE, orders, f"2026-0{month}", state)
            state = result.handed_on()
            paid.append((len(result.lines.segments[0]) if result.lines.segments else 0, len(result.events["silver"])))

        assert paid == [(0, 1), (0, 0), (2, 2), (0, 1)]
        assert sorted(state.rows) == ["board silver", "cycles silver"]

    def test_nothing_of_them_is_handed_on_where_no_bonus_looks_back(self) -> None:
        """Only who sits where."""
        assert sorted(run(boards_plan(PAIR), NONE, sales("a b c")).handed_on().rows) == ["board silver"]

    def test_row_order_means_nothing(self) -> None:
        """The same bytes come of orders in any order."""
        orders = sales("a b c d e f g h")

        assert run(boards_plan(), NONE, orders).digest == run(boards_plan(), NONE, orders[::-1]).digest


class TestTheNextPeriod:
    def test_boards_go_on_and_numbers_are_never_given_twice(self) -> None:
        """Ids of cycles are unique for ever."""
        first = run(boards_plan(), NONE, sales("a b c d e f g"))

        second = run(boards_plan(), NONE, sales("h i j k", 5, 4), "2026-04", first.handed_on())

        assert cycled(second) == ["silver-000000002 5 b, in on 1, by k"]
        assert seated(second) == ["3: c f g - - - -", "4: d h i - - - -", "5: e j k - - - -"]

    def test_a_store_keeps_them_as_they_are(self) -> None:
        """Written and read back, the next period comes to the same bytes."""
        quarterly = boards_plan(bonuses=CYCLE_PAYS + 'every = "quarter"\n')
        state = run(quarterly, NONE, sales("a b c d e f g", month=2), "2026-02").handed_on()
        stored = [
            CommissionCarry(
                run_id=UUID(int=1), period_id="2026-02", distributor_id=None, name=name, value=value, created_at=None
            )
            for name, value in rows_of(state.rows)
        ]

        read = evolve(state, rows=state_of(stored).rows)

        after = [run(quarterly, NONE, sales("h i j k"), before=before) for before in (state, read)]
        assert len(stored) == 2
        assert after[0].digest == after[1].digest

    def test_whoever_has_a_position_must_be_there(self) -> None:
        """A hole would pay somebody else."""
        state = run(boards_plan(), NONE, sales("a b")).handed_on()

        assert _said(boards_plan(), board_inputs(flat("a"), [], "2026-04", state)) == [
            (
                "board silver: board 1: person b: b has a position and is not among the people; "
                "give everybody who has a position on an open board; who left keeps it"
            )
        ]

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (
                TWO_BY_TWO.replace("width = 2", "width = 3"),
                "seat 3 stands below seat 1, and in a board 3 wide with 2 rows below seat 0",
            ),
            (
                TWO_BY_TWO.replace("levels = 2", "levels = 1"),
                "d sits on seat 3, and a board 2 wide with 1 row has the seats 0 to 2",
            ),
        ],
    )
    def test_another_shape_is_refused_while_boards_are_open(self, text: str, what: str) -> None:
        """A seat that means something else would pay somebody else."""
        state = run(boards_plan(), NONE, sales("a b c d")).handed_on()

        assert _said(boards_plan(text), board_inputs(NONE, [], "2026-04", state)) == [
            (
                f"board silver: board 1: {what}; correct what was handed on, or leave width and levels of the board as "
                "they were"
            )
        ]

    @pytest.mark.parametrize(
        ("rows", "what"),
        [
            ([(0, 0, -1, 1, "a")], "boards are numbered from 1"),
            ([(1, 0, -1, 1, "a"), (1, 0, -1, 2, "b")], "a seat is taken twice"),
            ([(1, 0, -1, 1, "a"), (1, 3, 1, 2, "b")], "b sits on seat 3, and nobody on seat 1 above it"),
            ([(1, 0, -1, 1, "a"), (1, 1, 0, 1, "b")], "position 1 of b is no number of its own, from 1"),
            ([(1, 0, -1, 0, "a")], "position 0 of a is no number of its own, from 1"),
            (
                [(1, seat, (seat - 1) // 2, seat + 1, "a") for seat in range(7)],
                "every seat is taken, so that a board 2 wide with 2 rows would have cycled",
            ),
        ],
    )
    def test_what_no_run_hands_on_is_refused(self, rows: list[tuple[int, int, int, int, str]], what: str) -> None:
        """It may have been written by hand."""
        columns = dict(zip(("board", "seat", "above", "position", "person"), zip(*rows, strict=True), strict=True))

        said = _said(boards_plan(), board_inputs(NONE, [], "2026-04", _state(columns)))

        number = rows[0][0]
        assert said == [
            (
                f"board silver: board {number}: {what}; correct what was handed on, or leave width and levels of the "
                "board as they were"
            )
        ]

    def test_columns_of_another_kind_are_refused(self) -> None:
        """All that is wrong with them at once."""
        state = _state({"board": [1], "seat": [0], "above": [-1], "place": [1], "person": ["a"]})

        assert _said(boards_plan(), board_inputs(NONE, [], "2026-04", state)) == [
            (
                "board silver: place, position is not as it is handed on; the columns are board (number), "
                "seat (number), above (number), position (number), person (text), entered (date)"
            )
        ]

    def test_a_board_that_the_plan_dropped_is_found(self) -> None:
        """And so are cycles that a bonus was to count; an empty one is nothing."""
        made = boards_plan(PAIR, CYCLE_PAYS + 'every = "quarter"\n')
        state = run(made, NONE, sales("a b c", month=2), "2026-02").handed_on()

        assert _said(boards_plan("", ""), board_inputs(NONE, [], "2026-03", state)) == [
            (
                "previous.board silver: open boards 'silver' were handed on, and the plan has no such board; "
                "keep it in the plan, or take them out of the previous state for good"
            ),
            (
                "previous.cycles silver: cycles of the boards 'silver' were handed on, and the plan has no such board; "
                "keep it in the plan, or take them out of the previous state for good"
            ),
        ]
        empty = run(made, NONE, [], "2026-02").handed_on()
        assert seated(run(boards_plan(), NONE, [], before=empty)) == []
        assert run(boards_plan("", ""), NONE, [], before=empty).lines.segments == ()

    def test_a_tree_that_the_plan_dropped_is_found_too(self) -> None:
        """Places are never given anew, so they are not forgotten in silence."""
        tree = '[trees.matrix]\nplaced = "left"\nunder = "root"\nwidth = 2\norder = "joined"\n'
        state = run(boards_plan(tree, ""), flat("a"), []).handed_on()

        assert _said(boards_plan("", ""), board_inputs(flat("a"), [], "2026-04", state)) == [
            (
                "previous.tree matrix: places of the tree 'matrix' were handed on, and the plan makes no such tree; "
                "keep it in the plan, or take them out of the previous state for good"
            )
        ]

    def test_cycles_are_never_given(self) -> None:
        """The plan makes them."""
        inputs = evolve(board_inputs(NONE, sales("a")), events={"silver": _events(("s1", 20600, 0))})

        assert _said(boards_plan(), inputs) == [
            "events silver: events 'silver' are given, and the plan makes them itself; leave them out"
        ]


def _state(columns: Mapping[str, Sequence[Any]]) -> State:
    made = {
        name: Column.texts(values) if name == "person" else Column.scaled(np.array(values, dtype=np.int64), 0)
        for name, values in columns.items()
    }
    entered = Column.days(np.zeros(len(columns["board"]), dtype=np.int32))
    return evolve(State.empty(), rows={"board silver": CarriedRows(columns={**made, "entered": entered})})


class TestPlansWithoutBoards:
    def test_hand_on_nothing_of_them(self) -> None:
        """And have no such events."""
        result: Result = run(boards_plan("", ""), NONE, sales("a"))

        assert (dict(result.handed_on().rows), dict(result.events)) == ({}, {})
