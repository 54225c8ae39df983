"""What the core needs stored: Protocols, their in-memory implementation, and the rules that every store shares.

`protocols` says what is promised, `memory` keeps it without a database, and `mlmcore.testing.contracts` examines
whoever else says so. Nothing is imported here, so that whoever only enrols people pays for no engine.
"""
