"""Table 3: the vec tricks. kronecker[L(dX)] = M means vec(L(dX)) = M*vec(dX); vec stacks columns.

The same rows as table 2, read a second way. MN = Magnus & Neudecker, 3rd ed., ch. 2 and 3.
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..core.rows import KRONECKER as kronecker

kronecker("A*dX*B",       "kron(B', A)",             "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)",        note="vec(A*X*B) = kron(B', A)*vec(X)", source="MN 2.4 thm 2", zh="矩阵乘法的向量化")
kronecker("A*dX",         "kron(eye(n), A)",         "A: matrix(p,m); X: matrix(m,n)",                        note="vec(A*X) = kron(eye(n), A)*vec(X)", source="MN 2.4", zh="矩阵乘法的向量化")
kronecker("dX*B",         "kron(B', eye(m))",        "X: matrix(m,n); B: matrix(n,q)",                        note="vec(X*B) = kron(B', eye(m))*vec(X)", source="MN 2.4", zh="矩阵乘法的向量化")
kronecker("c*dX",         "c*eye(m*n)",              "X: matrix(m,n); c: scalar",                             note="vec(c*X) = c*vec(X)", zh="数乘的向量化")
kronecker("dt*A",         "vec(A)",                  "A: matrix(m,n); t: scalar",                             note="vec(t*A) = vec(A)*t", zh="数乘的向量化")
kronecker("A .* dX",      "diag(vec(A))",            "A: matrix(m,n); X: matrix(m,n)",                        note="vec(A .* X) = diag(vec(A))*vec(X)", zh="逐元素乘法的向量化")
kronecker("dX'",          "K(m,n)",                  "X: matrix(m,n)",                                        note="vec(X') = K(m,n)*vec(X)", source="MN 3.7", zh="转置的向量化")
kronecker("tr(dX)",       "vec(eye(n))'",            "X: matrix(n,n)",                                        note="tr(X) = vec(eye(n))'*vec(X)", zh="迹的向量化")
kronecker("sum(dX)",      "ones(m*n)'",              "X: matrix(m,n)",                                        note="sum(X) = ones(m*n)'*vec(X)", zh="元素和的向量化")
kronecker("A*diag(dx)*B", "kron(B', ones(p)) .* kron(ones(q), A)", "A: matrix(p,n); x: vector(n); B: matrix(n,q)",    note="vec(A*diag(x)*B) = (kron(B', ones(p)) .* kron(ones(q), A))*x", source="Khatri and Rao 1968", zh="对角阵的向量化")
kronecker("diag(dx)*B",   "diag(vec(B))*kron(ones(q), eye(n))", "x: vector(n); B: matrix(n,q)",                  note="vec(diag(x)*B) = diag(vec(B))*kron(ones(q), eye(n))*x", zh="对角阵的向量化")
kronecker("A*diag(dx)",   "diag(vec(A))*kron(eye(n), ones(p))", "A: matrix(p,n); x: vector(n)",                  note="vec(A*diag(x)) = diag(vec(A))*kron(eye(n), ones(p))*x", zh="对角阵的向量化")
kronecker("diag(diag(dX))", "diag(vec(eye(n)))",       "X: matrix(n,n)",                                        note="diag(diag(X)) = eye(n) .* X", zh="只留对角元")
kronecker("diag(dx)",     "diag(vec(eye(n)))*kron(ones(n), eye(n))", "x: vector(n)",                             note="vec(diag(x)) = diag(vec(eye(n)))*kron(ones(n), eye(n))*x", zh="对角阵的向量化")
kronecker("diag(A*diag(dx)*B)", "A .* B'",         "A: matrix(m,n); x: vector(n); B: matrix(n,m)",          note="diag(A*diag(x)*B) = (A .* B')*x", zh="对角元与哈达玛积")
kronecker("diag(dX)",     "kron(ones(n)', eye(n))*diag(vec(eye(n)))", "X: matrix(n,n)",                          note="diag(X) = (eye(n) .* X)*ones(n)", zh="取对角元")
kronecker("tril(dX)",     "diag(vec(tril(ones(n,n))))", "X: matrix(n,n)",                                    note="tril(X) = tril(ones(n,n)) .* X", zh="下三角部分")
kronecker("triu(dX)",     "diag(vec(triu(ones(n,n))))", "X: matrix(n,n)",                                    note="triu(X) = triu(ones(n,n)) .* X", zh="上三角部分")
kronecker("vec(dX)",      "eye(m*n)",                "X: matrix(m,n)",                                        note="vec(vec(X)) = vec(X)", zh="向量化")
kronecker("vech(dX)",     "elim(n)",                "X: matrix(n,n)",                                         note="vech(X) = elim(n)*vec(X)", source="MN 3.8; Magnus 1988 ch. 5", zh="半向量化")
kronecker("unvec(dx, m, n)", "eye(m*n)",             "x: vector(m*n)",                                        note="vec(unvec(x, m, n)) = x", zh="向量化")
kronecker("dX[:,j]",      "kron(unit(n,j)', eye(m))", "X: matrix(m,n); j: integer",                           note="X[:,j] = X*unit(n,j)", zh="取列")
kronecker("dX[i,:]",      "kron(eye(n), unit(m,i)')", "X: matrix(m,n); i: integer",                           note="X[i,:] = unit(m,i)'*X", zh="取行")
kronecker("dX[i,j]",      "kron(unit(n,j)', unit(m,i)')", "X: matrix(m,n); i: integer; j: integer",           note="X[i,j] = unit(m,i)'*X*unit(n,j)", zh="取元素")
kronecker("dx[i]",        "unit(n,i)'",              "x: vector(n); i: integer",                              note="x[i] = unit(n,i)'*x", zh="取元素")
kronecker("kron(A, dX)",  "kron(eye(q), K(n,p), eye(m))*kron(vec(A), eye(m*n))", "A: matrix(p,q); X: matrix(m,n)", note="vec(kron(A, B)) = kron(eye(q), K(n,p), eye(m))*kron(vec(A), vec(B))", source="MN 3.7 thm 10", zh="克罗内克积的向量化")
kronecker("kron(dX, B)",  "kron(eye(n), K(q,m), eye(p))*kron(eye(m*n), vec(B))", "B: matrix(p,q); X: matrix(m,n)", note="vec(kron(A, B)) = kron(eye(n), K(q,m), eye(p))*kron(vec(A), vec(B))", source="MN 3.7 thm 10", zh="克罗内克积的向量化")
kronecker("sylvester(A, B, dX)", "inv(kron(eye(n), A) + kron(B', eye(m)))", "A: matrix(m,m); B: matrix(n,n); X: matrix(m,n)", note="vec(A*X + X*B) = (kron(eye(n), A) + kron(B', eye(m)))*vec(X)", source="MN 2.4", zh="西尔维斯特方程的向量化")
kronecker("lyapunov(A, dX)", "inv(kron(eye(n), A) + kron(A, eye(n)))", "A: matrix(n,n); X: matrix(n,n)",           note="vec(A*X + X*A') = (kron(eye(n), A) + kron(A, eye(n)))*vec(X)", source="MN 2.4", zh="李雅普诺夫方程的向量化")
