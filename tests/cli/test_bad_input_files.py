"""People and orders files that are wrong: what is said, whole, with file and line, and nothing is written."""

from pathlib import Path

import pytest

from cli.commands import ORDERS, PEOPLE, company, contents, mlmcore

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
UUID_UPPER = "8C1F2E4A-0000-4000-8000-000000000001"
PEOPLE_HEADER = "id,status,joined,sponsor\n"
ORDERS_HEADER = "id,date,seller,pv,cv\n"
REFUNDS_HEADER = "id,date,seller,refund_of,pv,cv\n"
QUOTES = 'separate fields by commas, and put a field with a comma or a quote in it in "quotes"'
ONCE = "every id stands once; remove one, or rename it"
DATE = "write it as 2026-03-31"
IN_REFUND_OF = "name the order in refund_of"
ORPHAN = "add that person, correct the id, or leave the upline empty for a root"

BAD_PEOPLE: dict[str, tuple[str | bytes, list[str]]] = {
    "a cycle, with its path": (
        PEOPLE_HEADER + "ann,active,2025-01-01,\nbob,active,2025-01-01,dan\n"
        "cid,active,2025-01-01,bob\ndan,active,2025-01-01,cid\n",
        [
            (
                "people.csv:3: sponsor: person bob: the uplines go round in a cycle: bob -> dan -> cid -> bob; "
                "give one of them another upline, or none"
            )
        ],
    ),
    "their own upline": (
        PEOPLE + "dan,active,2025-01-01,dan\n",
        ["people.csv:5: sponsor: person dan: is named as the own upline; name another upline, or none for a root"],
    ),
    "an orphan": (
        PEOPLE + "dan,active,2025-01-01,zoe\n",
        [f"people.csv:5: sponsor: person dan: the upline 'zoe' is unknown; {ORPHAN}"],
    ),
    "two people with one id": (
        PEOPLE + "bob,active,2025-01-01,ann\n",
        [f"people.csv:5: id bob: the id is given 2 times (line 3, line 5); {ONCE}"],
    ),
    "two spellings of one UUID": (
        PEOPLE + f"{UUID_UPPER},active,2025-01-01,ann\n{UUID_UPPER.lower()},active,2025-01-01,ann\n",
        [
            (
                f"people.csv:6: id {UUID_UPPER.lower()}: '{UUID_UPPER}' and '{UUID_UPPER.lower()}' are one id in "
                f"2 spellings (line 5, line 6); {ONCE}"
            )
        ],
    ),
    "no id": (
        PEOPLE + ",active,2025-01-01,ann\n",
        ["people.csv:5: id: an empty text is no id; an id is not empty and has no white space around it"],
    ),
    "an unknown status": (
        PEOPLE + "dan,actve,2025-01-01,ann\n",
        ["people.csv:5: status: unknown status 'actve'; did you mean 'active'?"],
    ),
    "no status": (
        PEOPLE + "dan,,2025-01-01,ann\n",
        ["people.csv:5: status: is empty; known: active, inactive, on_hold, terminated"],
    ),
    "dates that are none": (
        PEOPLE + "dan,active,2026-02-30,ann\neve,active,1.3.2026,ann\nfay,active,,ann\n",
        [
            f"people.csv:5: joined: '2026-02-30' is not a date; {DATE}",
            f"people.csv:6: joined: '1.3.2026' is not a date; {DATE}",
            "people.csv:7: joined: is empty; write a value",
        ],
    ),
    "an unknown column": (
        "id,status,joind,joined,sponsor\n",
        ["people.csv:1: unknown column 'joind'; did you mean 'joined'?"],
    ),
    "a missing column": (
        "id,joined,sponsor\n",
        ["people.csv:1: the column 'status' is missing; add it; known: id, status, joined, sponsor"],
    ),
    "a doubled column": (
        "id,status,joined,sponsor,sponsor\n",
        ["people.csv:1: the column 'sponsor' stands here 2 times; keep one"],
    ),
    "semicolons for commas": (
        PEOPLE.replace(",", ";"),
        ["people.csv:1: separates its columns by ';'; save it as CSV with commas"],
    ),
    "tabs for commas": (
        PEOPLE.replace(",", "\t"),
        ["people.csv:1: separates its columns by '\\t'; save it as CSV with commas"],
    ),
    "a field too few": (
        PEOPLE + "dan,active,2025-01-01\n",
        [
            (
                "people.csv:5: 3 fields, and the header names 4 columns; write one field for each column, "
                'empty ones too; put a field with a comma in it in "quotes"'
            )
        ],
    ),
    "an error after a quoted field of several lines": (
        PEOPLE + '"d\na\nn",active,2025-01-01,\neve,actve,2025-01-01,\n',
        ["people.csv:8: status: unknown status 'actve'; did you mean 'active'?"],
    ),
    "not UTF-8": (
        PEOPLE.encode() + b"j\xf6rg,active,2025-01-01,ann\n",
        ["people.csv:5: is not UTF-8; save it as CSV in UTF-8"],
    ),
    "a NUL": (
        PEOPLE.encode() + b"d\0an,active,2025-01-01,ann\n",
        ["people.csv:5: holds a NUL byte, so it is no text; save it as CSV in UTF-8"],
    ),
    "a picture": (PNG, ["people.csv:3: holds a NUL byte, so it is no text; save it as CSV in UTF-8"]),
    "nothing": ("", ["people.csv: the file is empty; write the header id,status,joined,sponsor"]),
    "an end inside quotes": (
        PEOPLE + '"dan,active,2025-01-01,ann\n',
        [f"people.csv:5: is not CSV from here on: unexpected end of data; {QUOTES}"],
    ),
    "a header that ends inside quotes": (
        '"id,status',
        [f"people.csv:1: is not CSV from here on: unexpected end of data; {QUOTES}"],
    ),
    "somebody below a person who joins later": (
        PEOPLE + "dan,active,2026-05-01,ann\neve,active,2025-01-01,dan\n",
        [
            (
                "people.csv:6: sponsor: person eve: the upline dan joined after the period; "
                "give the tree as it stood at the period's end"
            )
        ],
    ),
}
BAD_ORDERS: dict[str, tuple[str | bytes, list[str]]] = {
    "an exponent": (
        ORDERS + "o3,2026-03-03,bob,1e3,1\n",
        ["orders.csv:4: pv: '1e3' is not a decimal; write it out: 1000"],
    ),
    "NaN": (
        ORDERS + "o3,2026-03-03,bob,1,NaN\n",
        ["orders.csv:4: cv: 'NaN' is not a decimal; write digits with at most one point, such as 1000.50"],
    ),
    "thousands separators": (
        ORDERS + 'o3,2026-03-03,bob,1,"1,000.00"\n',
        ["orders.csv:4: cv: '1,000.00' is not a decimal; write it without separators: 1000.00"],
    ),
    "a currency sign": (
        ORDERS + "o3,2026-03-03,bob,1,$5\n",
        ["orders.csv:4: cv: '$5' is not a decimal; write digits with at most one point, such as 1000.50"],
    ),
    "a tenth of a cent": (
        ORDERS + "o3,2026-03-03,bob,1,0.001\n",
        ["orders.csv:4: cv: 0.001 has 3 decimal places where 2 are allowed; round it before it comes here"],
    ),
    "more than can be held": (
        ORDERS + "o3,2026-03-03,bob,1,92233720368547758.08\n",
        [
            ("orders.csv:4: cv: 92233720368547758.08 is larger than a number of 2 decimal places can be here; "
            "92233720368547758.07 is the largest")
        ],
    ),
    "no volume": (ORDERS + "o3,2026-03-03,bob,1,\n", ["orders.csv:4: cv: is empty; write a value"]),
    "sellers who are nobody": (
        ORDERS + "o3,2026-03-03,bib,1,1\no4,2026-03-03,,1,1\n",
        [
            "orders.csv:4: seller: 'bib' is nobody in the people file; correct it, or add the person",
            "orders.csv:5: seller: is empty; write the id of the seller",
        ],
    ),
    "a buyer who is nobody": (
        "id,date,seller,buyer,pv,cv\no3,2026-03-03,bob,zoe,1,1\n",
        ["orders.csv:2: buyer: 'zoe' is nobody in the people file; correct it, or add the person"],
    ),
    "a refund of no order": (
        REFUNDS_HEADER + "o3,2026-03-03,bob,o9,-1,-1\n",
        ["orders.csv:2: refund_of: there is no order 'o9' in this file; add the order that is refunded"],
    ),
    "a refund with a positive volume": (
        REFUNDS_HEADER + "o1,2026-03-03,bob,,1,1\no3,2026-03-03,bob,o1,-1,1\n",
        ["orders.csv:3: cv: is positive, and the row refunds 'o1'; write what comes back with a minus"],
    ),
    "negative volumes of no refund": (
        ORDERS + "o3,2026-03-03,bob,-1,-1\n",
        [
            f"orders.csv:4: {name}: is negative, and the row names no order that it refunds; {IN_REFUND_OF}"
            for name in ("cv", "pv")
        ],
    ),
    "refunds that are not the reverse of an order": (
        REFUNDS_HEADER + "o1,2026-03-03,bob,,1,1\no3,2026-03-02,cid,o1,-1,-1\no4,2026-03-06,cid,o3,-1,-1\n",
        [
            "orders.csv:3: order o3: it is dated before o1, the order that it refunds; correct one of the dates",
            "orders.csv:3: order o3: its seller is not the seller of o1, the order that it refunds; give the same",
            "orders.csv:4: order o4: it refunds o3, which is a refund itself; name the order",
        ],
    ),
    "the thirtieth of February": (
        ORDERS + "o3,2026-02-30,bob,1,1\n",
        [f"orders.csv:4: date: '2026-02-30' is not a date; {DATE}"],
    ),
    "two orders with one id": (
        ORDERS + "o2,2026-03-03,bob,1,1\n",
        [f"orders.csv:4: id o2: the id is given 2 times (line 3, line 4); {ONCE}"],
    ),
    "two periods": (
        ORDERS + "o3,2026-04-01,bob,1,1\n",
        [
            ("orders.csv: period: the orders lie in 2 periods: 2026-03 (line 2), 2026-04 (line 4); "
            "say which one is to be calculated: --period 2026-03")
        ],
    ),
    "a day after which no month ends": (
        ORDERS + "o3,9999-12-31,bob,1,1\n",
        [
            ("orders.csv:4: date: a month from 9999-12-01 ends after the year 9999, the last that there is; "
            "correct the date")
        ],
    ),
    "no orders, so no period": (
        ORDERS_HEADER,
        [
            ("orders.csv: period: the file holds no orders, so nothing says which period is meant; "
            "say which one is to be calculated: --period 2026-03")
        ],
    ),
}  # fmt: skip


