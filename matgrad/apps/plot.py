"""The structure of a Jacobian or Hessian on a matplotlib axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..calculus.derivatives import Result
from ..errors import MatgradError
from ..explain.pictures import Structure

MOST_PLOTTED = 2000


def plot(result: Result, sizes: Mapping[str, int] | None = None, ax: Any = None) -> Any:
    """The structure drawn with matplotlib: entries that are not zero are dark, lines part the blocks. Raises MatgradError without it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MatgradError("a plot needs matplotlib: pip install 'matgrad[plot]'") from None
    s = Structure(result, sizes, MOST_PLOTTED)
    ax = ax if ax is not None else plt.subplots()[1]
    ax.imshow(s.filled, cmap="Greys", vmin=0, vmax=1.6, interpolation="nearest")
    for step, end, line in ((s.blocks[0], s.rows, ax.axhline), (s.blocks[1], s.cols, ax.axvline)):
        for at in range(0, end + 1, step):
            line(at - 0.5, color="tab:blue", linewidth=0.6)
    ax.set_title(s.title("en"))
    ax.set_xticks([])
    ax.set_yticks([])
    return ax
