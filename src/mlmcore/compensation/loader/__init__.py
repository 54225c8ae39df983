"""Read a plan from TOML, `load_plan` from a file and `loads_plan` from a text, and write one: `dumps_plan`."""

from mlmcore.compensation.loader._dump import dumps_plan
from mlmcore.compensation.loader._load import load_plan, loads_plan

__all__ = ["dumps_plan", "load_plan", "loads_plan"]
