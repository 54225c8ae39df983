"""A plan that is a partial document over another: what it becomes, and everything that can be wrong with the chain."""

from pathlib import Path

import pytest

from compensation.language.plan_texts import PLAN
from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import InputError

CHILD = '[plan]\nextends = "starter.toml"\nid = "german"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the plan of `plan_texts` in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "starter.toml").write_text(PLAN, "utf-8")
    return tmp_path


def _loaded(text: str, variant: str | None = None) -> Plan:
    Path("german.toml").write_text(text, "utf-8")
    return load_plan("german.toml", variant)


def _said(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        _loaded(text)
    return [str(finding) for finding in caught.value.findings]


def _circle(*files: str) -> str:
    return f"it goes in a circle: {' -> '.join(files)}; let one of them extend nothing"


@pytest.mark.usefixtures("folder")
class TestWhatItBecomes:
    def test_is_the_plan_with_both_written_together(self) -> None:
        """Its canonical form and digest are those of one document that says it all."""
        child = _loaded(CHILD + 'version = "2"\n[parameters]\nactive_pv = 80\n[measures]\nteam = "count(downline)"\n')
        whole = PLAN.replace('id = "starter"', 'id = "german"').replace('version = "1"', 'version = "2"')
        whole = whole.replace("active_pv = 100", "active_pv = 80")
        whole = whole.replace("[rank]\n", 'team = "count(downline)"\n[rank]\n').replace(
            'team = "', '[measures]\nteam = "'
        )
        whole = whole.replace('\n[measures]\nteam = "count(downline)"', '\nteam = "count(downline)"')

        assert child == loads_plan(whole)
        assert child.digest == loads_plan(whole).digest

    def test_merges_bonuses_and_ranks_by_id_as_a_variant_does(self) -> None:
        """As a table by id or as a list; what is new comes last."""
        child = _loaded(
            CHILD
            + '[bonuses.walk]\nunpaid = "next"\n[[ranks]]\nid = "silver"\nvolume = 500\n'
            + '[[ranks]]\nid = "gold"\nrequires = "group_volume >= 5000"\n'
        )

        assert [rank.id for rank in child.ranks] == ["bronze", "silver", "gold"]
        assert child.ranks[1].numbers == {"volume": 500}
        assert [(bonus.id, getattr(bonus, "unpaid", None)) for bonus in child.bonuses] == [
            ("walk", "next"),
            ("award", None),
        ]

    def test_drops_before_it_adds_so_that_something_may_be_given_anew(self) -> None:
        """What is given anew comes last: so a rank is put between two others."""
        child = _loaded(
            'drop = ["silver"]\n'
            + CHILD
            + '[[ranks]]\nid = "copper"\nrequires = "active"\n[[ranks]]\nid = "silver"\nrequires = "active"\n'
        )

        assert [(rank.id, dict(rank.numbers)) for rank in child.ranks] == [
            ("bronze", {}),
            ("copper", {}),
            ("silver", {}),
        ]

    def test_drops_keys_of_one_bonus(self) -> None:
        """A key that no longer fits is taken out where the bonus is changed."""
        child = _loaded(CHILD + '[bonuses.walk]\ndrop = ["rates"]\nrate = 0.1\ndepth = 3\n')

        walk = child.bonus("walk")
        assert (walk.rates_by_rank, walk.rate.text) == (None, "0.1")  # type: ignore[union-attr] # it is a walk

    def test_inherits_variants_and_may_change_them(self) -> None:
        """What the plan below says of a variant is merged first, then what this one says of the same."""
        child = _loaded(CHILD + "[variants.generous.parameters]\nactive_pv = 20\n[variants.mean]\n", "generous")

        assert child.variant == "generous"
        assert child.parameters["active_pv"] == 20
        assert [bonus.id for bonus in child.bonuses] == ["walk"]
        assert _loaded(CHILD, "generous").parameters["active_pv"] == 50

    def test_chains_over_folders_each_path_from_its_own_file(self, folder: Path) -> None:
        """`extends` is read from the folder of the file that says it."""
        (folder / "eu").mkdir()
        (folder / "eu" / "base.toml").write_text(CHILD.replace("starter", "../starter"), "utf-8")

        child = _loaded(CHILD.replace("starter", "eu/base").replace("german", "bavarian"))

        assert (child.id, child.version) == ("bavarian", "1")

    def test_keeps_file_and_line_of_what_each_file_says(self) -> None:
        """A citation names the file in which the clause stands."""
        child = _loaded(CHILD + '[bonuses.walk]\nunpaid = "next"\n')

        assert str(child.bonus("walk").place_of("unpaid")) == "german.toml:5 bonuses.walk.unpaid"
        assert str(child.bonus("walk").place_of("counts")) == "starter.toml:57 bonuses.walk.counts"

    def test_is_read_from_text_where_a_folder_is_given(self, folder: Path) -> None:
        """A text has no folder of its own."""
        assert loads_plan(CHILD, folder=folder).id == "german"


@pytest.mark.usefixtures("folder")
class TestWhatIsWrong:
    def test_is_said_of_the_file_in_which_it_stands(self, folder: Path) -> None:
        """Of both files, by one loading."""
        text = PLAN.replace('counts = "active"\n', "").replace("personal >= active_pv", "persnal >= 1")
        (folder / "starter.toml").write_text(text, "utf-8")

        said = _said(CHILD + '[measures]\nmore = "sum(orders, pw)"\n')

        assert [line.partition(": ")[0] for line in said] == ["german.toml:5", "starter.toml:33", "starter.toml:49"]

    def test_no_syntax_below(self, folder: Path) -> None:
        """The file below is read by the same parser."""
        (folder / "starter.toml").write_text("[plan\n", "utf-8")

        assert _said(CHILD) == [
            "starter.toml:1: not TOML: Expected ']' at the end of a table declaration; mend the syntax"
        ]

    def test_a_circle_is_printed(self, folder: Path) -> None:
        """However it is spelled."""
        (folder / "starter.toml").write_text('[plan]\nextends = "./german.toml"\n', "utf-8")

        assert _said(CHILD) == [
            f"starter.toml:2: plan.extends: {_circle('german.toml', 'starter.toml', 'german.toml')}"
        ]

    def test_no_such_file(self) -> None:
        """What was looked for is named."""
        [said] = _said(CHILD.replace("starter", "lost"))

        assert said == (
            "german.toml:2: plan.extends: lost.toml cannot be read: No such file or directory; "
            "name a file, from the folder of this one"
        )

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("7", 'the name of a file was expected; write extends = "other.toml"'),
            ('" "', 'the name of a file was expected; write extends = "other.toml"'),
            ('"/etc/plan.toml"', "'/etc/plan.toml' is an absolute path; write the path from the folder of this file"),
        ],
    )
    def test_no_path_from_here(self, written: str, said: str) -> None:
        """A plan and what it extends travel together."""
        assert _said(CHILD.replace('"starter.toml"', written)) == [f"german.toml:2: plan.extends: {said}"]

    def test_the_name_of_the_other(self) -> None:
        """Two plans of one id and version would be taken for one."""
        [said] = _said('[plan]\nextends = "starter.toml"\n')

        assert said == (
            "german.toml:2: plan.extends: a plan that extends another needs a name of its own; "
            "write an id or a version beside it, or both"
        )

    def test_text_without_a_folder(self) -> None:
        """It says how such a plan is stored."""
        with pytest.raises(InputError) as caught:
            loads_plan(CHILD)

        assert str(caught.value) == (
            "<text>:2: plan.extends: a plan that was given as text has no folder in which to look for the plan that it "
            "extends; load it from its file or name the folder; to store it, write it out whole with dumps_plan"
        )

    def test_dropping_what_is_not_there(self) -> None:
        """Of the plan, or of one table."""
        todo = 'drop names a bonus, a cap, a rank or an entry of a section, or "caps"'

        assert _said('drop = ["walks"]\n' + CHILD + '[bonuses.walk]\ndrop = ["rate"]\n') == [
            f"german.toml:1: drop[0]: nothing is called 'walks'; {todo}",
            "german.toml:6: bonuses.walk.drop[0]: bonuses.walk has no 'rate'; drop names a key of this table",
        ]
