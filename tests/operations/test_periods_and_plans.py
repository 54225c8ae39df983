"""Opening and closing periods, and installing plans."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from mlmcore.domain.enums import PeriodKind, PeriodStatus
from mlmcore.domain.errors import ConflictError, InputError, NotFoundError, RefusedError, StorageError
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import User
from mlmcore.operations.periods import close_period, open_period
from mlmcore.operations.plans import install_plan, rank_differences, stored_plan
from mlmcore.repositories.protocols import Actor
from operations.company import Company

PLAN = """
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points", cv = "money" }

[measures]
personal = "sum(orders, pv)"

[rank]
from = "requires"
climb = "highest"

[[ranks]]
id = "bronze"
min_personal_pv = 20
requires = "personal >= this.min_personal_pv"

[[ranks]]
id = "silver"
min_personal_pv = 60
car_bonus = 12.50
requires = "personal >= this.min_personal_pv"
"""


class TestOpenPeriod:
    """`open_period`."""

    def test_the_id_says_which_days(self, company: Company) -> None:
        """A month, a week, a quarter, a day."""
        with company.store() as unit:
            names = ("2026-02", "2026-W09", "2026-Q1", "2026-02-28")
            periods = [open_period(unit, name, timezone="UTC") for name in names]
            days = {period.id: (period.start_date, period.end_date, period.kind) for period in periods}

        assert days == {
            "2026-02": (date(2026, 2, 1), date(2026, 2, 28), PeriodKind.MONTH),
            "2026-W09": (date(2026, 2, 23), date(2026, 3, 1), PeriodKind.WEEK),
            "2026-Q1": (date(2026, 1, 1), date(2026, 3, 31), PeriodKind.QUARTER),
            "2026-02-28": (date(2026, 2, 28), date(2026, 2, 28), PeriodKind.DAY),
        }

    def test_opening_again_changes_nothing(self, company: Company) -> None:
        """Not even once it is closed."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            closed = close_period(unit, "2026-03")
        before = company.store.as_dict()

        with company.store() as unit:
            assert open_period(unit, "2026-03", timezone="UTC") == closed

        assert company.store.as_dict() == before

    def test_another_timezone_is_another_period(self, company: Company) -> None:
        """Which cannot have the same id."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            with pytest.raises(ConflictError) as caught:
                open_period(unit, "2026-03", timezone="Asia/Tokyo")

        assert str(caught.value) == (
            "period 2026-03 is stored already, from 2026-03-01 to 2026-03-31 in UTC; open it with that timezone, or, "
            "while it is open, give it another by `unit.periods.update`"
        )

    def test_no_period_is_opened_behind_a_closed_one(self, company: Company) -> None:
        """What one hands to the next would pass it by; another kind is another chain."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            open_period(unit, "2026-02", timezone="UTC")
            close_period(unit, "2026-03")
            open_period(unit, "2026-Q1", timezone="UTC")
            with pytest.raises(RefusedError) as caught:
                open_period(unit, "2026-01", timezone="UTC")

        assert str(caught.value) == (
            "period 2026-01 cannot be opened: period 2026-03 after it is closed already, and what one period hands to "
            "the next would pass it by"
        )


