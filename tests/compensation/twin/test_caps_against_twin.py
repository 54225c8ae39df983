"""Caps against their slow twin: random plans with caps over random months."""

from hypothesis import given, settings

from compensation.twin import strategies
from compensation.twin.test_engine_against_twin import check
from reference.engine import Inputs


class TestCapsAgainstTwin:
    """`[[caps]]` equal the twin's, line by line."""

    @given(
        text=strategies.plans(caps_over=[1, 2]),
        inputs=strategies.inputs(),
    )
    @settings(max_examples=40)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """What is left of each line, what is cut of it, and the columns that read it."""
        check(text, inputs)
