"""The complete in-memory implementation of `mlmcore.repositories.protocols`.

It keeps the same promises as the database, proved by the same contracts, and is made for tests, trials and small tools.
Everything is a snapshot: a unit of work changes a copy and swaps it in when it ends.
"""

from mlmcore.repositories.memory.unit import MemoryStore, MemoryUnitOfWork

__all__ = ["MemoryStore", "MemoryUnitOfWork"]
