"""Everything that can be wrong with an expression, each message whole, with its position."""

import pytest

from compensation.engine.small_plans import plan
from compensation.language.expression_frames import NAMESPACE, problems, typed
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.check import check
from mlmcore.compensation.expressions.tree import names as columns_of
from mlmcore.domain.errors import InputError

KNOWN = (
    "known: broken, bronze, cash, day, flag, gold, house, id, lapsed, limit, n, nought, o, "
    "period.end, period.start, rank, silver, start, text, volume and 2 more"
)
PAIRS = "looks at everybody below everybody"
NOT_THE_LANGUAGE = [
    ("", [("the expression is empty", "write a formula", 1)]),
    ("(x", [("not an expression: '(' was never closed", "", 1)]),
    ("x + 007", [("'007' begins with 0", "write 7", 5)]),
    ("1e3", [("1e3 is no decimal", "write digits with at most one point between them", 1)]),
    ("1_000", [("1_000 is no decimal", "write digits with at most one point between them", 1)]),
    (".5", [(".5 is no decimal", "write digits with at most one point between them", 1)]),
    ("5.", [("5. is no decimal", "write digits with at most one point between them", 1)]),
    ("0x10", [("0x10 is no decimal", "write digits with at most one point between them", 1)]),
    ("1j", [("1j is no decimal", "write digits with at most one point between them", 1)]),
    ("9999999999999999999", [("9999999999999999999 has more than 18 digits", "", 1)]),
    ("x ** 2", [("`**` is not part of the plan language", "write the product out", 6)]),
    ("x // 2", [("`//` is not part of the plan language", "write floor(a / b)", 6)]),
    ("x % 2", [("`%` is not part of the plan language", "", 5)]),
    ("4%", [("'4%' is no number", "a rate is a decimal: 0.04", 1)]),
    ("x * 12.5 % + 1", [("'12.5 %' is no number", "a rate is a decimal: 0.125", 5)]),
    ("7 % x", [("`%` is not part of the plan language", "", 5)]),
    ("x & 1", [("`&` is not part of the plan language", "write `and`", 5)]),
    ("+x", [("a leading `+` is not part of the plan language", "leave it out", 1)]),
    ("x is none", [("`is` is not part of the plan language", "write `==`", 6)]),
    ("True", [("True is Python's spelling", "write true", 1)]),
    ("None", [("None is Python's spelling", "write none", 1)]),
    ("lambda: 1", [("`lambda` is not part of the plan language", "", 1)]),
    ("[x]", [("a list outside `in` is not part of the plan language", "", 1)]),
    ("(x, y)", [("a tuple is not part of the plan language", "", 1)]),
    (
        "x[1]",
        [("`[...]` after a value is not part of the plan language", "a table is read by lookup(TABLE, key)", 1)],
    ),
    ("x > 1 && y > 1", [("`&&` is not part of the plan language", "write `and`", 7)]),
    ("x > 1 || y > 1", [("`||` is not part of the plan language", "write `or`", 7)]),
    ("50 if x => 1 else 0", [("`=>` is not part of the plan language", "write `>=`", 9)]),
    ("x =< 1", [("`=<` is not part of the plan language", "write `<=`", 3)]),
    ("text <> '=>'", [("`<>` is not part of the plan language", "write `!=`", 6)]),
    ("!flag and x != 1", [("`!` is not part of the plan language", "write `not`", 1)]),
    ("round(x, 0).y", [("`.` after a value is not part of the plan language", "", 1)]),
    ("{x: 1}", [("a dictionary is not part of the plan language", "", 1)]),
    ("f'{x}'", [("an f-string is not part of the plan language", "", 1)]),
    ("x # note", [("`#` in an expression", "put the comment on a line of its own", 3)]),
    ("é", [("'é' is no name", "use a-z, 0-9 and _", 1)]),
    ("2026-02-30 < day", [("2026-02-30 is no day of the calendar", "", 1)]),
]
WRONG = [
    (
        "persnal > 1",
        [
            (
                "unknown name 'persnal'",
                KNOWN,
                1,
            )
        ],
    ),
    ("pv > 1", [("'pv' is a column of orders and means nothing in a measure", "aggregate it: sum(orders, pv)", 1)]),
    ("me.x", [("`me.` means nothing in a measure", "use the bare name", 1)]),
    ("this.volume", [("`this.` means nothing in a measure", "use the bare name", 1)]),
    (
        "bogus.x",
        [
            (
                "unknown name 'bogus.x'",
                KNOWN,
                1,
            )
        ],
    ),
    ("steps + 1", [("'steps' is a table", "write lookup(steps, ...)", 1)]),
    ("level", [("`level` means nothing in a measure", "a walk's rate, pays, depth and stop_at read it", 1)]),
    ("x > flag", [("a number and a boolean can't be compared or chosen between", "", 5)]),
    ("cash + volume", [("`+` between money and points: points and money don't mix", "", 1)]),
    ("cash * cash", [("`*` between money and money: one factor must be a plain number", "", 1)]),
    ("x / y", [("the divisor may be zero", "write ratio(a, b, zero=VALUE), which says what it is then", 5)]),
    ("x / nought", [("the divisor may be zero", "write ratio(a, b, zero=VALUE), which says what it is then", 5)]),
    ("cash / volume", [("`/` of money by points: the divisor must be a plain number or of the same unit", "", 1)]),
    ("1 / cash", [("`/` of a number by money: the divisor must be a plain number or of the same unit", "", 1)]),
    (
        "x * y * x * y * x * y * x",
        [("the result has 14 decimal places, more than 12", "put a round(..., places) around a part of it", 1)],
    ),
    ("flag + 1", [("what `+` takes must be a number, not a boolean", "", 1)]),
    ("not x", [("what `not` turns around must be a condition, not a number", "", 5)]),
    ("x and flag", [("what `and` joins must be a condition, not a number", "", 1)]),
    ("none", [("`none` means nothing here", "compare with it: x == none", 1)]),
    ("none == none", [("`none` is compared with itself", "", 1)]),
    ("flag < true", [("a boolean has no order", "compare with == or !=", 1)]),
    ("x if x else y", [("what stands after `if` must be a condition, not a number", "", 6)]),
    ("x if flag else text", [("a number and a text or none can't be compared or chosen between", "", 16)]),
    ("x in []", [("`in` has an empty list", "", 1)]),
    ("x in ['a']", [("a number and a text can't be compared or chosen between", "", 7)]),
    ("x not in flag", [("`in` needs a list", "write x in [a, b]", 10)]),
    ("round(x)", [("round(...) was given 1 argument", "write round(x, places) or round(x, places, half_up)", 1)]),
    ("round(x, y)", [("the places of round(...) are no literal", "write a whole number, 0 to 12", 10)]),
    (
        "round(x, 2, 'nearest')",
        [
            (
                "the mode of round(...) is none of the modes",
                "known: half_even, half_up, half_down, up, down, floor, ceiling",
                13,
            )
        ],
    ),
    ("round(x / 3)", [("round(...) was given 1 argument", "write round(x, places) or round(x, places, half_up)", 1)]),
    ("ratio(x, y)", [("ratio(...) needs zero=: its value where b is 0", "write ratio(a, b, zero=VALUE)", 1)]),
    ("floor(flag)", [("the argument of floor(...) must be a number, not a boolean", "", 7)]),
    ("max(x)", [("max(...) was given 1 argument", "write max(a, b)", 1)]),
    ("abs()", [("abs(...) was given 0 arguments", "write abs(x)", 1)]),
    ("abs(x, y)", [("abs(...) was given 2 arguments", "write abs(x)", 1)]),
    ("clamp(x, 1)", [("clamp(...) was given 2 arguments", "write clamp(x, low, high)", 1)]),
    ("rond(x, 2)", [("unknown function 'rond'", "did you mean 'round'?", 1)]),
    ("lookup(steps)", [("table 'steps' has one key, not 0", "", 1)]),
    ("lookup(x, 1)", [("unknown table 'x'", "known: by_level, by_rank, by_text, steps, strict, tax", 8)]),
    ("lookup(stps, x)", [("unknown table 'stps'", "did you mean 'steps'?", 8)]),
    ("lookup(by_rank, x)", [("the key 'rank' of table 'by_rank' can't be a number", "", 17)]),
    ("lookup(by_level, rank)", [("table 'by_level' has 2 keys, not 1", "write lookup(by_level, rank, level)", 1)]),
    (
        "lookup(tax, x / 3)",
        [
            (
                "the key of the marginal table 'tax' is an unrounded division",
                "put it inside round(..., places) or floor(...)",
                13,
            )
        ],
    ),
    ("year(x)", [("an argument of year(...) must be a date, not a number", "", 6)]),
    ("days_between(day)", [("days_between(...) was given 1 argument", "write days_between(from, to)", 1)]),
    ("round(x, 2, places=3)", [("round(...) knows no keyword 'places'", "known: mode", 20)]),
    (
        "sponsor(x)",
        [("sponsor(...) needs default=: its value where there is nobody", "write sponsor(x, default=VALUE)", 1)],
    ),
    ("sponsor(x, y, default=0)", [("sponsor(...) was given 2 arguments", "write sponsor(x, default=VALUE)", 1)]),
    ("nearest(x, default=0)", [("nearest(...) was given 1 argument", "write nearest(COND, x, default=VALUE)", 1)]),
    (
        "nearest(x, y, default=0)",
        [("what nearest(...) looks for must be a condition, not a number", "", 9)],
    ),
    ("sponsor(day, default=0)", [("a date and a number can't be compared or chosen between", "", 22)]),
    (
        "sponsor(x / 3, default=0)",
        [
            (
                "a value of sponsor(...) is an unrounded division",
                "put it inside round(..., places) or floor(...)",
                9,
            )
        ],
    ),
    ("sponsor(x, default=0, tree=spnsor)", [("unknown tree 'spnsor'", "did you mean 'sponsor'?", 28)]),
    ("sponsor(x, defalt=0)", [("sponsor(...) knows no keyword 'defalt'", "did you mean 'default'?", 19)]),
    ("company.cassh", [("unknown name 'company.cassh'", "did you mean 'cash'?", 1)]),
    (
        "company.flag",
        [("'company.flag' sums a column over everybody, and 'flag' is a boolean", "sum a measure that is a number", 1)],
    ),
    (
        "sum(x, y)",
        [
            (
                "'x' is no scope",
                "known: customers, downline, events, front, group, level, levels, orders, past, positions, purchases",
                5,
            )
        ],
    ),
    ("sum(front)", [("sum(...) was given 1 argument", "write sum(SCOPE, x)", 1)]),
    ("sum(front, flag)", [("what sum(...) takes must be a number, not a boolean", "", 12)]),
    ("any(front, x)", [("what any(...) asks must be a condition, not a number", "", 12)]),
    ("count(front, x)", [("what count(...) counts by must be a condition, not a number", "", 14)]),
    ("min(front, x)", [("min(...) needs default=: its value over nothing", "write min(SCOPE, x, default=VALUE)", 1)]),
    (
        "mean(front, x)",
        [("mean(...) needs default=: its value over nothing", "write mean(SCOPE, x, default=VALUE)", 1)],
    ),
    ("sum(front, x, default=0)", [("sum(...) needs no default=", "leave it out", 23)]),
    ("sum(front, x, wher=flag)", [("sum(...) knows no keyword 'wher'", "did you mean 'where'?", 20)]),
    ("count(front, rank = gold)", [("count(...) knows no keyword 'rank'", "a comparison is written rank == ...", 21)]),
    ("IF(flag, 1, 2)", [("unknown function 'IF'", "write A if CONDITION else B", 1)]),
    ("roundup(x, 2)", [("unknown function 'roundup'", "write round(x, places, up)", 1)]),
    ("rond(x, 2)", [("unknown function 'rond'", "did you mean 'round'?", 1)]),
    ("sum(front, x, leg=y)", [("a leg must be a literal or a parameter", "write a whole number: 1 left, 2 right", 19)]),
    ("sum(front, x, leg=0)", [("a leg must be a literal or a parameter", "write a whole number: 1 left, 2 right", 19)]),
    ("sum(orders, pv, leg=1)", [("leg= means nothing over orders", "leave it out", 21)]),
    (
        "max(group, x, leg=1)",
        [
            (
                f"max(...) over group {PAIRS}: `leg=` along another tree than placement takes sum, count, any or all",
                "ask front, level(k) or levels(a, b), or write slow = true in [plan]",
                1,
            )
        ],
    ),
    (
        "sum(front, x, distinct=y)",
        [
            (
                "distinct= means nothing in sum(...): only count(...) counts equal values once",
                "leave it out, or write count(front, distinct=...)",
                24,
            )
        ],
    ),
    (
        "count(front, distinct=x / 3)",
        [("distinct= is an unrounded division", "put it inside round(..., places) or floor(...)", 23)],
    ),
    ("sum(front, x, until=flag)", [("until= means nothing over front", "write where=", 21)]),
    ("sum(front, x, refunds=true)", [("refunds= means nothing over front", "leave it out", 23)]),
    ("sum(orders, pv, refunds=x)", [("refunds= must be true or false", "", 25)]),
    ("sum(orders, pv, tree=sponsor)", [("tree= means nothing over orders", "leave it out", 22)]),
    ("sum(front, x, tree=spnsor)", [("unknown tree 'spnsor'", "did you mean 'sponsor'?", 20)]),
    (
        "sum(past(3), x)",
        [
            (
                "past(3) asks for 3 periods, and the plan keeps none",
                "write NAME = 3 in [history] for each column that is asked",
                5,
            )
        ],
    ),
    ("sum(level(0), x)", [("a level must be a literal or a parameter", "write a whole number, 1 to 1000", 11)]),
    ("sum(levels(3, 2), x)", [("levels(3, 2) is empty", "write the smaller one first", 5)]),
    ("sum(levels(2), x)", [("the scope has the wrong arguments", "write levels(a, b)", 5)]),
    ("sum(front(1), x)", [("the scope has the wrong arguments", "write it without brackets", 5)]),
    (
        "top(x, front, x)",
        [("the first argument of top(...) is no literal", "write top(k, SCOPE, x), k a whole number", 1)],
    ),
    (
        "count(group, x > me.x)",
        [
            (
                f"count(...) over group {PAIRS}: `me.` is no rank, no condition and no factor in a sum",
                "ask front, level(k) or levels(a, b), or write slow = true in [plan]",
                1,
            )
        ],
    ),
    (
        "nearest(x > me.x, y, default=0)",
        [
            (
                "nearest(...) looks at everybody above everybody: what it asks of `me.` is no rank and no condition",
                "write slow = true in [plan] to have it all the same",
                1,
            )
        ],
    ),
    (
        "sum(front, me.pv)",
        [
            (
                "a person has no column 'pv'",
                "known: broken, cash, day, flag, id, lapsed, n, o, rank, start, text, volume, x, y",
                12,
            )
        ],
    ),
    ("sum(front, child.x)", [("`child.` means nothing in an aggregate over people", "prefixes here: me.", 12)]),
    (
        "sum(orders, source.x)",
        [("`source.` means nothing in an aggregate over orders", "prefixes here: buyer., me., order., seller.", 13)],
    ),
    (
        "sum(orders, sum(front, x))",
        [("sum(...) over a scope means nothing in an aggregate over orders", "make it a measure and name that", 13)],
    ),
    (
        "sum(front, x / 3)",
        [("what sum(...) takes is an unrounded division", "put it inside round(..., places) or floor(...)", 12)],
    ),
    ("sum(orders, seler)", [("unknown name 'seler'", "did you mean 'seller'?", 13)]),
    (
        "sum(front, x + persnal) + y / n",
        [
            (
                "unknown name 'persnal'",
                KNOWN,
                16,
            ),
            ("the divisor may be zero", "write ratio(a, b, zero=VALUE), which says what it is then", 31),
        ],
    ),
    ("x > day", [("a number and a date can't be compared or chosen between", "", 5)]),
    ("text < 'a'", [("a text or none has no order", "compare with == or !=", 1)]),
    ("flag and flag and x", [("what `and` joins must be a condition, not a number", "", 19)]),
]


