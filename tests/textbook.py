"""The textbook results matgrad exists for: input, variable, declarations, and the answer as the book writes it.

CB = Petersen & Pedersen, The Matrix Cookbook, 2012, by equation; MN = Magnus & Neudecker, Matrix Differential
Calculus, 3rd ed.; BV = Boyd & Vandenberghe, Convex Optimization; BI = Bishop, Pattern Recognition and Machine Learning.
The answers were copied from the books, not from matgrad.
"""


class Case:
    """One result of a book."""

    def __init__(self, source: str, text: str, wrt: str, declare: str, expected: str):
        self.source = source
        self.text = text
        self.wrt = wrt
        self.declare = declare
        self.expected = expected

    def __repr__(self) -> str:
        return f"{self.source}: {self.text} by {self.wrt}"


SQUARE = "X: matrix(n,n); A: matrix(n,n); B: matrix(n,n); C: matrix(n,n)"
WIDE = "X: matrix(m,n); A: matrix(p,m); B: matrix(n,q)"
VECTORS = "a: vector(m); b: vector(n); X: matrix(m,n)"

CASES = [
    # first order
    Case("CB 69", "x'*a", "x", "x: vector(n); a: vector(n)", "a"),
    Case("CB 70", "a'*X*b", "X", VECTORS, "a*b'"),
    Case("CB 71", "a'*X'*b", "X", "a: vector(n); b: vector(m); X: matrix(m,n)", "b*a'"),
    Case("CB 72", "a'*X*a", "X", "a: vector(n); X: matrix(n,n)", "a*a'"),
    Case("CB 72 transposed", "a'*X'*a", "X", "a: vector(n); X: matrix(n,n)", "a*a'"),
    # second order
    Case("CB 76", "sum(X)^2", "X", "X: matrix(m,n)", "2*sum(X)*ones(m,n)"),
    Case("CB 77", "b'*X'*X*c", "X", "X: matrix(m,n); b: vector(n); c: vector(n)", "X*(b*c' + c*b')"),
    Case("CB 78", "(B*x + b)'*C*(D*x + d)", "x", "B: matrix(p,n); b: vector(p); C: matrix(p,q); D: matrix(q,n); d: vector(q); x: vector(n)",
         "B'*C*(D*x + d) + D'*C'*(B*x + b)"),
    Case("CB 81", "x'*B*x", "x", "x: vector(n); B: matrix(n,n)", "(B + B')*x"),
    Case("CB 82", "b'*X'*D*X*c", "X", "X: matrix(m,n); b: vector(n); c: vector(n); D: matrix(m,m)", "D'*X*b*c' + D*X*c*b'"),
    Case("CB 83", "(X*b + c)'*D*(X*b + c)", "X", "X: matrix(m,n); b: vector(n); c: vector(m); D: matrix(m,m)", "(D + D')*(X*b + c)*b'"),
    Case("CB 84", "(x - A*s)'*W*(x - A*s)", "s", "x: vector(m); A: matrix(m,n); s: vector(n); W: symmetric(m)", "-2*A'*W*(x - A*s)"),
    Case("CB 85", "(x - s)'*W*(x - s)", "x", "x: vector(m); s: vector(m); W: symmetric(m)", "2*W*(x - s)"),
    Case("CB 86", "(x - s)'*W*(x - s)", "s", "x: vector(m); s: vector(m); W: symmetric(m)", "-2*W*(x - s)"),
    Case("CB 87", "(x - A*s)'*W*(x - A*s)", "x", "x: vector(m); A: matrix(m,n); s: vector(n); W: symmetric(m)", "2*W*(x - A*s)"),
    Case("CB 88", "(x - A*s)'*W*(x - A*s)", "A", "x: vector(m); A: matrix(m,n); s: vector(n); W: symmetric(m)", "-2*W*(x - A*s)*s'"),
    # traces
    Case("CB 99", "tr(X)", "X", "X: matrix(n,n)", "eye(n)"),
    Case("CB 100", "tr(X*A)", "X", "X: matrix(m,n); A: matrix(n,m)", "A'"),
    Case("CB 101", "tr(A*X*B)", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,p)", "A'*B'"),
    Case("CB 102", "tr(A*X'*B)", "X", "A: matrix(p,n); X: matrix(m,n); B: matrix(m,p)", "B*A"),
    Case("CB 103", "tr(X'*A)", "X", "X: matrix(m,n); A: matrix(m,n)", "A"),
    Case("CB 105", "tr(kron(A, X))", "X", "X: matrix(n,n); A: matrix(p,p)", "tr(A)*eye(n)"),
    Case("CB 106", "tr(X^2)", "X", SQUARE, "2*X'"),
    Case("CB 107", "tr(X^2*B)", "X", SQUARE, "(X*B + B*X)'"),
    Case("CB 108", "tr(X'*B*X)", "X", "X: matrix(m,n); B: matrix(m,m)", "B*X + B'*X"),
    Case("CB 111", "tr(X*B*X')", "X", "X: matrix(m,n); B: matrix(n,n)", "X*B' + X*B"),
    Case("CB 114", "tr(A*X*B*X)", "X", "X: matrix(m,n); A: matrix(n,m); B: matrix(n,m)", "A'*X'*B' + B'*X'*A'"),
    Case("CB 115", "tr(X'*X)", "X", "X: matrix(m,n)", "2*X"),
    Case("CB 116", "tr(B'*X'*C*X*B)", "X", "X: matrix(m,n); B: matrix(n,p); C: matrix(m,m)", "C'*X*B*B' + C*X*B*B'"),
    Case("CB 117", "tr(X'*B*X*C)", "X", "X: matrix(m,n); B: matrix(m,m); C: matrix(n,n)", "B*X*C + B'*X*C'"),
    Case("CB 118", "tr(A*X*B*X'*C)", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)", "A'*C'*X*B' + C*A*X*B"),
    Case("CB 119", "tr((A*X*B + C)*(A*X*B + C)')", "X", f"{WIDE}; C: matrix(p,q)", "2*A'*(A*X*B + C)*B'"),
    Case("CB 120", "tr(kron(X, X))", "X", SQUARE, "2*tr(X)*eye(n)"),
    Case("CB 121", "tr(X^k)", "X", f"{SQUARE}; k: integer", "k*(X^(k-1))'"),
    Case("CB 121, k = 5", "tr(X^5)", "X", SQUARE, "5*(X^4)'"),
    # inverses
    Case("CB 61", "a'*inv(X)*b", "X", "a: vector(n); b: vector(n); X: invertible(n)", "-inv(X)'*a*b'*inv(X)'"),
    Case("CB 63", "tr(A*inv(X)*B)", "X", "X: invertible(n); A: matrix(m,n); B: matrix(n,m)", "-(inv(X)*B*A*inv(X))'"),
    Case("CB 64", "tr(inv(X + A))", "X", SQUARE, "-(inv(X + A)*inv(X + A))'"),
    Case("CB 124", "tr(A*inv(X)*B)", "A", "X: invertible(n); A: matrix(m,n); B: matrix(n,m)", "B'*inv(X)'"),
    Case("CB 125", "tr(inv(X'*C*X)*A)", "X", "X: matrix(m,n) full_column_rank; C: posdef(m); A: symmetric(n)",
         "-2*C*X*inv(X'*C*X)*A*inv(X'*C*X)"),
    # determinants
    Case("CB 49", "det(X)", "X", "X: invertible(n)", "det(X)*inv(X)'"),
    Case("CB 51", "det(A*X*B)", "X", "A: invertible(n); X: invertible(n); B: invertible(n)", "det(A*X*B)*inv(X)'"),
    Case("CB 53", "det(X'*A*X)", "X", "X: invertible(n); A: invertible(n)", "2*det(X'*A*X)*inv(X)'"),
    Case("CB 54", "det(X'*A*X)", "X", "X: matrix(m,n) full_column_rank; A: posdef(m)", "2*det(X'*A*X)*A*X*inv(X'*A*X)"),
    Case("CB 55", "logdet(X'*X)", "X", "X: matrix(m,n) full_column_rank", "2*X*inv(X'*X)"),
    Case("CB 57", "logdet(X)", "X", "X: invertible(n)", "inv(X)'"),
    Case("CB 58", "det(X^k)", "X", "X: invertible(n); k: integer", "k*det(X^k)*inv(X)'"),
    Case("MN 8.3 thm 1", "det(X)", "X", SQUARE, "adj(X)'"),
    # norms
    Case("CB 129", "norm2(x - a)", "x", "x: vector(n); a: vector(n)", "(x - a)/norm2(x - a)"),
    Case("CB 131", "norm2(x)^2", "x", "x: vector(n)", "2*x"),
    Case("CB 132", "normF(X)^2", "X", "X: matrix(m,n)", "2*X"),
    Case("BV A.4", "norm2(A*x - b)^2", "x", "A: matrix(m,n); x: vector(n); b: vector(m)", "2*A'*(A*x - b)"),
    Case("BV 6.3", "norm2(A*x - b)^2 + lambda*norm2(x)^2", "x", "A: matrix(m,n); x: vector(n); b: vector(m); lambda: scalar > 0",
         "2*A'*(A*x - b) + 2*lambda*x"),
    Case("lasso", "1/2*norm2(X*w - y)^2 + lambda*norm1(w)", "w", "X: matrix(m,n); w: vector(n); y: vector(m); lambda: scalar > 0",
         "X'*(X*w - y) + lambda*sign(w)"),
    Case("Frobenius norm", "normF(X)", "X", "X: matrix(m,n)", "X/normF(X)"),
    Case("BV 9.3", "1/2*x'*P*x + q'*x + r", "x", "P: symmetric(n); x: vector(n); q: vector(n); r: scalar", "P*x + q"),
    # statistics and learning
    Case("MN 15.3", "logdet(Sigma) + tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: symmetric(m)", "inv(Sigma) - inv(Sigma)*S*inv(Sigma)"),
    Case("BI 2.122", "(x - mu)'*inv(Sigma)*(x - mu)", "mu", "x: vector(m); mu: vector(m); Sigma: posdef(m)", "-2*inv(Sigma)*(x - mu)"),
    Case("BI 4.91", "-y'*log(sigmoid(X*w)) - (1 - y)'*log(1 - sigmoid(X*w))", "w", "X: matrix(N,n); w: vector(n); y: vector(N)", "X'*(sigmoid(X*w) - y)"),
    Case("logistic loss", "-y*x'*w + log(1 + exp(x'*w))", "w", "x: vector(n); w: vector(n); y: scalar", "x*(sigmoid(x'*w) - y)"),
    Case("softmax regression", "-y'*log(softmax(W*x))", "W", "W: matrix(m,n); x: vector(n); y: onehot(m)", "(softmax(W*x) - y)*x'"),
    Case("logits", "-y'*log(softmax(a))", "a", "a: vector(m); y: onehot(m)", "softmax(a) - y"),
    Case("log-partition", "logsumexp(A*x)", "x", "A: matrix(m,n); x: vector(n)", "A'*softmax(A*x)"),
    Case("BV 3.1", "log(sum(exp(x)))", "x", "x: vector(n)", "softmax(x)"),
    Case("weighted least squares", "(y - X*b)'*W*(y - X*b)", "b", "y: vector(m); X: matrix(m,n); b: vector(n); W: symmetric(m)", "-2*X'*W*(y - X*b)"),
    Case("ridge, many outputs", "normF(X*W - Y)^2 + lambda*normF(W)^2", "W", "X: matrix(m,n); W: matrix(n,p); Y: matrix(m,p); lambda: scalar",
         "2*X'*(X*W - Y) + 2*lambda*W"),
    Case("matrix factorisation, U", "1/2*normF(V - U*H)^2", "U", "V: matrix(m,n); U: matrix(m,k); H: matrix(k,n)", "-(V - U*H)*H'"),
    Case("matrix factorisation, H", "1/2*normF(V - U*H)^2", "H", "V: matrix(m,n); U: matrix(m,k); H: matrix(k,n)", "-U'*(V - U*H)"),
    Case("masked factorisation", "1/2*normF(M .* (V - U*H))^2", "U", "M: matrix(m,n); V: matrix(m,n); U: matrix(m,k); H: matrix(k,n)",
         "-(M .* M .* (V - U*H))*H'"),
    Case("Poisson regression", "sum(exp(X*w)) - y'*X*w", "w", "X: matrix(m,n); w: vector(n); y: vector(m)", "X'*(exp(X*w) - y)"),
    Case("Rayleigh quotient", "x'*A*x/(x'*x)", "x", "A: symmetric(n); x: vector(n)", "2*(A*x - x'*A*x/(x'*x)*x)/(x'*x)"),
    Case("barrier", "-logdet(X) + tr(C*X)", "X", "X: posdef(n); C: symmetric(n)", "C - inv(X)"),
    Case("analytic centre", "-sum(log(b - A*x))", "x", "A: matrix(m,n); x: vector(n); b: vector(m)", "A'*(1 ./ (b - A*x))"),
    Case("entropy", "-sum(p .* log(p))", "p", "p: vector(n) > 0", "-log(p) - 1"),
    Case("one layer", "tr(Y'*M*Y) where Y = sigma(W*X)", "X", "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise",
         "W'*((2*M*Y) .* sigma'(W*X)) where Y = sigma(W*X)"),
    Case("hidden layer", "v'*tanh(W*x + b)", "W", "v: vector(m); W: matrix(m,n); x: vector(n); b: vector(m)", "(v .* tanh'(W*x + b))*x'"),
    Case("rectified layer", "v'*relu(W*x)", "x", "v: vector(m); W: matrix(m,n); x: vector(n)", "W'*(v .* (W*x > 0))"),
    Case("hinge", "max(0, 1 - y*w'*x)", "w", "y: scalar; w: vector(n); x: vector(n)", "-y*x*(1 - y*w'*x >= 0)"),
    Case("Hadamard", "tr((A .* X)'*B)", "X", "A: matrix(m,n); X: matrix(m,n); B: matrix(m,n)", "A .* B"),
    Case("MN 8.5", "a'*exp(X*b)", "X", VECTORS, "(a .* exp(X*b))*b'"),
    Case("diagonal scaling", "x'*diag(d)*x", "d", "x: vector(n); d: vector(n)", "x .^ 2"),
    Case("sine", "sum(sin(A*x))", "x", "A: matrix(m,n); x: vector(n)", "A'*cos(A*x)"),
    Case("matrix normal (Dawid 1981)", "-1/2*vec(Y)'*inv(kron(V, U))*vec(Y) - 1/2*logdet(kron(V, U))", "U", "U: posdef(m); V: posdef(n); Y: matrix(m,n)",
         "1/2*(inv(U)*Y*inv(V)*Y'*inv(U) - n*inv(U))"),
    Case("MN 2.2", "logdet(kron(A, X))", "X", "A: invertible(m); X: invertible(n)", "m*inv(X)'"),
    Case("sum of a Kronecker product", "sum(kron(X, Y))", "X", "X: matrix(m,n); Y: matrix(p,q)", "sum(Y)*ones(m,n)"),
    Case("Huber 1964", "sum(huber(X*w - y, c))", "w", "X: matrix(m,n); w: vector(n); y: vector(m); c: scalar > 0", "X'*max(-c, min(c, X*w - y))"),
    Case("log cosh", "sum(log(cosh(X*w - y)))", "w", "X: matrix(m,n); w: vector(n); y: vector(m)", "X'*tanh(X*w - y)"),
    Case("independent components", "-logdet(W) + sum(log(cosh(W*x)))", "W", "W: invertible(n); x: vector(n)", "tanh(W*x)*x' - inv(W)'"),
    Case("Gaussian process", "1/2*y'*inv(K)*y + 1/2*logdet(K)", "K", "K: posdef(n); y: vector(n)", "1/2*(inv(K) - inv(K)*y*y'*inv(K))"),
    Case("Kalman gain", "tr((eye(n) - G*H)*P*(eye(n) - G*H)' + G*R*G')", "G", "G: matrix(n,m); H: matrix(m,n); P: posdef(n); R: posdef(m)",
         "2*(G*R - (eye(n) - G*H)*P*H')"),
    Case("graph Laplacian", "tr(X'*L*X)", "X", "X: matrix(N,k); L: symmetric(N)", "2*L*X"),
    Case("divergence factorisation", "sum(V .* log(V ./ (W*H)) - V + W*H)", "H", "V: matrix(m,n); W: matrix(m,k); H: matrix(k,n)",
         "W'*(ones(m,n) - V ./ (W*H))"),
    Case("support vectors, dual", "sum(a) - 1/2*(a .* y)'*K*(a .* y)", "a", "a: vector(N); K: symmetric(N); y: vector(N)", "ones(N) - y .* (K*(a .* y))"),
    Case("softmax with a temperature", "-y'*log(softmax(z/t))", "z", "z: vector(n); y: onehot(n); t: scalar > 0", "(softmax(z/t) - y)/t"),
    Case("radial basis", "exp(-norm2(x - y)^2/(2*s^2))", "x", "x: vector(n); y: vector(n); s: scalar", "-exp(-norm2(x - y)^2/(2*s^2))*(x - y)/s^2"),
    Case("CB 126", "tr(inv(X'*B*X)*(X'*A*X))", "X", "A: symmetric(n); B: posdef(n); X: matrix(n,k) full_column_rank",
         "2*(A*X - B*X*inv(X'*B*X)*X'*A*X)*inv(X'*B*X)"),
    Case("lower triangular factor", "tr(A*L*L')", "L", "L: lower(n); A: symmetric(n)", "2*tril(A*L)"),
    Case("Kullback-Leibler of Gaussians", "1/2*(tr(inv(S)*C) - logdet(C))", "C", "S: posdef(n); C: posdef(n)", "1/2*(inv(S) - inv(C))"),
]  # fmt: skip

