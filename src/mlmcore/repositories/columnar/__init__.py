"""Whole aggregates as columns: what a column of a table holds, out of Arrow into entities, and into Arrow.

Both stores share it. `protocols.Columns` says what is promised.
"""
