"""What things are: entities, money, rates, periods, ids, state machines, and the one error tree.

Pure: no I/O, no numpy, no driver. Import from the modules; `entities.ENTITIES` has every entity by its table's name.
"""
