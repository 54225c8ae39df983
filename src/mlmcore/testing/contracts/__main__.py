"""Print the documentation's page of promises."""

import sys

from mlmcore.testing.contracts._page import page

sys.stdout.write(page())