# by scalar, Jacobian, Hessian: (order, layout)
FURTHER = [
    (Case("CB 40", "inv(A + t*B)", "t", "A: invertible(n); B: matrix(n,n); t: scalar", "-inv(A + t*B)*B*inv(A + t*B)"), 1, "denominator"),
    (Case("CB 33", "A*B", "t", "A(t): matrix(m,n); B(t): matrix(n,p); t: scalar", "diff(A,t)*B + A*diff(B,t)"), 1, "denominator"),
    (Case("CB 43", "logdet(A)", "t", "A(t): invertible(n); t: scalar", "tr(inv(A)*diff(A,t))"), 1, "denominator"),
    (Case("MN 9.14", "A*X*B", "X", WIDE, "kron(B', A)"), 1, "numerator"),
    (Case("MN 9.14", "A*X*B", "X", WIDE, "kron(B, A')"), 1, "denominator"),
    (Case("MN 9.13", "inv(X)", "X", "X: invertible(n)", "-kron(inv(X)', inv(X))"), 1, "numerator"),
    (Case("MN 9.12", "X'", "X", "X: matrix(m,n)", "K(m,n)"), 1, "numerator"),
    (Case("CB 80", "A*x", "x", "A: matrix(m,n); x: vector(n)", "A"), 1, "numerator"),
    (Case("softmax", "softmax(x)", "x", "x: vector(n)", "diag(softmax(x)) - softmax(x)*softmax(x)'"), 1, "numerator"),
    (Case("element-wise", "tanh(x)", "x", "x: vector(n)", "diag(tanh'(x))"), 1, "numerator"),
    (Case("CB 98", "x'*A*x + b'*x", "x", "A: matrix(n,n); x: vector(n); b: vector(n)", "A + A'"), 2, "denominator"),
    (Case("least squares", "norm2(A*x - b)^2", "x", "A: matrix(m,n); x: vector(n); b: vector(m)", "2*A'*A"), 2, "denominator"),
    (Case("MN 9.14, twice", "X^3", "X", "X: matrix(n,n)", "kron((X^2)', eye(n)) + kron(X', X) + kron(eye(n), X^2)"), 1, "numerator"),
    (Case("MN 9.14, Gram", "X'*X", "X", "X: matrix(m,n)", "(eye(n*n) + K(n,n))*kron(eye(n), X')"), 1, "numerator"),
    (Case("direction", "x/norm2(x)", "x", "x: vector(n)", "eye(n)/norm2(x) - x*x'/norm2(x)^3"), 1, "numerator"),
    (Case("log-softmax", "log(softmax(x))", "x", "x: vector(n)", "eye(n) - ones(n)*softmax(x)'"), 1, "numerator"),
    (Case("centring", "x - sum(x)/n", "x", "x: vector(n)", "eye(n) - ones(n,n)/n"), 1, "numerator"),
    (Case("two linear maps", "(A*x) .* (D*x)", "x", "x: vector(n); A: matrix(m,n); D: matrix(m,n)", "diag(D*x)*A + diag(A*x)*D"), 1, "numerator"),
    (Case("MN 10.6, any X", "logdet(X)", "X", "X: invertible(n)", "-kron(inv(X), inv(X)')*K(n,n)"), 2, "denominator"),
    (Case("log cosh", "sum(log(cosh(X*w - y)))", "w", "X: matrix(m,n); w: vector(n); y: vector(m)", "X'*diag(tanh'(X*w - y))*X"), 2, "denominator"),
    (Case("Huber 1964", "sum(huber(X*w - y, c))", "w", "X: matrix(m,n); w: vector(n); y: vector(m); c: scalar > 0", "X'*diag((abs(X*w - y) <= c))*X"),
     2, "denominator"),
    (Case("Gaussian density", "exp(-x'*P*x/2)", "x", "x: vector(n); P: posdef(n)", "exp(-x'*P*x/2)*(P*x*x'*P - P)"), 2, "denominator"),
    (Case("BV A.4.4", "logsumexp(x)", "x", "x: vector(n)", "diag(softmax(x)) - softmax(x)*softmax(x)'"), 2, "denominator"),
    (Case("logistic", "-y'*X*w + ones(N)'*log(1 + exp(X*w))", "w", "X: matrix(N,n); w: vector(n); y: vector(N)", "X'*diag(sigmoid'(X*w))*X"), 2, "denominator"),
    (Case("MN 10.6", "logdet(X)", "X", "X: posdef(n)", "-kron(inv(X), inv(X))"), 2, "denominator"),
    (Case("MN 10.5", "tr(X'*A*X*B)", "X", "X: matrix(m,n); A: symmetric(m); B: symmetric(n)", "2*kron(B, A)"), 2, "denominator"),
]  # fmt: skip
