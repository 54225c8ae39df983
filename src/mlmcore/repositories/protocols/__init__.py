"""What the core needs stored: one Protocol per aggregate, and the unit of work that holds them together.

Entities go in and entities come out; ids are UUIDs (ranks, periods and plans have text ids). The verbs mean the same
everywhere: `get` raises when there is nothing, `find` returns None, `add` stores something new, `update` replaces
what is stored, `list_by_...` returns a tuple in a stated order, `page` goes through everything in key order.

Every promise has a number, and `mlmcore.testing.contracts` holds every implementation to it. These hold for all:

- **A1** `get` of something that is not stored raises `NotFoundError`; `find` returns None.
- **A2** `add` of a key, or of a unique value, that is already stored raises `ConflictError`.
- **A3** A reference to something that is not stored raises `BrokenReferenceError`, at once or at the latest when the
  unit ends; nothing of that unit is kept.
- **A4** `add` and `update` return what is stored. `created_at`, a run's `started_at` and a payout's `requested_at` are
  the unit's instant where the entity has none, and stay where an update leaves them out; `updated_at` is the unit's
  instant after every change.
- **A5** `update` of something that is not stored raises `NotFoundError`. An update that changes nothing stores nothing:
  `updated_at` stays, and no audit row is written.
- **A6** A change of state that the domain's machine does not know raises `IllegalMoveError`.
- **A7** `page(after, limit)` returns at most `limit` entities whose key follows `after`, in ascending order of the key;
  a limit outside 1 to 10,000 raises `RefusedError`.
- **A8** `add_many` keeps every promise of `add`, all or nothing, and writes one audit row for the whole, whose action
  is `bulk` and whose `after_data` holds `{"rows": N}`.
- **A9** Every other change of a mutable table writes one audit row with the unit's actor: action `insert` with all
  columns that are set, or `update` with the changed columns before and after. Secrets appear as `{"changed": true}`.
- **A10** Nothing is deleted: there is no verb for it. Whom a law lets be forgotten is erased (`Erasures`).
- **A11** Without a cipher a secret is refused with `RefusedError`, and nothing is stored; with one it comes back as it
  went in.
- **A12** After an error the unit is as if the call had not been made.
- **A13** `get` and `find` of an id that is no UUID, where ids are UUIDs, raise `InputError`: a text that looks like one
  would be somebody in one store and nobody in another.
- **A14** No change is lost: `update` of an entity whose `updated_at` is not the stored one any more raises
  `TransientError`, for somebody else changed the row since it was read; read it again. An entity without `updated_at`
  replaces whatever is stored, and so does one whose row this very unit has changed.
- **A15** An argument that is not what the Protocol says raises `InputError` that names it, in the same words from every
  store, before anything is asked: no UUID where ids are, a text that holds a NUL or a lone surrogate, a label that its
  enum does not have, an instant without a time zone, an entity of another class. A label may be given as its text.
"""

from mlmcore.repositories.protocols.auto_ship import AutoShips
from mlmcore.repositories.protocols.columns import Columns
from mlmcore.repositories.protocols.commissions import (
    Carry,
    Ledger,
    Payouts,
    Periods,
    Plans,
    RankHistories,
    Ranks,
    Runs,
)
from mlmcore.repositories.protocols.compliance import ComplianceCases
from mlmcore.repositories.protocols.crm import Contacts, Tasks
from mlmcore.repositories.protocols.erasures import Erasures
from mlmcore.repositories.protocols.events import PersonEvents
from mlmcore.repositories.protocols.network import Trees
from mlmcore.repositories.protocols.people import Customers, Distributors, Territories, Users
from mlmcore.repositories.protocols.records import AuditLogs, Snapshots
from mlmcore.repositories.protocols.sales import Categories, Orders, Products
from mlmcore.repositories.protocols.secrets import Resealed, SealedPlace, Secrets
from mlmcore.repositories.protocols.unit import Actor, UnitOfWork, UnitOfWorkFactory

__all__ = [
    "Actor",
    "AuditLogs",
    "AutoShips",
    "Carry",
    "Categories",
    "Columns",
    "ComplianceCases",
    "Contacts",
    "Customers",
    "Distributors",
    "Erasures",
    "Ledger",
    "Orders",
    "Payouts",
    "Periods",
    "PersonEvents",
    "Plans",
    "Products",
    "RankHistories",
    "Ranks",
    "Resealed",
    "Runs",
    "SealedPlace",
    "Secrets",
    "Snapshots",
    "Tasks",
    "Territories",
    "Trees",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "Users",
]