class TestSyntax:
    @pytest.mark.parametrize(("text", "expected"), NOT_THE_LANGUAGE)
    def test_refuses_what_plans_do_not_have(self, text: str, expected: list[tuple[str, str, int]]) -> None:
        """What is no expression, and whatever else Python could say, is refused by name and position."""
        assert problems(text) == expected

    def test_refuses_more_than_sixty_levels(self) -> None:
        """Nobody reads such a formula, and nothing recurses without bound."""
        assert problems("not " * 61 + "flag") == [
            ("expressions are nested more than 60 deep", "split it into named parts", 241)
        ]

    def test_refuses_what_python_itself_gives_up_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """How deep that is depends on the version."""

        def give_up(*_: object, **__: object) -> None:
            raise RecursionError("too deep")

        monkeypatch.setattr("ast.parse", give_up)

        assert problems("x") == [("not an expression: too deep", "", 1)]

    def test_refuses_more_than_four_thousand_characters(self) -> None:
        """An expression is a line or a few."""
        assert problems("x" * 4001) == [("the expression has 4001 characters, more than 4000", "split it", 1)]

    def test_takes_line_breaks_and_dates(self) -> None:
        """A formula may be broken over lines; a day of the calendar is a value."""
        assert typed("day >= 2026-03-01\n  and flag") == typed("day >= 2026-03-01 and flag")

    def test_keeps_a_date_inside_a_text(self) -> None:
        """Only outside quotation marks is 2026-03-01 a date."""
        assert typed("text == '2026-03-01'").type.kind == "boolean"

    def test_reads_a_chain_of_comparisons(self) -> None:
        """1 < x < 3 is both comparisons."""
        assert typed("1 < x < 3") == typed("1 < x and x < 3")


