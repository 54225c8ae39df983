"""What things are: entities, money, rates, periods, ids, state machines, and the one error tree.

Pure: no I/O, no numpy, no driver. Import from the modules; `ENTITIES` lists every entity by the name of its table.
"""
