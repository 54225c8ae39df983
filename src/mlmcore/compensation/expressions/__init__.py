"""A plan's formulas: from text to a typed tree, and from a tree and columns to exact values.

`syntax` reads, `check` types, `evaluate` computes; what a name means is said in `names`.
"""
