"""The engine against its slow twin: random plans over random months give the same answer in everything."""

import pytest
from hypothesis import given, note, settings

from compensation.twin import strategies
from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import InputError
from reference.engine import Inputs, NegativeRefused


def both(plan: Plan, inputs: Inputs) -> tuple[Answer, Answer] | None:
    """Both answers; None where both refuse, since a payee's sum is negative and the plan forbids that."""
    try:
        twin = twin_answer(plan, inputs)
    except NegativeRefused:
        with pytest.raises(InputError, match="below zero"):
            run_engine(plan, inputs)
        return None
    return engine_answer(run_engine(plan, inputs)), twin


class TestEngineAgainstTwin:
    """`calculate(plan, inputs)` equals the twin."""

    @given(text=strategies.plans(), inputs=strategies.inputs())
    @settings(max_examples=200)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Measures, ranks, what is carried, every ledger, account, unpaid and missed line, and entitled."""
        note(text)
        answers = both(loads_plan(text), inputs)

        if answers is None:
            return
        engine, twin = answers
        for part, said in engine.items():
            assert said == twin[part], part
