"""Files in and out: people and orders as CSV, ledger and statements out, without a database."""

from mlmcore.files.inputs import read_inputs
from mlmcore.files.orders import read_orders
from mlmcore.files.output import totals_of, write_output
from mlmcore.files.people import read_people
from mlmcore.files.placing import placed

__all__ = ["placed", "read_inputs", "read_orders", "read_people", "totals_of", "write_output"]
