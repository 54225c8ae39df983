"""Direct-selling back office as a library.

`import mlmcore` brings the version and nothing heavy: numpy, numba, SQLAlchemy and psycopg are imported by the
subpackages that need them, on first use. Start with `mlmcore.domain` for the entities, `mlmcore.genealogy` for the
network, `mlmcore.compensation` for plans, and `mlmcore.operations` for what an application does with them.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("mlmcore")
