"""What is owed: plans, the language they are written in, and the engine that runs them.

Start with `loader.load_plan` and `engine.calculate`; `statement.statement` explains a result. Nothing is imported
here, so that reading a plan costs no more than reading a plan.
"""
