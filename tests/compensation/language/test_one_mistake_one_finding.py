"""What was read wrongly is told once: whatever depends on it says nothing, and what does not still speaks."""

from importlib.resources import files

import pytest

from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError

SHIPPED = files("mlmcore.compensation.shipped").joinpath("starter.toml").read_text("utf-8")
MISSPELT = ('rates = [0.20, 0.10, 0.05]\ncounts = "true"', 'rates = [0.20, 0.10, 0.05]\ncounts = "actve"')


def told(*changes: tuple[str, str]) -> list[str]:
    """What is wrong with the plan that ships, once it is changed."""
    text = SHIPPED
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    with pytest.raises(InputError) as caught:
        loads_plan(text, "plan.toml")
    return [str(finding).partition(" ")[2] for finding in caught.value.findings]


class TestSectionsThatCannotBeRead:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            (
                'volumes = { pv = "points", cv = "money" }',
                'volumes = "pv"',
                "inputs.volumes: 'pv' where a table was expected",
            ),
            (
                'trees = ["sponsor", "enroller"]',
                'trees = "sponsor"',
                "inputs.trees: 'sponsor' where a list of texts was expected; write [...]",
            ),
            ("[parameters]", "[paramaters]", "paramaters: unknown key; did you mean 'parameters'?"),
            ("[measures]", "[measure]", "measure: unknown key; did you mean 'measures'?"),
            ('id = "gold"', "id = 5", "ranks[2].id: 5 where a text was expected; put it in quotation marks"),
        ],
    )
    def test_what_they_would_hold_is_not_missed_too(self, before: str, after: str, said: str) -> None:
        """One mistake, one finding, however many formulas read the names."""
        assert told((before, after)) == [said]

    def test_a_tree_or_a_prefixed_column_that_they_would_hold_is_not_missed(self) -> None:
        """Not even by an empty sentence."""
        of_a_tree = ('group_volume = "sum(group, personal)"', 'group_volume = "sum(group, personal, tree=enroller)"')
        no_trees = ('trees = ["sponsor", "enroller"]', "trees = 3")
        of_a_company = ("[measures]", '[measures]\nshare = "personal * company.share_of_all"')
        no_figures = ("[parameters]", "[inputs.compny]\nshare_of_all = 1\n[parameters]")

        assert told(of_a_tree, no_trees) == ["inputs.trees: 3 where a list of texts was expected; write [...]"]
        assert told(of_a_company, no_figures) == ["inputs.compny: unknown key; did you mean 'company'?"]

    def test_what_has_nothing_to_do_with_them_is_told(self) -> None:
        """A misspelt section holds the names that are unknown now; another name is as unknown as ever."""
        assert told(("[parameters]", "[paramaters]"), MISSPELT) == [
            "paramaters: unknown key; did you mean 'parameters'?",
            "bonuses.fast_start.counts: unknown name 'actve' (character 1 of 'actve'); did you mean 'active'?",
        ]


class TestNamesThatMeanTwoThings:
    def test_other_cycles_are_told_beside_them(self) -> None:
        """Only of such a name nothing more is said: neither its kind, nor a cycle through it."""
        twice = ("fast_days = 60", "fast_days = 60\nactive = 5")
        cycle = ('group_volume = "sum(group, personal)"', 'group_volume = "group_volume + 1"')

        assert told(twice, cycle) == [
            "measures.active: 'active' is a parameter already (parameters.active); rename a measure or the other",
            (
                "measures.group_volume: the cycle group_volume -> group_volume has no beginning; "
                "one of them must not read the next"
            ),
        ]


class TestKeysThatStandTwice:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            (
                "active_pv = 100",
                "active_pv = 100\nfast_days = 9",
                "the key fast_days stands here a second time, first in line 27; keep one of them",
            ),
            (
                '[rank]\nfrom = "requires"',
                '[rank]\nfrom = "requires"\nfrom = [\n  1\n]',
                "the key from stands here a second time, first in line 58; keep one of them",
            ),
            (
                "[measures]",
                "[parameters]",
                (
                    "the table [parameters] stands here a second time; write its keys under one heading; "
                    "in a list it is [[...]]"
                ),
            ),
            (
                "[measures]",
                "[parameters.active_pv]",
                (
                    "a table stands here under a name that has a value already; "
                    "rename one of them, or write the keys under one heading"
                ),
            ),
        ],
    )
    def test_which_and_where(self, before: str, after: str, said: str) -> None:
        """The parser itself names neither the key nor the first line."""
        assert told((before, after)) == [said]

    def test_at_the_end_of_the_document(self) -> None:
        """Where the parser names no line at all."""
        with pytest.raises(InputError) as caught:
            loads_plan("a = 1\nb = 2\na = 3", "plan.toml")

        assert str(caught.value) == (
            "plan.toml: the key a stands here a second time, first in line 1; keep one of them"
        )


class TestIds:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ('id = "starter"', 'id = "sta\\nrter"', "plan.id: 'sta\\nrter'"),
            ('version = "1"', 'version = "1\\t"', "plan.version: '1\\t'"),
        ],
    )
    def test_are_one_line(self, before: str, after: str, said: str) -> None:
        """They stand in file names, in citations and on statements."""
        assert told((before, after)) == [
            f"{said} holds what cannot be printed; write it on one line, without tabs and other control characters"
        ]
