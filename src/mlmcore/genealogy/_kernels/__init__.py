"""The loops that numpy alone cannot do well, a module for each room: flat, dumb, over arrays.

A kernel takes arrays and output arrays, allocates nothing and raises nothing; whoever calls it has checked everything.
It uses indexing, `len` and whole numbers only, because it runs compiled over arrays and interpreted over memoryviews
(see `_compiled`). No import of numba here. The live layer's and spillover's stand in their own rooms.
"""