class TestClosePeriod:
    """`close_period`."""

    def test_it_closes(self, company: Company) -> None:
        """And says when."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            period = close_period(unit, "2026-03")

            assert (period.status, period.close_date) == (PeriodStatus.CLOSED, unit.now)

    def test_closing_again_changes_nothing(self, company: Company) -> None:
        """The first closing's instant stays."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            close_period(unit, "2026-03")
        before = company.store.as_dict()

        with company.store() as unit:
            close_period(unit, "2026-03")

        assert company.store.as_dict() == before

    def test_a_period_that_has_not_ended_stays_open(self, company: Company) -> None:
        """Orders may still come; its own timezone says when it ends."""
        company.clock.instant = datetime(2026, 4, 1, 3, 59, 58, tzinfo=UTC)
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="America/New_York")
            with pytest.raises(RefusedError) as caught:
                close_period(unit, "2026-03")
        with company.store() as unit:
            assert close_period(unit, "2026-03").status == PeriodStatus.CLOSED

        assert str(caught.value) == (
            "period 2026-03 ends at 2026-04-01T04:00:00+00:00, and it is 2026-04-01T03:59:59+00:00; close it afterwards"
        )

    def test_a_period_that_was_never_opened_cannot_be_left_behind(self, company: Company) -> None:
        """It could not be opened any more, so a slip of the pen would cost everybody a month; opened, all is well."""
        company.clock.instant = datetime(2026, 8, 1, tzinfo=UTC)
        with company.store() as unit:
            for name in ("2026-04", "2026-06", "2026-W10"):
                open_period(unit, name, timezone="UTC")
            with pytest.raises(RefusedError) as caught:
                close_period(unit, "2026-06")
            open_period(unit, "2026-05", timezone="UTC")
            statuses = [close_period(unit, name).status for name in ("2026-06", "2026-W10")]

        assert statuses == [PeriodStatus.CLOSED, PeriodStatus.CLOSED]
        assert str(caught.value) == (
            "period 2026-06 cannot be closed: 2026-05 after period 2026-04 was never opened, and could not be any "
            "more; open what lies between first, also where nothing was sold"
        )

    def test_a_period_that_is_not_there(self, company: Company) -> None:
        """It says what comes first."""
        with company.store() as unit, pytest.raises(NotFoundError) as caught:
            close_period(unit, "2026-04")

        assert str(caught.value) == "no period with id 2026-04; open it first, or correct the id"


class TestInstallPlan:
    """`install_plan`."""

    def test_it_stores_the_document(self, company: Company) -> None:
        """As written, with its digest and who installed it."""
        with company.store() as unit:
            admin = unit.users.add(User(id=key_of("admin"), email="admin@example.com"))
        with company.store(Actor(user_id=admin.id)) as unit:
            row = install_plan(unit, PLAN, name="Small plan")

        assert (row.plan_id, row.version, row.name, row.document) == ("small", "1", "Small plan", PLAN)
        assert (row.effective_from, row.currency, row.installed_by) == (date(2026, 1, 1), "USD", admin.id)
        assert stored_plan(row).digest == row.digest

    def test_it_writes_the_ranks(self, company: Company) -> None:
        """Level, requirement, and the numbers that have columns; what the plan doesn't say stays."""
        with company.store() as unit:
            install_plan(unit, PLAN)
            bronze = unit.ranks.update(evolve(unit.ranks.get("bronze"), name="Bronze", benefits={"pin": "yes"}))
            install_plan(unit, PLAN)
            silver = unit.ranks.get("silver")

            assert unit.ranks.get("bronze") == bronze
            assert (bronze.level, bronze.min_personal_pv, bronze.car_bonus) == (1, Decimal(20), None)
            assert (silver.level, silver.min_personal_pv, silver.car_bonus) == (2, Decimal(60), Decimal("12.50"))
            assert silver.requirements == {
                "numbers": {"car_bonus": "12.50", "min_personal_pv": "60"},
                "requires": "personal >= this.min_personal_pv",
            }

    def test_a_rank_that_the_plan_lacks_is_no_longer_active(self, company: Company) -> None:
        """It stays in the table, since history names it."""
        with company.store() as unit:
            install_plan(unit, PLAN)
            install_plan(unit, PLAN.replace('version = "1"', 'version = "2"').replace("silver", "gold"))

            assert not unit.ranks.get("silver").is_active
            assert [rank.id for rank in unit.ranks.list_all() if rank.is_active] == ["bronze", "gold"]

    def test_installing_again_changes_nothing(self, company: Company) -> None:
        """Also in another spelling."""
        with company.store() as unit:
            row = install_plan(unit, PLAN)
        before = company.store.as_dict()

        with company.store() as unit:
            assert install_plan(unit, f"# the same\n{PLAN}") == row

        assert company.store.as_dict() == before

    def test_a_version_never_changes(self, company: Company) -> None:
        """Another meaning needs another version."""
        with company.store() as unit:
            install_plan(unit, PLAN)
            with pytest.raises(ConflictError) as caught:
                install_plan(unit, PLAN.replace("60", "61"))

        assert str(caught.value) == (
            "version 1 of plan small is stored already and says something else; give the changed plan a new version"
        )

    def test_a_wrong_document_stores_nothing(self, company: Company) -> None:
        """With all findings."""
        before = company.store.as_dict()

        with company.store() as unit, pytest.raises(InputError):
            install_plan(unit, PLAN.replace("orders, pv", "orders, vp"))

        assert company.store.as_dict() == before

    def test_a_currency_with_three_places_is_refused(self, company: Company) -> None:
        """The tables hold two."""
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            install_plan(unit, PLAN.replace("USD", "KWD"))

        assert str(caught.value) == (
            "plan small pays in KWD, which has more than two decimal places; only files take it"
        )

    def test_a_document_that_is_read_differently_is_an_error(self, company: Company) -> None:
        """Its meaning is what was installed."""
        with company.store() as unit:
            row = install_plan(unit, PLAN)

        with pytest.raises(StorageError, match="this version of mlmcore reads it differently"):
            stored_plan(evolve(row, digest="0" * 64))


