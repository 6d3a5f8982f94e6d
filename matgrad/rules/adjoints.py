"""Table 2: the trace tricks. adjoint[L(dX)] = M(G) means tr(G'*L(dX)) = tr(M(G)'*dX).

One row for every linear building block and every position it is linear in; G has the size of L(dX).
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..core.rows import ADJOINTS as adjoint

adjoint("A*dX*B",       "A'*G*B'",               "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q); G: matrix(p,q)", note="tr(A*B) = tr(B*A)", zh="迹内循环交换")
adjoint("A*dX",         "A'*G",                  "A: matrix(p,m); X: matrix(m,n); G: matrix(p,n)",                 note="tr(A*B) = tr(B*A)", zh="迹内循环交换")
adjoint("dX*B",         "G*B'",                  "X: matrix(m,n); B: matrix(n,q); G: matrix(m,q)",                 note="tr(A*B) = tr(B*A)", zh="迹内循环交换")
adjoint("c*dX",         "c*G",                   "X: matrix(m,n); c: scalar; G: matrix(m,n)",                      note="tr(c*A) = c*tr(A)", zh="标量提出迹外")
adjoint("dt*A",         "tr(A'*G)",              "A: matrix(m,n); t: scalar; G: matrix(m,n)",                      note="tr(c*A) = c*tr(A)", zh="标量提出迹外")
adjoint("A .* dX",      "A .* G",                "A: matrix(m,n); X: matrix(m,n); G: matrix(m,n)",                 note="tr(A'*(B .* C)) = tr((A .* B)'*C)", zh="迹内逐元素乘交换")
adjoint("dX'",          "G'",                    "X: matrix(m,n); G: matrix(n,m)",                                 note="tr(A') = tr(A)", zh="转置不改变迹")
adjoint("tr(dX)",       "G*eye(n)",              "X: matrix(n,n); G: scalar",                                      note="tr(A) = tr(eye(n)'*A)", zh="标量套上迹")
adjoint("sum(dX)",      "G*ones(m,n)",           "X: matrix(m,n); G: scalar",                                      note="sum(A) = tr(ones(m,n)'*A)", zh="元素和写成迹")
adjoint("A*diag(dx)*B", "diag(A'*G*B')",         "A: matrix(p,n); x: vector(n); B: matrix(n,q); G: matrix(p,q)",   note="tr(A'*diag(b)) = diag(A)'*b", zh="对角阵与迹")
adjoint("diag(dx)*B",   "diag(G*B')",            "x: vector(n); B: matrix(n,q); G: matrix(n,q)",                   note="tr(A'*diag(b)) = diag(A)'*b", zh="对角阵与迹")
adjoint("A*diag(dx)",   "diag(A'*G)",            "A: matrix(p,n); x: vector(n); G: matrix(p,n)",                   note="tr(A'*diag(b)) = diag(A)'*b", zh="对角阵与迹")
adjoint("diag(diag(dX))", "diag(diag(G))",       "X: matrix(n,n); G: matrix(n,n)",                                 note="diag(diag(X)) = eye(n) .* X", zh="只留对角元")
adjoint("diag(dx)",     "diag(G)",               "x: vector(n); G: matrix(n,n)",                                   note="tr(A'*diag(b)) = diag(A)'*b", zh="对角阵与迹")
adjoint("diag(A*diag(dx)*B)", "(A .* B')'*G",    "A: matrix(m,n); x: vector(n); B: matrix(n,m); G: vector(m)",     note="diag(A*diag(b)*C) = (A .* C')*b", zh="对角元与哈达玛积")
adjoint("diag(dX)",     "diag(G)",               "X: matrix(n,n); G: vector(n)",                                   note="b'*diag(A) = tr(diag(b)*A)", zh="对角阵与迹")
adjoint("tril(dX)",     "tril(G)",               "X: matrix(n,n); G: matrix(n,n)",                                 note="tr(A'*tril(B)) = tr(tril(A)'*B)", zh="下三角部分与迹")
adjoint("triu(dX)",     "triu(G)",               "X: matrix(n,n); G: matrix(n,n)",                                 note="tr(A'*triu(B)) = tr(triu(A)'*B)", zh="上三角部分与迹")
adjoint("vec(dX)",      "unvec(G, m, n)",        "X: matrix(m,n); G: vector(m*n)",                                 note="vec(A)'*vec(B) = tr(A'*B)", zh="向量化与迹")
adjoint("vech(dX)",     "unvec(elim(n)'*G, n, n)", "X: matrix(n,n); G: vector(n*(n+1)/2)",                        note="vech(A) = elim(n)*vec(A)", zh="半向量化与迹")
adjoint("unvec(dx, m, n)", "vec(G)",             "x: vector(m*n); G: matrix(m,n)",                                 note="vec(A)'*vec(B) = tr(A'*B)", zh="向量化与迹")
adjoint("dX[:,j]",      "G*unit(n,j)'",          "X: matrix(m,n); j: integer; G: vector(m)",                       note="X[:,j] = X*unit(n,j)", zh="取列")
adjoint("dX[i,:]",      "unit(m,i)*G",           "X: matrix(m,n); i: integer; G: matrix(1,n)",                     note="X[i,:] = unit(m,i)'*X", zh="取行")
adjoint("dX[i,j]",      "G*unit(m,i)*unit(n,j)'", "X: matrix(m,n); i: integer; j: integer; G: scalar",             note="X[i,j] = unit(m,i)'*X*unit(n,j)", zh="取元素")
adjoint("dx[i]",        "G*unit(n,i)",           "x: vector(n); i: integer; G: scalar",                            note="x[i] = unit(n,i)'*x", zh="取元素")
adjoint("kron(A, dX)",  "unvec(kron(vec(A)', eye(m*n))*kron(eye(q), K(p,n), eye(m))*vec(G), m, n)",
                                                 "A: matrix(p,q); X: matrix(m,n); G: matrix(p*m,q*n)",             note="vec of a Kronecker product (MN 3.7 thm 10)", zh="克罗内克积的向量化")
adjoint("kron(dX, B)",  "unvec(kron(eye(m*n), vec(B)')*kron(eye(n), K(m,q), eye(p))*vec(G), m, n)",
                                                 "B: matrix(p,q); X: matrix(m,n); G: matrix(m*p,n*q)",             note="vec of a Kronecker product (MN 3.7 thm 10)", zh="克罗内克积的向量化")
adjoint("sylvester(A, B, dX)", "sylvester(A', B', G)", "A: matrix(m,m); B: matrix(n,n); X: matrix(m,n); G: matrix(m,n)", note="tr(A'*sylvester(M, N, B)) = tr(sylvester(M', N', A)'*B)", zh="西尔维斯特方程与迹")
adjoint("lyapunov(A, dX)", "lyapunov(A', G)",       "A: matrix(n,n); X: matrix(n,n); G: matrix(n,n)",                 note="tr(A'*lyapunov(M, B)) = tr(lyapunov(M', A)'*B)", zh="李雅普诺夫方程与迹")
