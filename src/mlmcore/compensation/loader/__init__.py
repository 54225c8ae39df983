"""Read a plan from TOML: `load_plan` from a file, `loads_plan` from a text."""

from mlmcore.compensation.loader._load import load_plan, loads_plan

__all__ = ["load_plan", "loads_plan"]
