"""What `mlmcore lint` finds worth knowing about a sound plan."""

from compensation.language.plan_texts import PLAN, changed
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.notes import plan_notes


class TestNotes:
    def test_name_what_nothing_reads(self) -> None:
        """A table, a column of orders; not what a rank, a bonus, a carry or the plan's `active` reads."""
        assert plan_notes(loads_plan(PLAN, "starter.toml")) == (
            "starter.toml:23 tables.bonus_rates: nothing reads this table",
            "starter.toml:29 order_columns.fast: nothing reads this order column",
        )

    def test_say_what_a_word_of_the_trade_stands_for(self) -> None:
        """In the spelling of the language."""
        short = changed('counts = "active"\n', 'compression = "roll_up"\n').partition("[variants")[0]
        plan = loads_plan(short.replace('unpaid = "lost"\n', ""), "starter.toml")

        assert plan_notes(plan)[0] == (
            'starter.toml:57 bonuses.walk.compression stands for counts = "active" and unpaid = "lost"'
        )
