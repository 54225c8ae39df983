"""What is wrong with a file of cases: everything at once, each with its line, its path and what to do."""

import sys
from pathlib import Path

import pytest

from mlmcore.domain.errors import InputError, MissingExtraError
from mlmcore.testing.cases import read_cases, run_case
from testing.cases.case_texts import TOP, Folder, below

TODO = "write `plan:` and a list of `cases:`"
ANN = "people: |\n  ann\nexpect: {ann: {heads: 1}}\n"


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", f"the file is empty; {TODO}"),
            ("a: [1\nb: 2", f"2: is not YAML from here on: did not find expected ',' or ']'; {TODO}"),
            ("é: 1\na\0b", f"2: holds the character U+0000, which YAML does not allow; {TODO}"),
            ("- a", "1: is a list; write keys with values"),
            ("plan: a\n---\nplan: b", "2: a second document begins here; write one for each file"),
            ("plan: small.toml\ncases:", "2: cases: is empty; write a list; [] is an empty one"),
        ],
    )
    def test_a_file_that_cannot_be_read(self, text: str, said: str, folder: Folder) -> None:
        """With the line where there is one."""
        assert folder.refused(text)[0].removeprefix(" ") == said

    def test_a_file_that_is_not_there_or_no_text(self, folder: Folder) -> None:
        """Found like anything else."""
        Path("latin.cases.yaml").write_bytes(b"name: caf\xe9\n")
        said = []
        for name in ("latin.cases.yaml", "nowhere.cases.yaml"):
            with pytest.raises(InputError) as caught:
                read_cases(Path(name))
            said.append(str(caught.value))

        assert said == [
            "latin.cases.yaml: is not UTF-8; save it as UTF-8",
            "nowhere.cases.yaml: there is no such file; name a file of cases",
        ]

    def test_what_yaml_can_and_a_case_does_not_need_is_refused(self, folder: Folder) -> None:
        """Keys that stand twice, anchors, aliases, merge keys, tags, keys that are no text."""
        case = """
people: &all |
  ann
variant: *all
expect: {ann: {heads: 1, heads: 2}}
totals: {<<: {uni: 0}, uni: !money 0}
? [1, 2]
: 3
"""
        assert folder.case_refused(case) == [
            ("8: cases[0].people: the anchor 'all' is not read; write it out, or say it once for the whole file"),
            "10: cases[0].variant: is empty; write a single value",
            "10: cases[0].variant: the alias 'all' is not read; write it out",
            "11: cases[0].expect.ann.heads: the key 'heads' stands here again, after line 11; keep one",
            "12: cases[0].totals: merge keys are not read; write it out",
            "12: cases[0].totals.uni: the tag !money is not read; write the value alone",
            "13: cases[0]: a key is no text; write keys as words",
        ]

    def test_without_the_library_it_is_said_which_extra_brings_it(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Instead of a traceback about a module."""
        monkeypatch.setitem(sys.modules, "yaml", None)

        with pytest.raises(MissingExtraError) as caught:
            read_cases(folder.write(TOP))

        assert str(caught.value) == "PyYAML is not installed; it comes with: pip install 'mlmcore[cli]'"


class TestKeys:
    def test_an_unknown_key_names_the_nearest_one(self, folder: Folder) -> None:
        """On every level of the document."""
        text = TOP.replace("people: {vip: false}", "peple: {vip: false}").replace("period:", "perod: 1\nperiod:")
        case = """
people: |
  ann vipp=true
expct: {}
expect: {ann: {hed: 1}}
lines: [{personn: ann}]
orders: [{sellr: ann}]
previous: {ann: {lifetim: 1}}
given: {ann: {persona: 1}}
totals: {un: 1}
accounts: {hous: 1}
"""
        assert folder.refused(text + below(case)) == [
            "2: perod: unknown key 'perod'; did you mean 'period'?",
            "6: defaults.peple: unknown key 'peple'; did you mean 'people'?",
            "10: cases[0].people.ann: unknown key 'vipp'; did you mean 'vip'?",
            "10: vip: is empty; write a value",
            "11: cases[0].expct: unknown key 'expct'; did you mean 'expect'?",
            "12: cases[0].expect.ann.hed: unknown key 'hed'; did you mean 'heads'?",
            "13: cases[0].lines[0].personn: unknown key 'personn'; did you mean 'person'?",
            "14: cases[0].orders[0].sellr: unknown key 'sellr'; did you mean 'seller'?",
            "14: seller: is empty; write the id of the seller",
            "15: cases[0].previous.ann.lifetim: unknown key 'lifetim'; did you mean 'lifetime'?",
            "16: cases[0].given.ann.persona: unknown key 'persona'; did you mean 'personal'?",
            "17: cases[0].totals.un: unknown key 'un'; did you mean 'uni'?",
            "18: cases[0].accounts.hous: unknown key 'hous'; did you mean 'house'?",
        ]

    def test_what_every_case_needs(self, folder: Folder) -> None:
        """A name of its own, a plan, a period, people, and an expectation."""
        text = "cases:\n  - people: |\n      ann\n  - name: a\n    plan: small.toml\n"
        text += "  - {name: a, plan: no.toml}\n  - word\n"

        assert folder.refused(text) == [
            "2: cases[0]: has no name; write name: what it shows, as a sentence",
            "2: cases[0]: no plan is named; write plan: FILE, for the case or for the whole file",
            (
                "4: cases[1]: expects nothing; "
                "write at least one of expect, totals, accounts, figures, lines, unpaid, missed"
            ),
            "4: cases[1]: no period is named; write period: 2026-03, for the case or the whole file",
            "4: cases[1]: there are no people; write people: | and a tree of them below it",
            (
                "4: cases[1].company: the plan reads company.profit, and nothing says what it is; write company: "
                "{profit: VALUE}"
            ),
            "6: cases[2].name: 'a' is the case of line 4; name it otherwise",
            (
                "6: cases[2].plan: no.toml cannot be read: No such file or directory; name a plan, from the folder "
                "of this "
                "file"
            ),
            "7: cases[3]: is a text; write keys with values",
        ]

    def test_a_plan_that_is_wrong_is_told_once_where_it_stands(self, folder: Folder) -> None:
        """In its own file, or in the lines of the block."""
        Path("small.toml").write_text("[plan]\nid = 5\n")
        two = TOP + below(ANN) + below(ANN).replace("a case", "another")
        inline = TOP.replace("plan: small.toml", "plan: |\n  [plan]\n  id = 5")

        in_file, in_block = folder.refused(two), folder.refused(inline + below(ANN))

        assert len(in_file) == len(set(in_file)) == len(in_block)
        assert [each for each in in_file if "plan.id" in each] == [
            "small.toml:2: plan.id: 5 where a text was expected; put it in quotation marks"
        ]
        assert [each[:2] for each in in_block if "plan.id" in each] == ["3:"]


class TestValues:
    def test_a_value_of_another_kind_is_refused_where_it_stands(self, folder: Folder) -> None:
        """Never guessed: exponents, separators, currency signs, other words for true."""
        case = """
period: 2026-Q1
people: |
  ann personal=1e3 active=yes since=31.3.2026 rank=gold title="a
  bob=1
    =x
  cid personal=1.255
  dan active=true active=false
expect:
  ann: {total: $5, rank: golden, heads: [1], active: ""}
  bib: {total: 1,000}
totals: {uni: 1,000.00}
lines: [{bonus: unil, person: bib, level: first}, {}]
unpaid: [{reason: lost}]
given: {cid: {personal: 3}}
"""
        assert folder.case_refused(case) == [
            "8: cases[0].period: 2026-Q1 is a quarter; the plan's periods are a month",
            (
                "10: cases[0].people: 'title=\"a' cannot be read; write an id and then key=value, as in: bob "
                "personal=100 "
                'title="area manager"'
            ),
            (
                "11: cases[0].people: 'bob=1' cannot be read; write an id and then key=value, as in: bob "
                "personal=100 "
                'title="area manager"'
            ),
            (
                "12: cases[0].people: '=x' cannot be read; write an id and then key=value, as in: bob personal=100 "
                ""
                'title="area manager"'
            ),
            (
                "13: cases[0].people.cid.personal: 1.255 has 3 decimal places where 2 are allowed; round it before "
                "it comes "
                "here"
            ),
            "14: cases[0].people: 'active' stands here twice; keep one",
            "16: cases[0].expect.ann.active: is empty; write a single value",
            "16: cases[0].expect.ann.heads: is a list; write a single value",
            "16: cases[0].expect.ann.rank: 'golden' is no rank of the plan; known: bronze, none, silver",
            (
                "16: cases[0].expect.ann.total: '$5' is not a decimal; write digits with at most one point, such as "
                "1000.50"
            ),
            (
                "17: cases[0].expect.bib.000: unknown key '000'; write numbers without a comma: here it ends the "
                "number and "
                "begins a key"
            ),
            (
                "18: cases[0].totals.000.00: unknown key '000.00'; write numbers without a comma: here it ends the "
                "number "
                "and begins a key"
            ),
            "19: cases[0].lines[0].bonus: there is no bonus 'unil'; did you mean 'uni'?",
            (
                "19: cases[0].lines[0].level: 'first' is not a decimal; write digits with at most one point, such as "
                "1000.50"
            ),
            (
                "19: cases[0].lines[1]: says nothing; write some of person, bonus, order, source, level, base, rate, "
                "amount"
            ),
            (
                "20: cases[0].unpaid[0].reason: there is no reason 'lost'; known: below_minimum, blocked, capped, "
                "depth, "
                "expired, inactive, negative, no_upline, not_qualified, rounding"
            ),
        ]

    def test_people_and_orders_are_read_as_files_are(self, folder: Folder) -> None:
        """With the lines of the case."""
        case = """
people: |
  ann status=activ joined=yesterday leg=third
      bob
    cid
  ann
orders:
  - {id: a, seller: ann, cv: -1}
  - {id: a, seller: ann}
  - {seller: anm, buyer: cit}
  - {seller: ann, date: 2026-02-30, pv: 1.234, refund_of: zed}
expect: {ann: {heads: 1}}
"""
        assert folder.case_refused(case) == [
            "9: joined: 'yesterday' is not a date; write it as 2026-03-31",
            "9: leg: 'third' is not a whole number from 1 on; write 1, 2, ...",
            "9: status: unknown status 'activ'; did you mean 'active'?",
            (
                "11: cases[0].people: indented by 2, where 0 and 4 are meant to stand; indent everybody below one "
                "person alike"
            ),
            ("12: id ann: the id is given 2 times (line 9, line 12); every id stands once; remove one, or rename it"),
            "14: cv: is negative, and the row names no order that it refunds; name the order in refund_of",
            ("15: id a: the id is given 2 times (line 14, line 15); every id stands once; remove one, or rename it"),
            "17: date: '2026-02-30' is not a date; write it as 2026-03-31",
            "17: pv: 1.234 has 3 decimal places where 2 are allowed; round it before it comes here",
            "17: refund_of: there is no order 'zed' in this file; add the order that is refunded",
        ]

    def test_somebody_who_is_not_there_is_found_with_the_nearest_name(self, folder: Folder) -> None:
        """In orders, given, expectations and lines."""
        case = """
people: |
  ann
  bob
orders: [{seller: anm, buyer: bib}]
given: {annn: {personal: 1}}
expect: {bib: {total: 0}}
lines: [{person: anne, source: none}]
"""
        assert folder.case_refused(case) == [
            "11: buyer: 'bib' is nobody in this case; did you mean 'bob'?",
            "11: seller: 'anm' is nobody in this case; did you mean 'ann'?",
            "12: cases[0].given.annn: 'annn' is nobody in this case; did you mean 'ann'?",
            "13: cases[0].expect.bib: 'bib' is nobody in this case; did you mean 'bob'?",
            "14: cases[0].lines[0].person: 'anne' is nobody in this case; did you mean 'ann'?",
        ]

    def test_a_measure_is_given_once(self, folder: Folder) -> None:
        """Where the person stands, or in `given`."""
        case = "people: |\n  ann personal=1\ngiven: {ann: {personal: 2}}\nexpect: {ann: {heads: 1}}"

        assert folder.case_refused(case) == ["10: cases[0].given.ann.personal: is given in line 9 already; keep one"]


class TestRuns:
    @pytest.mark.parametrize(
        ("case", "said"),
        [
            (
                "people: |\n  ann\n  bob joined=2027-01-01\norders: [{seller: bob}]\nexpect: {ann: {heads: 1}}",
                (
                    "11: case 'a case': order o1: its seller is not in the run; the seller must have joined by the "
                    "period's "
                    "end"
                ),
            ),
            (
                "people: |\n  ann\n    bob\nexpect: {ann: {heads: 1}}",
                (
                    "10: case 'a case': placement: person bob: hangs in leg 0 of ann; a binary bonus knows leg 1, the "
                    "left, "
                    "and leg 2, the right"
                ),
            ),
            (
                "people: |\n  ann heads=-1\nexpect: {ann: {heads: 1}}",
                (
                    "7: case 'a case': given.heads: it is negative, and the formula never is; give what the formula "
                    "could "
                    "come to"
                ),
            ),
        ],
    )
    def test_what_the_engine_refuses_is_told_with_the_line_of_the_case(
        self, case: str, said: str, folder: Folder
    ) -> None:
        """Of the order or the person where it names one."""
        (read,) = read_cases(folder.write(TOP + below(case)))

        with pytest.raises(InputError) as caught:
            run_case(read)

        assert str(caught.value) == f"a.cases.yaml:{said}"
