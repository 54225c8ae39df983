"""Ids in files: exact spellings are looked up first, any other spelling of a UUID is the same person or order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.commands import PLAN
from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError
from mlmcore.files import read_inputs

SMALL = loads_plan(PLAN)
UUID = "8c1f2e4a-0000-4000-8000-00000000000a"
ORDER = "0a0b0c0d-0000-4000-8000-00000000000b"


def read(folder: Path, people: str, orders: str) -> RunInputs:
    """Both files, read for the small plan."""
    (folder / "people.csv").write_text("id,status,joined,sponsor\n" + people, encoding="utf-8")
    (folder / "orders.csv").write_text("id,date,seller,buyer,refund_of,pv,cv\n" + orders, encoding="utf-8")
    return read_inputs(SMALL, people=folder / "people.csv", orders=folder / "orders.csv", period="2026-03")


class TestSpellings:
    @given(
        upline=st.sampled_from([UUID, UUID.upper(), UUID.title()]),
        seller=st.sampled_from([UUID, UUID.upper(), UUID.title()]),
        original=st.sampled_from([ORDER, ORDER.upper(), ORDER.title()]),
    )
    def test_of_one_uuid_find_the_same_rows(
        self, upline: str, seller: str, original: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Uplines, sellers, buyers and refunded orders, beside ids that are no UUIDs."""
        inputs = read(
            tmp_path_factory.mktemp("spelt"),
            f"ann,active,2025-01-01,\n{UUID.upper()},active,2025-01-01,ann\ncid,active,2025-01-01,{upline}\n",
            f"{ORDER},2026-03-02,cid,,,1,1\no2,2026-03-03,cid,,{original},-1,-1\no3,2026-03-03,{seller},{seller},,1,1\n",
        )

        assert inputs.trees["sponsor"].parent.tolist() == [-1, 0, 1]
        assert inputs.orders.seller.tolist() == [2, 2, 1]
        assert inputs.orders.buyer.tolist() == [-1, -1, 1]
        assert inputs.orders.refund_of.tolist() == [-1, 0, -1]


class TestOrphans:
    def test_are_found_beside_cycles(self, tmp_path: Path) -> None:
        """Both in one answer, although a tree that is sound is built another way."""
        with pytest.raises(InputError) as caught:
            read(tmp_path, "ann,active,2025-01-01,bob\nbob,active,2025-01-01,ann\ncid,active,2025-01-01,zoe\n", "")

        assert [(item.line, item.code) for item in caught.value.findings] == [
            (2, "genealogy.cycle"),
            (4, "genealogy.orphan"),
        ]