class TestNamesKindsAndUnits:
    @pytest.mark.parametrize(("text", "expected"), WRONG)
    def test_refuses_what_makes_no_sense(self, text: str, expected: list[tuple[str, str, int]]) -> None:
        """Unknown names, kinds and units that don't go together, calls with the wrong arguments."""
        assert problems(text) == expected

    def test_says_nothing_more_about_what_is_wrong_itself(self) -> None:
        """A name whose own formula is wrong has been reported there."""
        assert check("broken + 1", NAMESPACE, names.MEASURE) == (None, [])

    def test_knows_whose_level_is_asked_in_counts(self) -> None:
        """There `payee.` is another than the person between; elsewhere in a walk both are the same."""
        assert [name.subject for name in columns_of(typed("x >= payee.x", names.WALK_COUNTS))] == ["self", "payee"]
        assert [name.subject for name in columns_of(typed("x >= payee.x", names.WALK_REACHED))] == ["self"]

    def test_knows_no_order_where_walks_start_from_people(self) -> None:
        """Then only the source, the payee and the child can be reached."""
        context = names.from_people(names.WALK_REACHED)

        assert problems("order.pv > 1", context) == [
            ("`order.` means nothing in a condition on the person reached", "prefixes here: child., payee., source.", 1)
        ]

    def test_knows_whose_column_a_name_is(self) -> None:
        """In a walk's rate a bare name is the person's reached, and a prefix reaches the others."""
        node = typed("min(x, source.y, order.pv, level)", names.WALK_RATE)

        assert [(name.subject, name.name) for name in columns_of(node)] == [
            ("self", "x"),
            ("source", "y"),
            ("order", "pv"),
            ("run", "level"),
        ]