def told(findings: list[str]) -> str:
    """Findings as standard error shows them."""
    return "mlmcore: " + "\n".join(findings if len(findings) == 1 else [f"{len(findings)} findings:", *findings]) + "\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestPeopleFile:
    @pytest.mark.parametrize(("people", "findings"), BAD_PEOPLE.values(), ids=list(BAD_PEOPLE))
    def test_is_refused_with_file_line_and_what_to_do(
        self, people: str | bytes, findings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2, the whole message, nothing on standard output, nothing written."""
        typed = company(tmp_path, people=people)
        before = contents(tmp_path)

        said = mlmcore(capsys, *typed)

        assert (said.code, said.out, said.err) == (2, "", told(findings))
        assert contents(tmp_path) == before


class TestOrdersFile:
    @pytest.mark.parametrize(("orders", "findings"), BAD_ORDERS.values(), ids=list(BAD_ORDERS))
    def test_is_refused_with_file_line_and_what_to_do(
        self, orders: str | bytes, findings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2, the whole message, nothing on standard output, nothing written."""
        typed = company(tmp_path, orders=orders)
        before = contents(tmp_path)

        said = mlmcore(capsys, *typed)

        assert (said.code, said.out, said.err) == (2, "", told(findings))
        assert contents(tmp_path) == before

    def test_a_seller_who_joins_after_the_period_is_not_in_the_run(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What only the run can find has its line too."""
        typed = company(
            tmp_path, people=PEOPLE + "dan,active,2026-05-01,ann\n", orders=ORDERS + "o3,2026-03-04,dan,1,1\n"
        )

        said = mlmcore(capsys, *typed)

        assert (said.code, said.err) == (
            2,
            (
                "mlmcore: orders.csv:4: order o3: its seller is not in the run; "
                "the seller must have joined by the period's end\n"
            ),
        )


class TestEverythingAtOnce:
    PEOPLE = PEOPLE + "dan,actve,2025-13-01,zoe\nbob,active,2025-01-01,ann\n"
    ORDERS = ORDERS + "o3,2026-02-30,bib,1e3,$5\no2,2026-03-01,bob,-1,1\n"
    FINDINGS = (
        "orders.csv:4: cv: '$5' is not a decimal; write digits with at most one point, such as 1000.50",
        f"orders.csv:4: date: '2026-02-30' is not a date; {DATE}",
        "orders.csv:4: pv: '1e3' is not a decimal; write it out: 1000",
        "orders.csv:4: seller: 'bib' is nobody in the people file; correct it, or add the person",
        f"orders.csv:5: id o2: the id is given 2 times (line 3, line 5); {ONCE}",
        "orders.csv:5: pv: is negative, and the row names no order that it refunds; name the order in refund_of",
        f"people.csv:5: joined: '2025-13-01' is not a date; {DATE}",
        f"people.csv:5: sponsor: person dan: the upline 'zoe' is unknown; {ORPHAN}",
        "people.csv:5: status: unknown status 'actve'; did you mean 'active'?",
        f"people.csv:6: id bob: the id is given 2 times (line 3, line 6); {ONCE}",
    )

    def test_findings_of_both_files_come_together(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """By file, line and column; a wrong person does not hide an order of nobody."""
        typed = company(tmp_path, people=self.PEOPLE, orders=self.ORDERS)
        before = contents(tmp_path)

        said = mlmcore(capsys, *typed)

        assert (said.code, said.out, said.err) == (2, "", told(list(self.FINDINGS)))
        assert contents(tmp_path) == before

    def test_rows_that_cannot_be_read_make_no_orphans(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Where a row has a field too few, nobody can say who is missing."""
        people = PEOPLE.replace("bob,active,2025-02-01,ann", "bob,active,2025-02-01")

        said = mlmcore(capsys, *company(tmp_path, people=people))

        assert said.err == told(
            [
                (
                    "people.csv:3: 3 fields, and the header names 4 columns; write one field for each column, "
                    'empty ones too; put a field with a comma in it in "quotes"'
                )
            ]
        )
