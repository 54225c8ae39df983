"""What holds for every run, whatever the plan: no row order matters, no cent is lost, and asking changes nothing."""

from fractions import Fraction
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.engine_runs import engine_answer, run_engine
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError
from reference.engine import Inputs


def run_or_reject(text: str, inputs: Inputs) -> Result:
    """A run; examples in which the plan itself refuses a negative sum are left out."""
    try:
        return run_engine(loads_plan(text), inputs)
    except InputError as refused:
        assume("below zero" not in str(refused))
        raise


class TestDeterminism:
    """The same inputs, the same bytes."""

    @given(text=strategies.plans(), inputs=strategies.inputs(), shuffle=st.randoms(use_true_random=False))
    @settings(max_examples=60)
    def test_the_order_of_the_rows_changes_nothing(self, text: str, inputs: Inputs, shuffle: Random) -> None:
        """People and orders in any order give the same digest."""
        result = run_or_reject(text, inputs)
        for rows in (inputs.people, inputs.orders):
            shuffle.shuffle(rows)

        again = run_or_reject(text, inputs)

        assert again.digest == result.digest

    @given(text=strategies.plans(), inputs=strategies.inputs())
    @settings(max_examples=60)
    def test_asking_why_changes_nothing(self, text: str, inputs: Inputs) -> None:
        """Every number can explain itself, and asking does not change it."""
        result = run_or_reject(text, inputs)
        before, answer = result.digest, engine_answer(result)

        for person in answer["ranks"]:
            why(result, person)
            statement(result, person).to_text()

        assert engine_answer(result) == answer
        del result.__dict__["digest"]  # computed once: now once more, from what the result holds
        assert result.digest == before


class TestEveryCent:
    """No cent is created or lost."""

    @given(text=strategies.plans(), inputs=strategies.inputs())
    @settings(max_examples=60)
    def test_a_statement_comes_to_the_sum_of_the_persons_lines(self, text: str, inputs: Inputs) -> None:
        """To the cent."""
        result = run_or_reject(text, inputs)

        lines = engine_answer(result)["lines"]
        for person in engine_answer(result)["ranks"]:
            total = Fraction(statement(result, person).explanation.total.amount)
            assert total == sum((line[8] for line in lines if line[1] == person), Fraction(0))

    @given(text=strategies.plans(), inputs=strategies.inputs())
    @settings(max_examples=60)
    def test_entitled_is_what_is_paid_unpaid_and_waits(self, text: str, inputs: Inputs) -> None:
        """By bonus, from the lines themselves."""
        answer = engine_answer(run_or_reject(text, inputs))

        for bonus, entitled in answer["entitled"].items():
            everything = [*answer["lines"], *answer["accounts"], *answer["unpaid"].elements()]
            waits = sum((dict(row)["amount"] for row in answer["waiting"][bonus].elements()), Fraction(0))
            assert entitled == sum((line[8] for line in everything if line[0] == bonus), waits)
