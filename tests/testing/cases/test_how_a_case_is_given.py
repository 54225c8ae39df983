"""What a case can give to a run: people, trees, orders, measures, the period before, several periods."""

from pathlib import Path

import pytest

from mlmcore.testing.cases import read_cases
from testing.cases.case_texts import TOP, Folder, below

OF_PEOPLE = "expect: {ann: {group_volume: 111}, bob: {word: area manager, group_volume: 11}, cid: {personal: 1}}"


class TestPeople:
    @pytest.mark.parametrize(
        "people",
        [
            """
people: |
  # who there is
  ann personal=100

     bob   title="area manager" leg=left personal=10  # below ann
        cid leg=1 personal=1
""",
            """
people:
  - {id: cid, sponsor: bob, leg: 1, personal: 1}
  - {id: ann, sponsor: none, personal: 100}
  - {id: bob, sponsor: ann, title: area manager, leg: left, personal: 10}
""",
            """
people: |
  ann
    bob title="area manager" leg=1
      cid leg=1
given: {ann: {personal: 100}, bob: {personal: 10}, cid: {personal: 1}}
""",
        ],
        ids=["outline", "list", "given apart"],
    )
    def test_the_spellings_mean_the_same(self, people: str, folder: Folder) -> None:
        """However deep the lines are indented."""
        assert folder.differing(people + OF_PEOPLE) == []

    def test_people_and_orders_may_stand_in_files(self, folder: Folder) -> None:
        """From the folder of the cases; what is wrong in them is found there."""
        header = "id,status,joined,sponsor,placement,leg,vip\n"
        Path("people.csv").write_text(f"{header}ann,active,2020-01-01,,,,true\nbob,active,2020-01-01,ann,ann,1,no\n")
        Path("orders.csv").write_text("id,date,seller,pv,cv\no1,2026-03-05,bob,7,8\n")
        top = TOP.replace("trees: {placement: sponsor}\n", "")
        case = "people: {csv: people.csv}\norders: {csv: orders.csv}\nexpect: {ann: {group_volume: 7}}"

        said = folder.refused(top + below(case))
        Path("people.csv").write_text(Path("people.csv").read_text().replace(",no\n", ",false\n"))
        (outcome,) = folder.outcomes(top + below(case))

        assert said == ["people.csv:3: vip: 'no' is neither true nor false; known: false, true"]
        assert outcome.passed

    def test_people_begin_as_the_defaults_say(self, folder: Folder) -> None:
        """Of the file, or else active since 2000; what a person says goes before."""
        top = TOP.replace("people: {vip: false}", "people: {vip: true, title: boss, joined: 2026-05-01}")
        text = top + below("people: |\n  ann joined=2026-01-01\n  bob\nexpect: {ann: {word: boss}}")
        (case,) = read_cases(folder.write(text))
        (step,) = case.steps

        assert [step.people.attributes["vip"].text(row) for row in (0, 1)] == ["true", "true"]
        assert [step.people.status.text(row) for row in (0, 1)] == ["active", "active"]
        assert step.people.joined.tolist() == [20_454, 20_574]


class TestTrees:
    def test_a_further_tree_is_drawn_by_itself(self, folder: Folder) -> None:
        """Whoever is not in it has no upline there."""
        case = """
people: |
  ann
    bob personal=50
    cid personal=70
    dan personal=5
trees:
  placement: |
    ann
      bob leg=left
      cid leg=right
expect: {ann: {group_volume: 125, legs: 5.00, legs.left: 50, legs.right: 70}}
"""
        assert folder.differing(case) == []

    def test_people_may_say_where_they_stand_in_a_further_tree(self, folder: Folder) -> None:
        """Where it is not drawn."""
        case = """
people: |
  ann
    bob personal=50 placement=ann leg=1
    cid personal=70 placement=bob leg=1
expect: {ann: {legs.left: 120, legs.right: 0}}
"""
        (outcome,) = folder.outcomes(TOP.replace("trees: {placement: sponsor}\n", "") + below(case))

        assert outcome.passed

    def test_every_tree_of_the_plan_is_said_and_said_once(self, folder: Folder) -> None:
        """Nobody guesses that two trees are the same."""
        people = "people: |\n  ann\n    bob placement=ann\nexpect: {ann: {heads: 2}}"
        top = TOP.replace("trees: {placement: sponsor}\n", "")

        assert folder.case_refused(people) == ["3: trees.placement: is said by people too; say it once"]
        assert folder.refused(top + below(people.replace(" placement=ann", ""))) == [
            (
                "7: cases[0].people: nothing says who stands where in the tree 'placement', which the plan declares; "
                ""
                "write trees: {placement: sponsor} where both are the same, or draw it there"
            )
        ]
        assert folder.refused(
            TOP.replace("placement: sponsor", "placement: enroller") + below("people: |\n  ann\n")
        ) == [
            "3: trees.placement: 'enroller' is not the default tree; write sponsor, or draw the tree",
            (
                "7: cases[0]: expects nothing; "
                "write at least one of expect, totals, accounts, figures, lines, unpaid, missed"
            ),
        ]

    def test_a_drawn_tree_holds_people_and_legs_and_nothing_else(self, folder: Folder) -> None:
        """Found each with its line."""
        case = """
people: |
  ann
trees:
  placement: |
    ann rank=silver
      bod
      ann
expect: {ann: {heads: 1}}
"""
        assert folder.case_refused(case) == [
            (
                "12: cases[0].trees.placement.ann: unknown key 'rank'; a further tree says who stands where, and of "
                "the "
                "placement tree in which leg"
            ),
            "13: cases[0].trees.placement: 'bod' is nobody in this case; known: ann",
            "14: cases[0].trees.placement: 'ann' stands here twice; keep one",
        ]


