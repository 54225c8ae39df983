"""The engine against its slow twin: random plans over random months give the same answer in everything."""

import pytest
from hypothesis import given, note, settings

from compensation.twin import strategies
from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import InputError
from reference.engine import Inputs, NegativeRefused, RefundRefused
from reference.engine_moments import MomentRefused


def both(plan: Plan, inputs: Inputs) -> tuple[Answer, Answer] | None:
    """Both answers; None where both refuse: a sum below zero that the plan forbids, or a refund of too much."""
    try:
        twin = twin_answer(plan, inputs)
    except NegativeRefused:
        with pytest.raises(InputError, match="below zero"):
            run_engine(plan, inputs)
        return None
    except RefundRefused:
        with pytest.raises(InputError, match=r"is given back|gives back other parts"):
            run_engine(plan, inputs)
        return None
    except MomentRefused:
        with pytest.raises(InputError, match=r"asks what was known just before|whose lines are not known here"):
            run_engine(plan, inputs)
        return None
    return engine_answer(run_engine(plan, inputs)), twin


def check(text: str, inputs: Inputs) -> None:
    """Compare both answers, part by part."""
    note(text)
    answers = both(loads_plan(text), inputs)
    if answers is None:
        return
    engine, twin = answers
    for part, said in engine.items():
        assert said == twin[part], part


class TestEngineAgainstTwin:
    """`calculate(plan, inputs)` equals the twin."""

    @given(text=strategies.plans(), inputs=strategies.inputs())
    @settings(max_examples=100)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Measures, ranks, what is carried, every ledger, account, unpaid and missed line, and entitled."""
        check(text, inputs)

    @given(text=strategies.plans(refunds="original"), inputs=strategies.inputs().map(strategies.march_only))
    @settings(max_examples=80)
    def test_refunds_take_back_what_the_original_paid(self, text: str, inputs: Inputs) -> None:
        """With `refunds = "original"`, of orders of this period."""
        check(text, inputs)
