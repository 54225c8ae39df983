"""What `mlmcore lint` finds worth knowing about a sound plan."""

from compensation.engine.small_plans import HEADER, UNILEVEL
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

    def test_name_parameters_and_measures_too(self) -> None:
        """Each with its line."""
        text = PLAN.replace("active_pv = 100\n", "active_pv = 100\nspare = 1\n", 1)
        text = text.replace('personal = "sum(orders, pv)"\n', 'personal = "sum(orders, pv)"\nidle = 1\n', 1)

        assert {
            "starter.toml:22 parameters.spare: nothing reads this parameter",
            "starter.toml:34 measures.idle: nothing reads this measure",
        } <= {*plan_notes(loads_plan(text, "starter.toml"))}

    def test_say_what_a_word_of_the_trade_stands_for(self) -> None:
        """In the spelling of the language."""
        short = changed('counts = "active"\n', 'compression = "roll_up"\n').partition("[variants")[0]
        plan = loads_plan(short.replace('unpaid = "lost"\n', ""), "starter.toml")

        assert plan_notes(plan)[0] == (
            'starter.toml:57 bonuses.walk.compression stands for counts = "active" and unpaid = "lost"'
        )

    def test_say_which_tree_has_no_legs(self) -> None:
        """Only `placement` has some where nobody computes them; a tree that the plan makes has its own."""
        pairs = (
            'type = "binary"\nkind = "binary"\nvolume = "personal"\npoint_value = 1\npay = "percent"\npercent = 0.1\n'
        )
        binary = f'[[bonuses]]\nid = "pairs"\n{pairs}after = "subtract"\n\n'
        made = '[trees.made]\nplaced = "left"\nunder = "root"\nwidth = 2\norder = "joined"\n\n'
        text = PLAN.replace("[carry]", f"{binary}[carry]", 1)
        note = (
            "starter.toml:69 bonuses.pairs: files and cases give no legs of the tree 'sponsor', only of 'placement'; "
            "without legs nobody can be paid: call it placement"
        )

        assert note in plan_notes(loads_plan(text, "starter.toml"))
        own = text.replace("[rank]\n", f"{made}[rank]\n", 1).replace(
            'id = "pairs"\n', 'id = "pairs"\ntree = "made"\n', 1
        )
        assert not [said for said in plan_notes(loads_plan(own, "starter.toml")) if "legs" in said]

    def test_say_what_a_refund_would_be_paid_once_more(self) -> None:
        """A refund is an order of negative volumes, of which 25.00 are 25.00; a volume may tell it."""
        more = 'type = "retail"\nkind = "amount"\nsource = "orders"\nfrom = "seller"\nnegative = "charge"\n'
        fixed = f'[[bonuses]]\nid = "fixed"\namount = "25"\n{more}'
        told = f'[[bonuses]]\nid = "told"\namount = "25 if pv > 0 else -25"\n{more}'
        kept = f'[[bonuses]]\nid = "kept"\namount = 25\nwhere = "pv > 0"\n{more}'
        levels = UNILEVEL.replace('base = "cv"\nrates = [0.05, 0.03]', "amounts = [10, 5]")

        def notes(refunds: str) -> list[str]:
            plan = loads_plan(HEADER.format(refunds=refunds, at="line") + levels + fixed + told + kept, "p.toml")
            return [note.partition(" ")[2] for note in plan_notes(plan) if "once more" in note]

        words = "no volume decides about it, so a refund, which is an order too, is paid it once more; "
        words += 'write refunds = "original", or let `where` leave refunds out'
        assert notes("current") == [f"bonuses.uni.amounts: {words}", f"bonuses.fixed.amount: {words}"]
        assert notes("original") == []
