"""What an extension author imports: the tables, and the check of a row.

    from matgrad.extend import define, d, check_row

    define("logdet1p", "(n,n)->()", numpy="np.linalg.slogdet(np.eye({0}.shape[-1]) + {0})[1][..., None, None]")
    d("logdet1p(S)", "tr(inv(eye(n) + S)*dS)", "S: matrix(n,n)")

`define` records a function (its sizes, how it is computed and written), `d`, `adjoint`, `kronecker` and `law` add a row
to a table, `elementwise` does both for a function of each entry. A row is used from then on; one that is wrong
is caught by `check_row`, and by the check of every answer.
"""

from __future__ import annotations

from .core.op import define
from .core.rows import ADJOINTS as adjoint
from .core.rows import DIFFERENTIALS as d
from .core.rows import KRONECKER as kronecker
from .core.rows import LAWS as law
from .rules.differentials import elementwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core.rows import Row


def check_row(row: Row) -> float:
    """The largest error of a row at random points and sizes. Raises RowError with the point where it fails."""
    from .check.harness import check_row as check

    return float(check(row))


__all__ = ["adjoint", "check_row", "d", "define", "elementwise", "kronecker", "law"]
