"""A function, a law and a wrong row added from outside, in a process of their own: the tables are shared."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import numpy as np
import matgrad as mg
from matgrad.extend import check_row, d, define, elementwise, law
from matgrad.core.rows import DIFFERENTIALS, LAWS, Row

before = mg.derive("tr(A*X)", "X")                        # the tables have been read
elementwise("logcosh", "tanh(X)", "np.log(np.cosh({0}))")
define("logdet1p", "(n,n)->()", numpy="np.linalg.slogdet(np.eye({0}.shape[-1]) + {0})[1][..., None, None]")
d("logdet1p(S)", "tr(inv(eye(n) + S)*dS)", "S: matrix(n,n)")
law("logdet1p(S')", "logdet1p(S)", "S: matrix(n,n)", why="one transpose less")

assert str(mg.derive("sum(logcosh(W*x))", "x", "W: matrix(m,n); x: vector(n)")) == "W'*tanh(W*x)"
D = mg.derive("logdet1p(X) + tr(A*X)", "X", "X: matrix(n,n); A: matrix(n,n)")
assert D.verify() and D.check() and mg.parse(str(D.value), D.known) is D.value
assert mg.compare("logdet1p(X')", "logdet1p(X)", "X: matrix(n,n)").proof == "normal form"
for row in (DIFFERENTIALS[-1], DIFFERENTIALS[-2], LAWS[-1]):
    assert check_row(row) < 1e-6
try:
    check_row(Row("differential", "logdet1p(S)", "1.001*tr(inv(eye(n) + S)*dS)", "S: matrix(n,n)"))
except mg.MatgradError:
    print("caught")
"""


def test_functions_and_laws_can_be_added_from_outside() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and done.stdout.strip() == "caught", done.stderr
