"""Read a plan from TOML, `load_plan` from a file and `loads_plan` from a text, and write one: `dumps_plan`.

`plan_schema` is the JSON Schema of the document, for editors; `plan_changes` says where two plans differ.
"""

from mlmcore.compensation.loader._changes import PlanChange, plan_changes
from mlmcore.compensation.loader._dump import dumps_plan
from mlmcore.compensation.loader._load import load_plan, loads_plan
from mlmcore.compensation.loader._schema import plan_schema

__all__ = ["PlanChange", "dumps_plan", "load_plan", "loads_plan", "plan_changes", "plan_schema"]
