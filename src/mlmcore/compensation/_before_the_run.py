"""What is known before a plan makes trees and boards: the given trees, and the columns that their formulas read."""

from attrs import evolve

from mlmcore.compensation._checks._known_before import needed_before
from mlmcore.compensation._given import laid_over
from mlmcore.compensation.arranged import arrange
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, orders_frame, people_frame
from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.plan import Plan

__all__ = ["before_the_run"]


def before_the_run(plan: Plan, inputs: RunInputs) -> Sheet:
    """Return a sheet of the given trees and events alone, with everything that trees and boards ask.

    Raises:
        InputError: The inputs do not fit the plan, or a column cannot be computed.
    """
    bare = evolve(plan, trees={}, boards={}, tree=plan.given_tree)
    sheet = Sheet(bare, arrange(bare, inputs))
    needed = needed_before(plan)
    for step in plan.steps:
        if step.kind == "order_column" and step.name in needed:
            sheet.order[step.name] = evaluate(plan.order_columns[step.name].node, orders_frame(sheet, None))
        elif step.kind == "measure" and step.name in needed:
            computed = evaluate(plan.measures[step.name].node, people_frame(sheet))
            sheet.person[step.name] = laid_over(computed, sheet.rows.given.get(step.name))
    return sheet