class TestTypes:
    @pytest.mark.parametrize(
        ("text", "words", "places"),
        [
            ("x * 0.125", "a number", 5),
            ("cash + 0.5", "money", 2),
            ("0.5 * volume", "points", 3),
            ("round(cash / 3, 4)", "money", 4),
            ("floor(cash / volume_free)", "money", 0),
            ("round(cash / max(cash, 1), 2)", "a number", 2),
            ("lookup(steps, volume)", "a number", 3),
            ("lookup(tax, cash)", "money", 3),
            ("sum(front, cash * 0.05)", "money", 4),
            ("count(front, flag)", "a number", 0),
            ("max(front, cash, default=0.125)", "money", 3),
            ("cash if flag else 0", "money", 2),
            ("o", "a number or none", 2),
            ("o + 1", "a number", 2),
            ("any(front, flag)", "a boolean", 0),
        ],
    )
    def test_are_inferred_exactly(self, text: str, words: str, places: int) -> None:
        """Units are kept, places add up in products and are the finest in sums."""
        found = typed(text.replace("volume_free", "7")).type

        assert (str(found), found.places) == (words, places)

    def test_count_with_a_condition_is_a_count_with_where(self) -> None:
        """One shape for both spellings; a further `where=` must hold too."""
        assert typed("count(front, flag)") == typed("count(front, where=flag)")
        assert typed("count(front, x > 1, where=flag)") == typed("count(front, where=flag and x > 1)")

    @pytest.mark.parametrize(
        ("text", "optional"),
        [
            ("o if o != none else 0", False),
            ("0 if o == none else o", False),
            ("0 if none == o or flag else o", False),
            ("o if flag and o != none else 0", False),
            ("o if not (o == none or flag) else 0", False),
            ("lapsed if lapsed != none else day", False),
            ("o if o != none or flag else 0", True),
            ("0 if o == none and flag else o", True),
            ("o if o == none else 0", True),
            ("o if text != none else 0", True),
            ("o if o > 1 else 0", True),
        ],
    )
    def test_a_branch_that_the_condition_shows_to_be_there_is_never_none(self, text: str, optional: bool) -> None:
        """Where the name was compared with none, and the branch is the name itself."""
        assert typed(text).type.optional == optional

    def test_a_mean_is_a_sum_over_a_count(self) -> None:
        """Without refunds in either, and with its default where there is nothing."""
        node = typed("round(mean(orders, pv, default=0), 2)")

        assert node == typed("round(ratio(sum(orders, pv, refunds=false), count(orders), zero=0), 2)")


class TestManyConditionsOfWhoAsks:
    """`me.` in an aggregate over a whole group is a rollup for each combination of their values."""

    @pytest.mark.parametrize(
        ("flags", "rank", "is_refused"), [(6, "", False), (7, "", True), (5, "me.rank >= b", True)]
    )
    def test_sixty_four_rollups_are_not_too_many(self, flags: int, rank: str, is_refused: bool) -> None:
        """Six conditions; seven would be 128, and five with one of two ranks, or none, 96."""
        known = [f"f{number}" for number in range(flags)]
        measures = "".join(f'{name} = "off"\n' for name in known)
        asked = " and ".join([*(f"me.{name}" for name in known), *([rank] if rank else [])])
        text = f'{measures}many = "count(downline, {asked})"\n[rank]\nfrom = "requires"\nclimb = "highest"\n'
        text += "".join(f'[[ranks]]\nid = "{name}"\nrequires = "off"\n' for name in "ab")

        if is_refused:
            with pytest.raises(InputError, match=r"measures\.many: count\(\.\.\.\) over downline looks at everybody "):
                plan(text)
        else:
            assert "many" in plan(text).measures
