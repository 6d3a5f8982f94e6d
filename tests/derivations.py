"""Derivations as people write them: thirty that are right, and thirty with one mistake, by line and by kind."""


class Written:
    """A derivation; for a wrong one, which line is the first that does not follow and which kind of mistake it holds."""

    def __init__(self, title: str, text: str, declare: str = "", line: int = 0, kind: str = ""):
        self.title = title
        self.text = text.strip("\n")
        self.declare = declare
        self.line = line
        self.kind = kind

    def __repr__(self) -> str:
        return self.title


RIGHT = [
    Written("trace of a product", """
f = tr(A*X*B)
df = tr(A*dX*B)
   = tr(B*A*dX)
   = tr((A'*B')'*dX)
∂f/∂X = A'*B'
"""),
    Written("quadratic form", """
f = x'*A*x
df = dx'*A*x + x'*A*dx
   = x'*A'*dx + x'*A*dx       # a scalar is its own transpose
   = x'*(A + A')*dx
∂f/∂x = (A + A')*x
"""),
    Written("quadratic form, symmetric", """
f = x'*A*x
df = 2*x'*A*dx
grad(f, x) = 2*A*x
""", "A: symmetric(n); x: vector(n)"),
    Written("least squares by differentials", """
r = X*w - y
f = r'*r
dr = X*dw
df = 2*r'*dr = 2*r'*X*dw
∂f/∂w = 2*X'*r
      = 2*X'*(X*w - y)
""", "X: matrix(m,n); w: vector(n); y: vector(m)"),
    Written("least squares, multiplied out", """
f = (y - X*w)'*(y - X*w)
  = y'*y - 2*y'*X*w + w'*X'*X*w
df = -2*y'*X*dw + 2*w'*X'*X*dw
grad = -2*X'*y + 2*X'*X*w
     = -2*X'*(y - X*w)
""", "X: matrix(m,n); w: vector(n); y: vector(m)"),
    Written("ridge", """
f = norm2(X*w - y)^2 + lambda*norm2(w)^2
df = 2*(X*w - y)'*X*dw + 2*lambda*w'*dw
∂f/∂w = 2*X'*(X*w - y) + 2*lambda*w
""", "X: matrix(m,n); w: vector(n); y: vector(m); lambda: scalar"),
    Written("inverse", """
d(X*inv(X)) = dX*inv(X) + X*d(inv(X))
Y = inv(X)
dY = -inv(X)*dX*inv(X)
   = -Y*dX*Y
""", "X: invertible(n)"),
    Written("trace of an inverse", """
f = tr(A*X⁻¹)
df = -tr(A*X⁻¹*dX*X⁻¹)
   = -tr(X⁻¹*A*X⁻¹*dX)
∂f/∂X = -(X⁻¹*A*X⁻¹)'
      = -X⁻ᵀ*A'*X⁻ᵀ
""", "X: invertible(n); A: matrix(n,n)"),
    Written("log det", """
f = log(det(X))
df = tr(inv(X)*dX)
∂f/∂X = inv(X)'
""", "X: invertible(n)"),
    Written("Gaussian likelihood", """
f = log(det(Sigma)) + tr(S*inv(Sigma))
df = tr(inv(Sigma)*dSigma) - tr(S*inv(Sigma)*dSigma*inv(Sigma))
   = tr((inv(Sigma) - inv(Sigma)*S*inv(Sigma))*dSigma)
∂f/∂Sigma = inv(Sigma) - inv(Sigma)*S*inv(Sigma)
""", "Sigma: posdef(m); S: symmetric(m)"),
    Written("determinant", """
f = det(X)
df = det(X)*tr(X⁻¹*dX)
∂f/∂X = det(X)*X⁻ᵀ
""", "X: invertible(n)"),
    Written("vec of a product", """
F = A*X*B
dF = A*dX*B
vec(dF) = vec(A*dX*B) = kron(B', A)*vec(dX)
∂F/∂X = kron(B, A')
""", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)"),
    Written("vec of a transpose", """
F = X'
vec(dF) = vec(dX')
        = K(m,n)*vec(dX)
∂F/∂X = K(n,m)
""", "X: matrix(m,n)"),
    Written("vec of a Gram matrix", """
F = X'*X
dF = dX'*X + X'*dX
vec(dF) = kron(X', eye(n))*vec(dX') + kron(eye(n), X')*vec(dX)
        = kron(X', eye(n))*K(m,n)*vec(dX) + kron(eye(n), X')*vec(dX)
""", "X: matrix(m,n)"),
    Written("Hessian of a quadratic form", """
f = x'*A*x + b'*x
∂f/∂x = (A + A')*x + b
∂²f/∂x∂x' = A + A'
""", "A: matrix(n,n); x: vector(n); b: vector(n)"),
    Written("Hessian by the differential of the gradient", """
f = norm2(A*x - b)^2
g = 2*A'*(A*x - b)
∇f = g
dg = 2*A'*A*dx
∂g/∂x = 2*A'*A
hess(f, x) = 2*A'*A
""", "A: matrix(m,n); x: vector(n); b: vector(m)"),
    Written("one layer", """
Y = sigma(W*X)
f = tr(Y'*M*Y)
dY = sigma'(W*X) .* (W*dX)
df = tr(dY'*M*Y) + tr(Y'*M*dY)
   = 2*tr((M*Y)'*dY)
   = tr((2*M*Y)'*(sigma'(W*X) .* (W*dX)))
   = tr(((2*M*Y) .* sigma'(W*X))'*W*dX)
∂f/∂X = W'*((2*M*Y) .* sigma'(W*X))
""", "M: symmetric(l); W: matrix(l,m); X: matrix(m,n); sigma: elementwise"),
    Written("two layers, backwards", """
a1 = W1*x + b1
h1 = tanh(a1)
a2 = W2*h1 + b2
f = norm2(a2 - y)^2
∂f/∂a2 = 2*(a2 - y)
∂f/∂W2 = ∂f/∂a2*h1'
∂f/∂h1 = W2'*∂f/∂a2
∂f/∂a1 = ∂f/∂h1 .* tanh'(a1)
∂f/∂W1 = ∂f/∂a1*x'
∂f/∂b1 = ∂f/∂a1
""", "W1: matrix(k,n); x: vector(n); b1: vector(k); W2: matrix(m,k); b2: vector(m); y: vector(m)"),
    Written("softmax regression", """
a = W*x
f = -y'*log(softmax(a))
df = -y'*(da - ones(m)*softmax(a)'*da)
   = (softmax(a) - y)'*da
   = (softmax(a) - y)'*dW*x
   = tr(x*(softmax(a) - y)'*dW)
∂f/∂W = (softmax(a) - y)*x'
""", "W: matrix(m,n); x: vector(n); y: onehot(m)"),
    Written("logistic loss over samples", """
f = sum(i, 1..N, log(1 + exp(-y[i]*x[i]'*w)))
df = sum(i, 1..N, -y[i]*sigmoid(-y[i]*x[i]'*w)*x[i]'*dw)
∂f/∂w = -sum(i, 1..N, y[i]*sigmoid(-y[i]*x[i]'*w)*x[i])
""", "x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N; w: vector(n)"),
    Written("sum of squares over samples", """
f = sum(i, 1..N, norm2(x[i] - mu)^2)
df = sum(i, 1..N, -2*(x[i] - mu)'*dmu)
∂f/∂mu = -2*sum(i, 1..N, x[i] - mu)
       = 2*N*mu - 2*sum(i, 1..N, x[i])
""", "x[i]: vector(n), i=1..N; mu: vector(n)"),
    Written("element by element", """
f = sum(exp(X*w) .* v)
df = sum((exp(X*w) .* (X*dw)) .* v)
   = (exp(X*w) .* v)'*X*dw
∂f/∂w = X'*(exp(X*w) .* v)
""", "X: matrix(m,n); w: vector(n); v: vector(m)"),
    Written("Hadamard in a trace", """
f = tr((A .* X)'*B)
df = tr((A .* dX)'*B)
   = tr((A .* B)'*dX)
∂f/∂X = A .* B
"""),
    Written("scalars", """
f = sin(t^2)*exp(a*t)
df = 2*t*cos(t^2)*exp(a*t)*dt + a*sin(t^2)*exp(a*t)*dt
df/dt = (2*t*cos(t^2) + a*sin(t^2))*exp(a*t)
""", "t: scalar; a: scalar"),
    Written("matrix by a scalar", """
F = inv(A + t*B)
dF = -inv(A + t*B)*B*inv(A + t*B)*dt
∂F/∂t = -F*B*F
""", "A: invertible(n); B: matrix(n,n); t: scalar"),
    Written("bilinear in two variables", """
f = u'*A*v
df = du'*A*v + u'*A*dv
   = (A*v)'*du + (A'*u)'*dv
∂f/∂u = A*v
∂f/∂v = A'*u
""", "A: matrix(m,n); u: vector(m); v: vector(n)"),
    Written("matrix factorisation, one factor after the other", """
R = V - U*H
f = 1/2*tr(R'*R)
df = -tr(R'*dU*H)
∂f/∂U = -R*H'

df = -tr(R'*U*dH)
∂f/∂H = -U'*R
""", "V: matrix(m,n); U: matrix(m,k); H: matrix(k,n)"),
    Written("Frobenius norm", """
f = normF(A*X - B)^2
  = tr((A*X - B)'*(A*X - B))
df = 2*tr((A*X - B)'*A*dX)
(∂f/∂X)' = 2*(A*X - B)'*A
""", "A: matrix(p,m); X: matrix(m,n); B: matrix(p,n)"),
    Written("Rayleigh quotient", """
f = x'*A*x/(x'*x)
df = 2*x'*A*dx/(x'*x) - x'*A*x*2*x'*dx/(x'*x)^2
∂f/∂x = 2/(x'*x)*(A*x - f*x)
""", "A: symmetric(n); x: vector(n)"),
    Written("symmetric variable, by its free entries", """
f = log(det(X))
∂f/∂X = 2*inv(X) - inv(X) .* eye(n)
""", "X: posdef(n)"),
    Written("a power", """
f = tr(X^3)
df = tr(dX*X*X + X*dX*X + X*X*dX) = 3*tr(X^2*dX)
∂f/∂X = 3*(X^2)'
""", "X: matrix(n,n)"),
]  # fmt: skip