class TestOrders:
    def test_what_an_order_does_not_say(self, folder: Folder) -> None:
        """Its id is its place, its day the first of the period; the rest stands in the defaults."""
        case = "people: |\n  ann\norders:\n  - {seller: ann}\n  - {seller: ann, id: x, date: 2026-03-31, cv: 9.99}\n"
        (read,) = read_cases(folder.write(TOP + below(case + "expect: {ann: {personal: 0}}")))
        orders = read.steps[0].orders

        assert orders.ids.labels([0, 1]) == ["o1", "x"]
        assert orders.date.tolist() == [20_513, 20_543]
        assert [orders.volumes["cv"].text(row) for row in (0, 1)] == ["0.00", "9.99"]


class TestBefore:
    def test_a_person_who_is_not_in_previous_begins_anew(self, folder: Folder) -> None:
        """And one of whom only something is said begins anew in the rest."""
        case = """
people: |
  ann
  bob
  cid
previous:
  ann: {lifetime: 100}
  bob: {rank.best: silver}
expect: {ann: {carry.lifetime: 100}, bob: {carry.lifetime: 7, rank.best: silver}, cid: {carry.lifetime: 7}}
"""
        assert folder.differing(case) == []

    def test_company_figures_are_read_as_the_plan_declares_them(self, folder: Folder) -> None:
        """All of them."""
        case = "people: |\n  ann rank=silver\nexpect: {ann: {share: 12.35}}"

        assert folder.differing(case + "\ncompany: {profit: 1234.50}") == ["10 ann share: 12.35 <> 12.34"]
        assert folder.case_refused(case + "\ncompany: {profit: 1.234, proft: 1}") == [
            (
                "11: cases[0].company.profit: 1.234 has 3 decimal places where 2 are allowed; round it before it "
                "comes here"
            ),
            "11: cases[0].company.proft: unknown key 'proft'; did you mean 'profit'?",
        ]
        assert folder.case_refused(case + "\ncompany: {}") == [
            (
                "7: cases[0].company: the plan reads company.profit, and nothing says what it is; write company: "
                "{profit: VALUE}"
            )
        ]
        assert folder.refused(TOP.replace("company: {profit: 0}\n", "") + below(case)) == [
            (
                "6: cases[0].company: the plan reads company.profit, and nothing says what it is; write company: "
                "{profit: VALUE}"
            )
        ]


class TestPeriods:
    MONTHS = """
people: |
  ann
    bob leg=1
    cid leg=2
orders:
  - {id: first, seller: bob, date: 2026-03-10, pv: 300, cv: 100}
periods:
  - period: 2026-03
    given: {ann: {active: true}}
    orders:
      - {seller: cid, pv: 120}
    expect: {ann: {legs: 12.00, legs.left_out: 180, carry.lifetime: 7, uni: 5}, bob: {carry.lifetime: 307}}
  - period: 2026-04
    orders:
      - {seller: cid, pv: 50}
      - {refund_of: first, seller: bob, pv: -300, cv: -100}
    expect: {ann: {legs.left: -120, rank.best: bronze, uni: 0}, bob: {carry.lifetime: 7, rank.best: bronze}}
"""

    def test_each_hands_its_state_to_the_next(self, folder: Folder) -> None:
        """Legs, carried values, the best rank; orders of earlier periods can be refunded."""
        assert folder.differing(self.MONTHS) == []

    def test_what_differs_names_its_period(self, folder: Folder) -> None:
        """Of each period, the later ones too."""
        outcome = folder.outcome(
            self.MONTHS.replace("legs: 12.00", "legs: 1").replace("legs.left: -120", "legs.left: 2")
        )

        assert [(one.period, one.what, one.got) for one in outcome.differences] == [
            ("2026-03", "ann legs", "12.00"),
            ("2026-04", "ann legs.left", "-120.00"),
        ]
        assert outcome.failed is not None
        assert outcome.failed.period.id == "2026-03"

    def test_only_the_last_one_must_expect_something(self, folder: Folder) -> None:
        """Those before it may only lead there; of the last one nothing would be shown."""
        case = """
people: |
  ann
periods:
  - period: 2026-03
  - period: 2026-04
    expect: {ann: {heads: 1}}
"""
        assert folder.differing(case) == []
        assert folder.case_refused(case.replace("    expect: {ann: {heads: 1}}\n", "")) == [
            (
                "12: cases[0].periods[1]: expects nothing; "
                "write at least one of expect, totals, accounts, figures, lines, unpaid, missed"
            )
        ]

    def test_they_follow_one_another_and_hold_all_expectations(self, folder: Folder) -> None:
        """Nothing is expected beside them, and no file of orders stands in one of them."""
        case = """
people: |
  ann
periods:
  - period: 2026-03
    expect: {ann: {heads: 1}}
  - period: 2026-05
    orders: {csv: may.csv}
    expect: {ann: {heads: 1}}
expect: {ann: {heads: 1}}
"""
        assert folder.case_refused(case) == [
            (
                "14: cases[0].periods[1].orders: stands in a period, and a file of orders is the whole case's; name "
                "it there"
            ),
            "16: cases[0].expect: 'expect' stands beside periods; say it in one of the periods",
        ]
        assert folder.case_refused(
            case.replace("    orders: {csv: may.csv}\n", "").replace("\nexpect: {", "\nname2: {")
        ) == [
            (
                "13: cases[0].periods[1]: the period 2026-05 does not follow 2026-03; each hands its state to the "
                "next: 2026-04"
            ),
            "15: cases[0].name2: unknown key 'name2'; did you mean 'name'?",
        ]
