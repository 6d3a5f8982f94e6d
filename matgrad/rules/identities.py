"""Table 4: laws of simplification, left -> right, each with the reason why rewriting with it terminates.

A law about a product matches neighbouring factors, a law about a sum, a Hadamard product or a product
of scalars matches any two parts. Order, brackets, zeros, ones, like terms and common factors are the
normal form's own business (`simplify/normal.py`).
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..core.rows import LAWS as law

# functions that were spelled out
law("log(det(S))",            "logdet(S)",       "S: matrix(n,n)",                 why="one function less")
law("log(sum(exp(x)))",       "logsumexp(x)",    "x: vector(n)",                   why="two functions less")
law("log(1 + exp(X))",        "softplus(X)",     "X: matrix(m,n)",                 why="one function less")
law("log(abs(det(S)))",       "logdet(S)",       "S: matrix(n,n)",                 why="two functions less")
law("log(1 ./ X)",            "-log(X)",         "X: matrix(m,n)",                 why="the reciprocal leaves the logarithm")
law("log(exp(X))",            "X",               "X: matrix(m,n)",                 why="two functions less")
law("exp(log(X))",            "X",               "X: matrix(m,n)",                 why="two functions less")
law("logdet(inv(S))",         "-logdet(S)",      "S: matrix(n,n)",                 why="one function less")
law("det(inv(S))",            "1/det(S)",        "S: matrix(n,n)",                 why="one function less")
law("det(S')",                "det(S)",          "S: matrix(n,n)",                 why="one transpose less")
law("logdet(S')",             "logdet(S)",       "S: matrix(n,n)",                 why="one transpose less")
law("adj(S')",                "adj(S)'",         "S: matrix(n,n)",                 why="transposes move outwards")
law("adj(S)",                 "det(S)*inv(S)",   "S: invertible(n)",               why="no adjugate is left")
law("exp(x)/sum(exp(x))",     "softmax(x)",      "x: vector(n)",                   why="two functions less")
law("exp(t)/(1 + exp(t))",    "sigmoid(t)",      "t: scalar",                      why="two functions less")
law("exp(X) ./ (1 + exp(X))", "sigmoid(X)",      "X: matrix(m,n)",                 why="two functions less")
law("1/(1 + exp(-t))",        "sigmoid(t)",      "t: scalar",                      why="one function less")
law("1 ./ (1 + exp(-X))",     "sigmoid(X)",      "X: matrix(m,n)",                 why="one function less")
law("1/(1 + exp(t))",         "sigmoid(-t)",     "t: scalar",                      why="one function less")
law("1 ./ (1 + exp(X))",      "sigmoid(-X)",     "X: matrix(m,n)",                 why="one function less")
law("exp(t)*sigmoid(-t)",      "sigmoid(t)",      "t: scalar",                      why="one factor less")
law("exp(X) .* sigmoid(-X)",   "sigmoid(X)",      "X: matrix(m,n)",                 why="one factor less")
law("sigmoid(t)*(1 - sigmoid(t))",       "sigmoid'(t)", "t: scalar",               why="one factor less")
law("sigmoid(X) .* (1 - sigmoid(X))",    "sigmoid'(X)", "X: matrix(m,n)",          why="one factor less")
law("1 - tanh(t)^2",          "tanh'(t)",        "t: scalar",                      why="one term less")
law("1 - tanh(X) .^ 2",       "tanh'(X)",        "X: matrix(m,n)",                 why="one term less")
law("abs(t)*sign(t)",         "t",               "t: scalar",                      why="one factor less")
law("abs(X) .* sign(X)",      "X",               "X: matrix(m,n)",                 why="one factor less")

# declared facts
law("Q'*Q",                   "eye(n)",          "Q: orthogonal(n)",               why="two factors less")
law("Q*Q'",                   "eye(n)",          "Q: orthogonal(n)",               why="two factors less")
law("inv(Q)",                 "Q'",              "Q: orthogonal(n)",               why="one function less")
law("sum(y)",                 "1",               "y: onehot(n)",                   why="one function less")
law("ones(m)'*Y",             "ones(n)'",        "Y: onehot(m,n)",                 why="one factor less")
law("Y .^ 2",                 "Y",               "Y: onehot(m,n)",                 why="one power less")

# sums of entries
law("sum(softmax(x))",        "1",               "x: vector(n)",                   why="two functions less")
law("ones(m)'*softmax(X)",    "ones(n)'",        "X: matrix(m,n)",                 why="one function less")
law("sum(diag(x))",           "sum(x)",          "x: vector(n)",                   why="one function less")
law("sum(diag(S))",           "tr(S)",           "S: matrix(n,n)",                 why="one function less")
law("sum(vec(X))",            "sum(X)",          "X: matrix(m,n)",                 why="one function less")
law("sum(kron(A, B))",        "sum(A)*sum(B)",   "A: matrix(m,n); B: matrix(p,q)", why="one product less")
law("sum(abs(X))",            "norm1(X)",        "X: matrix(m,n)",                 why="one function less")

# diagonal matrices
law("diag(x)*diag(y)",        "diag(x .* y)",    "x: vector(n); y: vector(n)",     why="one factor less")
law("diag(x)*y",              "x .* y",          "x: vector(n); y: vector(n)",     why="one function less")
law("x'*diag(y)",             "(x .* y)'",       "x: vector(n); y: vector(n)",     why="one function less")
law("diag(diag(x))",          "x",               "x: vector(n)",                   why="two functions less")
law("diag(S')",               "diag(S)",         "S: matrix(n,n)",                 why="one transpose less")
law("diag(x)'",               "diag(x)",         "x: vector(n)",                   why="one transpose less")
law("diag(x) .* X",           "diag(x .* diag(X))", "x: vector(n); X: matrix(n,n)", why="the Hadamard product falls from matrices to vectors")
law("eye(n) .* X",            "diag(diag(X))",   "X: matrix(n,n)",                 why="one Hadamard product less")
law("diag(ones(n))",          "eye(n)",          "",                               why="one function less")
law("diag(eye(n))",           "ones(n)",         "",                               why="one function less")
law("diag(x*y')",             "x .* y",          "x: vector(n); y: vector(n)",     why="one function less")
law("inv(diag(x))",           "diag(1 ./ x)",    "x: vector(n)",                   why="inv sinks into diag")
law("det(eye(n))",            "1",               "",                               why="one function less")
law("logdet(eye(n))",         "0",               "",                               why="one function less")

law("(x*ones(n)') .* X",      "diag(x)*X",       "x: vector(m); X: matrix(m,n)",   why="one Hadamard product less")
law("(ones(m)*y') .* X",      "X*diag(y)",       "y: vector(n); X: matrix(m,n)",   why="one Hadamard product less")

# traces and Kronecker products
law("tr(kron(A, B))",         "tr(A)*tr(B)",     "A: matrix(m,m); B: matrix(n,n)", why="one product less", source="MN 2.2")
law("tr(diag(x))",            "sum(x)",          "x: vector(n)",                   why="one function less")
law("kron(A, B)*kron(C, D)",  "kron(A*C, B*D)",  "A: matrix(m,n); B: matrix(p,q); C: matrix(n,r); D: matrix(q,s)", why="one Kronecker product less", source="MN 2.2")
law("kron(A, B)'",            "kron(A', B')",    "A: matrix(m,n); B: matrix(p,q)", why="transposes sink", source="MN 2.2")
law("inv(kron(A, B))",        "kron(inv(A), inv(B))", "A: matrix(m,m); B: matrix(n,n)", why="inverses sink", source="MN 2.2")
law("kron(x, y')",            "x*y'",            "x: vector(m); y: vector(n)",     why="one Kronecker product less")
law("kron(x', y)",            "y*x'",            "x: vector(m); y: vector(n)",     why="one Kronecker product less")
law("kron(eye(m), eye(n))",   "eye(m*n)",        "",                               why="one Kronecker product less")
law("kron(ones(m), ones(n))", "ones(m*n)",       "",                               why="one Kronecker product less")
law("K(m,n)'",                "K(n,m)",          "",                               why="one transpose less", source="MN 3.7")
law("inv(K(m,n))",            "K(n,m)",          "",                               why="one inverse less", source="MN 3.7")
law("K(m,n)*K(n,m)",          "eye(m*n)",        "",                               why="two factors less", source="MN 3.7")
law("K(m,n)*vec(X)",          "vec(X')",         "X: matrix(m,n)",                 why="one factor less", source="MN 3.7")
law("K(m,n)*kron(x, y)",      "kron(y, x)",      "x: vector(n); y: vector(m)",     why="one factor less", source="MN 3.7")
law("K(p,m)*kron(A, B)",      "kron(B, A)*K(q,n)", "A: matrix(m,n); B: matrix(p,q)", why="K moves to the right", source="MN 3.7 thm 9")
law("vec(X) + vec(Y)",        "vec(X + Y)",      "X: matrix(m,n); Y: matrix(m,n)", why="one function less")
law("vec(X) .* vec(Y)",       "vec(X .* Y)",     "X: matrix(m,n); Y: matrix(m,n)", why="one function less")
law("kron(A, B)*vec(X)",      "vec(B*X*A')",     "A: matrix(p,n); B: matrix(q,m); X: matrix(m,n)", why="one Kronecker product less", source="MN 2.4 thm 2")
law("vec(x*y')",              "kron(y, x)",      "x: vector(m); y: vector(n)",     why="one function less")
law("vec(x)",                 "x",               "x: vector(n)",                   why="one function less")
law("vec(x')",                "x",               "x: vector(n)",                   why="one function less")
law("vec(unvec(x, m, n))",    "x",               "x: vector(m*n)",                 why="two functions less")
law("unvec(vec(X), m, n)",    "X",               "X: matrix(m,n)",                 why="two functions less")
law("diag(vec(ones(m,n)))",   "eye(m*n)",        "",                               why="one function less")
law("vec(ones(m,n))",         "ones(m*n)",       "",                               why="one function less")
law("unit(n,i)'*x",           "x[i]",            "x: vector(n); i: integer",       why="one factor less")
law("X*unit(n,j)",            "X[:,j]",          "X: matrix(m,n); j: integer",     why="one factor less")
law("unit(m,i)'*X",           "X[i,:]",          "X: matrix(m,n); i: integer",     why="one factor less")
law("ones(n)[i]",             "1",               "i: integer",                     why="one index less")
law("X'[:,i]",                "X[i,:]'",         "X: matrix(m,n); i: integer",     why="the transpose moves outwards")
law("X'[i,:]",                "X[:,i]'",         "X: matrix(m,n); i: integer",     why="the transpose moves outwards")
law("X'[i,j]",                "X[j,i]",          "X: matrix(m,n); i: integer; j: integer", why="one transpose less")
law("sum(unit(n,i))",         "1",               "i: integer",                     why="one function less")