WRONG = [
    # a transpose is lost
    Written("read-off without transposes", """
f = tr(A*X*B)
df = tr(B*A*dX)
∂f/∂X = A*B
""", "", 3, "transpose"),
    Written("gradient of least squares without a transpose", """
f = norm2(A*x - b)^2
df = 2*(A*x - b)'*A*dx
∂f/∂x = 2*A*(A*x - b)
""", "A: matrix(n,n); x: vector(n); b: vector(n)", 3, "transpose"),
    Written("a transpose lost under way", """
f = tr(X'*A*X)
df = tr(dX'*A*X) + tr(X'*A*dX)
   = tr(X'*A*dX) + tr(X'*A*dX)
   = 2*tr(X'*A*dX)
∂f/∂X = 2*A'*X
""", "A: matrix(m,m); X: matrix(m,n)", 3, "transpose"),
    Written("chain rule back through a layer without a transpose", """
h = tanh(W*x)
f = v'*h
∂f/∂h = v
∂f/∂x = W*(v .* tanh'(W*x))
""", "W: matrix(n,n); x: vector(n); v: vector(n)", 4, "transpose"),
    # the product rule is forgotten
    Written("half of a product rule", """
f = x'*A*x
df = x'*A*dx
∂f/∂x = A'*x
""", "A: matrix(n,n); x: vector(n)", 2, "product rule"),
    Written("half of the product rule for a Gram matrix", """
F = X'*X
dF = X'*dX
""", "X: matrix(m,n)", 2, "product rule"),
    Written("a factor held fixed", """
d(X*Y) = dX*Y
dY = dX
""".replace("dY = dX\n", "d(Y*X) = dY*X + Y*dX\n"), "X: matrix(n,n); Y: matrix(n,n)", 1, "product rule"),
    Written("a power treated as one factor", """
f = tr(A*X*X)
df = tr(A*dX*X)
""", "A: matrix(n,n); X: matrix(n,n)", 2, "product rule"),
    # matrices commuted
    Written("factors swapped in a trace", """
f = tr(A*X*B)
df = tr(A*dX*B)
   = tr(A*B*dX)
""", "A: matrix(n,n); X: matrix(n,n); B: matrix(n,n)", 3, "order"),
    Written("a transposed product in the old order", """
F = A*X
G = X'*A'*B
F'*B = A'*X'*B
""", "A: matrix(n,n); X: matrix(n,n); B: matrix(n,n)", 3, "order"),
    Written("vec with the Kronecker factors swapped", """
F = A*X*B
vec(dF) = kron(A, B')*vec(dX)
""", "A: matrix(n,n); X: matrix(n,n); B: matrix(n,n)", 2, "order"),
    Written("gradient with factors swapped", """
f = a'*X*b
df = a'*dX*b
∂f/∂X = b*a'
""", "a: vector(n); X: matrix(n,n); b: vector(n)", 3, "layout"),
    # wrong layout
    Written("the transposed gradient", """
f = tr(A*X)
df = tr(A*dX)
∂f/∂X = A
""", "A: matrix(n,m); X: matrix(m,n)", 3, "layout"),
    Written("a row for a column", """
f = a'*x
∂f/∂x = a'
""", "", 2, "layout"),
    Written("a Jacobian in numerator layout", """
F = A*x
∂F/∂x = A
""", "A: matrix(m,n); x: vector(n)", 2, "jacobian layout"),
    # the inverse without its minus
    Written("differential of an inverse", """
Y = inv(X)
dY = inv(X)*dX*inv(X)
""", "X: invertible(n)", 2, "inverse"),
    Written("an inverse inside a trace", """
f = tr(A*inv(X))
df = tr(A*inv(X)*dX*inv(X))
   = tr(inv(X)*A*inv(X)*dX)
∂f/∂X = (inv(X)*A*inv(X))'
""", "X: invertible(n); A: matrix(n,n)", 2, "inverse"),
    Written("a likelihood with the wrong sign", """
f = log(det(S)) + tr(C*inv(S))
df = tr(inv(S)*dS) + tr(C*inv(S)*dS*inv(S))
""", "S: posdef(n); C: symmetric(n)", 2, "inverse"),
    # a sign
    Written("the sign of a residual", """
r = y - X*w
f = r'*r
df = 2*r'*X*dw
∂f/∂w = 2*X'*r
""", "X: matrix(m,n); w: vector(n); y: vector(m)", 3, "sign"),
    Written("a sign inside a sum", """
f = (x - a)'*(x - a)
  = x'*x - 2*a'*x - a'*a
df = 2*x'*dx - 2*a'*dx
∂f/∂x = 2*(x - a)
""", "x: vector(n); a: vector(n)", 2, "sign"),
    Written("derivative of a cosine", """
f = sum(cos(x))
df = sin(x)'*dx
∂f/∂x = sin(x)
""", "x: vector(n)", 2, "sign"),
    # a factor 2
    Written("a square without its 2", """
f = norm2(A*x - b)^2
∂f/∂x = A'*(A*x - b)
""", "A: matrix(m,n); x: vector(n); b: vector(m)", 2, "factor"),
    Written("a factor lost under way", """
f = tr(X'*X)
df = tr(dX'*X) + tr(X'*dX)
   = tr(X'*dX)
∂f/∂X = X
""", "X: matrix(m,n)", 3, "factor"),
    Written("a 2 that cancels a half twice", """
f = 1/2*x'*P*x
df = 2*x'*P*dx
""", "P: symmetric(n); x: vector(n)", 2, "factor"),
    # symmetry
    Written("symmetry of A used", """
f = x'*A*x
df = 2*x'*A*dx
∂f/∂x = 2*A*x
""", "A: matrix(n,n); x: vector(n)", 2, "symmetry used"),
    Written("symmetry of A used in the gradient", """
f = tr(X'*A*X)
∂f/∂X = 2*A*X
""", "A: matrix(m,m); X: matrix(m,n)", 2, "symmetry used"),
    Written("symmetry of X not used", """
f = tr(A*X)
df = tr(A*dX)
∂f/∂X = A'
""", "A: matrix(n,n); X: symmetric(n)", 3, "symmetry unused"),
    Written("diagonal form of X not used", """
f = a'*X*b
∂f/∂X = a*b'
""", "a: vector(n); X: diagonal(n); b: vector(n)", 2, "structure unused"),
    # Hadamard and matrix product
    Written("matrix product for the product entry by entry", """
Y = tanh(X)
dY = tanh'(X)*dX
""", "X: matrix(n,n)", 2, "hadamard"),
    Written("entry by entry for the matrix product", """
F = A*X
dF = A .* dX
""", "A: matrix(n,n); X: matrix(n,n)", 2, "hadamard"),
    # other terms
    Written("a summand forgotten", """
f = tr(A*X) + tr(X'*X)
df = 2*tr(X'*dX)
""", "A: matrix(n,m); X: matrix(m,n)", 2, "term"),
    Written("a penalty forgotten in the gradient", """
f = norm2(A*x - b)^2 + lambda*x'*x
df = 2*(A*x - b)'*A*dx + 2*lambda*x'*dx
∂f/∂x = 2*A'*(A*x - b)
""", "A: matrix(m,n); x: vector(n); b: vector(m); lambda: scalar", 3, "term in gradient"),
    Written("a term too many", """
f = a'*x + c
df = a'*dx + c
""", "a: vector(n); x: vector(n); c: scalar", 2, "extra"),
    Written("two transposes lost", """
f = tr(A*X'*B*X)
df = tr(A*dX'*B*X) + tr(A*X'*B*dX)
∂f/∂X = B*X*A + B*X*A
""", "A: matrix(n,n); X: matrix(n,n); B: matrix(n,n)", 3, "transpose"),
]  # fmt: skip
