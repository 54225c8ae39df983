"""What a case says about funds: what was carried to them, what they hold, and what they hand on."""

from testing.cases.case_texts import PLAN, Folder

POOL = """\
[[bonuses]]
id = "pot"
type = "pool"
kind = "pool"
fund = "company.profit"
shares = "1"
release = "pot.fund >= 100"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
"""
CASE = """\
plan: plan.toml
trees: {placement: sponsor}
defaults: {people: {vip: false}}
cases:
  - name: a fund waits until there is enough in it
    brought: {pot.fund: 20.50}
    people: |
      ann
    periods:
      - period: 2026-03
        company: {profit: 50}
        figures: {pot.fund: 70.50, carry.pot.fund: 70.50}
        totals: {pot: 0}
      - period: 2026-04
        company: {profit: 30}
        figures: {pot.fund: 100.50, carry.pot.fund: 0}
        expect: {ann: {pot: 100.50}}
"""


class TestFunds:
    def test_are_handed_from_period_to_period(self, folder: Folder) -> None:
        """What was brought to the first, what each holds, and what it hands on."""
        assert differing(folder, CASE) == []

    def test_are_told_when_they_hold_something_else(self, folder: Folder) -> None:
        """With the line and the period."""
        wrong = CASE.replace("carry.pot.fund: 70.50", "carry.pot.fund: 70").replace(
            "pot.fund: 20.50", "pot.fund: 20.51"
        )

        assert differing(folder, wrong) == [
            "12 2026-03 figures pot.fund: 70.50 <> 70.51",
            "12 2026-03 figures carry.pot.fund: 70 <> 70.51",
            "17 2026-04 ann pot: 100.50 <> 100.51",
            "16 2026-04 figures pot.fund: 100.50 <> 100.51",
        ]

    def test_that_nobody_knows_are_found(self, folder: Folder) -> None:
        """With the nearest name; and a fund is money."""
        wrong = CASE.replace("{pot.fund: 20.50}", "{pit.fund: 20.50}").replace(
            "figures: {pot.fund: 70", "figures: {pot.found: 70"
        )
        write_plan(folder)

        assert folder.refused(wrong) == [
            "6: cases[0].brought.pit.fund: unknown key 'pit.fund'; did you mean 'pot.fund'?",
            "12: cases[0].periods[0].figures.pot.found: unknown key 'pot.found'; did you mean 'pot.fund'?",
        ]


def write_plan(folder: Folder) -> None:
    """The plan of the other cases, and a pool."""
    (folder.write("").parent / "plan.toml").write_text(PLAN.replace("[carry]", f"{POOL}[carry]"), "utf-8")


def differing(folder: Folder, text: str) -> list[str]:
    """What differs in the one case of a file, in words."""
    write_plan(folder)
    (outcome,) = folder.outcomes(text)
    return [f"{one.line} {one.period} {one.what}: {one.expected} <> {one.got}" for one in outcome.differences]
