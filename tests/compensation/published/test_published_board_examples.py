"""Boards as the trade describes them in public.

Sources: "How do MLM board plan/matrix cycle plan & binary plan works?" (As Mimie Jauli, rapidsponsoring on wixsite.com,
25 August 2015): two on the first level and four on the second are a full cycle of six people, which pays $75; then
position 1 leaves, positions 2 and 3 become the heads of two new boards, filled from the left, and people follow their
sponsor's board. "Board plan" (assets.epixelmlmsoftware.com): a 2x2 cycle has seven members in all, and comes with
re-entries.
"""

from compensation.engine.small_boards import CYCLE_PAYS, TWO_BY_TWO, boards_plan, cycled, run, sales, seated

SPONSORS = {"1": "", "2": "1", "3": "1", "4": "2", "5": "2", "6": "3", "7": "3", "8": "6", "9": "5"}
PLAN = boards_plan(TWO_BY_TWO.replace("oldest", "nearest"), CYCLE_PAYS.replace('"100"', '"75"'))


class TestTwoByTwo:
    def test_six_people_below_are_a_cycle_that_pays_75(self) -> None:
        """2 + 4 = 6 in the matrix: 1 cycle = $75; with five there is none."""
        five, six = (run(PLAN, SPONSORS, sales(people)) for people in ("1 2 3 4 5 6", "1 2 3 4 5 6 7"))

        assert (cycled(five), cycled(six)) == ([], ["silver-000000001 1 1, in on 1, by 7"])
        assert six.totals_by_bonus()["cycle"].amount == 75

    def test_positions_2_and_3_head_the_two_new_boards(self) -> None:
        """Each keeps those who sat below."""
        assert seated(run(PLAN, SPONSORS, sales("1 2 3 4 5 6 7"))) == ["2: 2 4 5 - - - -", "3: 3 6 7 - - - -"]

    def test_people_follow_the_board_of_their_sponsor_from_the_left(self) -> None:
        """8 was brought by 6, who sits on the board of 3; 9 by 5, on the board of 2."""
        result = run(PLAN, SPONSORS, sales("1 2 3 4 5 6 7 8 9"))

        assert seated(result) == ["2: 2 4 5 9 - - -", "3: 3 6 7 8 - - -"]

    def test_re_entry_gives_the_head_another_position(self) -> None:
        """Seven members fill the board; the head stands on a new one without a further order."""
        again = boards_plan(TWO_BY_TWO.replace("oldest", "nearest").replace("[]", '["silver"]'))

        assert seated(run(again, SPONSORS, sales("1 2 3 4 5 6 7")))[-1] == "4: 1 - - - - - -"
