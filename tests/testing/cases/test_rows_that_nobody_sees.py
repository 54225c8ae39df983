"""Orders and events of a case outside its periods: found, since they would be passed over in silence."""

from pathlib import Path

from testing.cases.case_texts import PLAN, TOP, Folder, below

ANN = "people: |\n  ann\n"


def dated(*days: str) -> str:
    """Orders of a day each."""
    return "orders: [" + ", ".join(f"{{seller: ann, pv: 1, date: {day}}}" for day in days) + "]\n"


def outside(line: int, row: str, day: str, periods: str = "period 2026-03") -> str:
    """What is said about a row that nobody sees."""
    what = f"is dated {day}, outside the case's {periods}: nothing would count it"
    return f"{line}: {row}: {what}; correct the date, or the period"


class TestOfACase:
    def test_an_order_outside_the_period_is_found(self, folder: Folder) -> None:
        """Before it and after it, each with its line; the last day is in it."""
        orders = "orders:\n" + "".join(
            f"  - {{seller: ann, pv: 1, date: {day}}}\n" for day in ("2026-02-28", "2026-03-31", "2026-04-01")
        )

        assert folder.case_refused(ANN + orders + "expect: {ann: {personal: 1}}") == [
            outside(11, "order o1", "2026-02-28"),
            outside(13, "order o3", "2026-04-01"),
        ]

    def test_of_several_periods_it_lies_in_none(self, folder: Folder) -> None:
        """Orders stand beside the periods, or in one of them."""
        case = (
            ANN
            + dated("2026-04-30", "2026-05-01")
            + "periods:\n"
            + "  - {period: 2026-03, expect: {ann: {personal: 0}}}\n"
            + "  - {period: 2026-04, expect: {ann: {personal: 1}}}\n"
        )

        assert folder.case_refused(case) == [
            outside(10, "order o2", "2026-05-01", "periods 2026-03 to 2026-04"),
        ]

    def test_an_order_that_a_refund_gives_back_is_seen(self, folder: Folder) -> None:
        """Also by a refund of a later period."""
        case = ANN + dated("2026-02-01").replace("]", ", {seller: ann, pv: -1, refund_of: o1}]")

        assert folder.differing(case + "expect: {ann: {personal: -1}}") == []

    def test_a_bonus_of_a_shorter_period_sees_the_days_before(self, folder: Folder) -> None:
        """The week that ends on March 1 began on February 23."""
        Path("small.toml").write_text(PLAN.replace('base = "cv"', 'base = "cv"\nevery = "week"'))
        case = ANN + dated("2026-02-22", "2026-02-23") + "expect: {ann: {personal: 0}}"

        assert [said.partition(",")[0] for said in folder.case_refused(case)] == ["10: order o1: is dated 2026-02-22"]

    def test_an_event_too(self, folder: Folder) -> None:
        """By its name and id."""
        Path("small.toml").write_text(PLAN.replace("[parameters]", "[inputs.events.calls]\n[parameters]"))
        case = ANN + "events: {calls: [{person: ann, date: 2027-03-01}]}\nexpect: {ann: {heads: 1}}"

        assert folder.case_refused(case) == [
            outside(10, "event calls e1", "2027-03-01"),
        ]


class TestAtTheTopOfTheFile:
    def test_one_case_that_sees_it_is_enough(self, folder: Folder) -> None:
        """The others have other periods."""
        top = TOP.replace("cases:", dated("2026-03-01", "2026-04-01", "2026-05-01") + "cases:")
        first = below(ANN + "expect: {ann: {personal: 1}}")
        second = below(ANN + "period: 2026-04\nexpect: {ann: {personal: 1}}").replace("a case", "another")

        assert folder.refused(top + first + second) == [
            outside(6, "order o3", "2026-05-01"),
        ]


class TestToldOnce:
    def test_a_field_without_a_value(self, folder: Folder) -> None:
        """Of an order, of a person of a list, of an event."""
        Path("small.toml").write_text(PLAN.replace("[parameters]", "[inputs.events.calls]\n[parameters]"))
        case = (
            "people:\n  - {id: ann, vip: }\norders: [{seller: ann, pv: }]\n"
            "events: {calls: [{person: }]}\nexpect: {ann: {heads: 1}}"
        )

        assert folder.case_refused(case) == [
            "9: cases[0].people[0].vip: is empty; write a single value",
            "10: cases[0].orders[0].pv: is empty; write a single value",
            "11: cases[0].events.calls[0].person: is empty; write a single value",
        ]

    def test_a_period_of_another_kind(self, folder: Folder) -> None:
        """Orders that would have taken its first day say nothing."""
        case = ANN + "period: 2026-W10\norders: [{seller: ann, pv: 1}]\nexpect: {ann: {personal: 1}}"

        assert folder.case_refused(case) == ["10: cases[0].period: 2026-W10 is a week; the plan's periods are a month"]