class TestRankDifferences:
    """`rank_differences`: the table of ranks against the plan (decision D20)."""

    def test_an_installed_plan_has_none(self, company: Company) -> None:
        """Since installing writes the table."""
        with company.store() as unit:
            plan = stored_plan(install_plan(unit, PLAN))

            assert rank_differences(unit, plan) == []

    def test_every_difference_is_named(self, company: Company) -> None:
        """A changed number, a changed level, a rank more, a rank less."""
        with company.store() as unit:
            plan = stored_plan(install_plan(unit, PLAN))
            unit.ranks.update(evolve(unit.ranks.get("silver"), min_personal_pv=Decimal(61), level=7))
            unit.ranks.add(evolve(unit.ranks.get("silver"), id="gold", level=8))
            found = rank_differences(unit, evolve(plan, ranks=(*plan.ranks, evolve(plan.ranks[0], id="iron"))))

        assert found == [
            "level of rank silver is 7, and the plan says 2",
            "min_personal_pv of rank silver is 61, and the plan says 60",
            "rank iron is not in the table",
            "rank gold is active in the table, and the plan has no such rank",
        ]

    def test_requirements_are_told_part_by_part(self, company: Company) -> None:
        """A number once, by its column where it has one; what no plan writes is shown whole."""
        other = PLAN.replace('version = "1"', 'version = "2"').replace(
            "min_personal_pv = 60", "min_personal_pv = 50\nlegs = 2"
        )
        with company.store() as unit:
            plan = stored_plan(install_plan(unit, PLAN))
            install_plan(unit, other.replace(">= this.min_personal_pv", "> this.min_personal_pv"))
            found = rank_differences(unit, plan)
            install_plan(unit, PLAN)
            bronze = unit.ranks.get("bronze")
            unit.ranks.update(evolve(bronze, requirements={**(bronze.requirements or {}), "note": "x"}))
            by_hand = rank_differences(unit, plan)

        said = "'personal > this.min_personal_pv', and the plan says 'personal >= this.min_personal_pv'"
        assert found == [
            f"rank bronze requires {said}",
            "min_personal_pv of rank silver is 50, and the plan says 60",
            f"rank silver requires {said}",
            "legs of rank silver is 2, and the plan says none",
        ]
        assert len(by_hand) == 1
        assert by_hand[0].startswith("requirements of rank bronze hold what no plan writes there: ")
