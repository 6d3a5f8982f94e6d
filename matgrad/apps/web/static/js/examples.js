/** The formulas of the tutorials, one click away. */

/** @typedef {{en: string, zh: string, expr: string, wrt: string, declare: string}} Example */

/** @type {{en: string, zh: string, examples: Example[]}[]} */
export const EXAMPLES = [
  {
    en: "Scalar by matrix", zh: "标量对矩阵",
    examples: [
      { en: "Bilinear form", zh: "双线性型", expr: "a'*X*b", wrt: "X", declare: "" },
      { en: "Quadratic form", zh: "二次型", expr: "x'*A*x", wrt: "x", declare: "A: symmetric(n)" },
      { en: "Exponential", zh: "指数", expr: "a'*exp(X*b)", wrt: "X", declare: "" },
      { en: "A layer inside a trace", zh: "迹中的一层网络", expr: "Y = sigma(W*X); tr(Y'*M*Y)", wrt: "X", declare: "M: symmetric(l); sigma: elementwise; W: matrix(l,m); X: matrix(m,n)" },
      { en: "Trace of a quartic", zh: "四次迹", expr: "tr(B'*X'*C*X*X'*C*X*B)", wrt: "X", declare: "" },
    ],
  },
  {
    en: "Statistics", zh: "统计",
    examples: [
      { en: "Least squares", zh: "最小二乘", expr: "norm2(X*w - y)^2", wrt: "w", declare: "X: matrix(T,k) full_column_rank" },
      { en: "Covariance, maximum likelihood", zh: "协方差的最大似然", expr: "log(det(Sigma)) + tr(S*inv(Sigma))", wrt: "Sigma", declare: "Sigma: posdef(m); S: posdef(m)" },
      { en: "Logistic regression", zh: "逻辑回归", expr: "-y'*X*w + ones(N)'*log(1 + exp(X*w))", wrt: "w", declare: "X: matrix(N,n)" },
      { en: "Support vector machine", zh: "支持向量机", expr: "max(0, 1 - y*w'*x) + lambda/2*norm2(w)^2", wrt: "w", declare: "y: scalar; lambda: scalar > 0; x: vector(n)" },
    ],
  },
  {
    en: "Networks", zh: "神经网络",
    examples: [
      { en: "Softmax regression", zh: "softmax 回归", expr: "-y'*log(softmax(W*x))", wrt: "W", declare: "y: onehot(m)" },
      { en: "Two layers", zh: "两层网络", expr: "a1 = W1*x + b1; h1 = sigmoid(a1); a2 = W2*h1 + b2; -y'*log(softmax(a2))", wrt: "W1,b1,W2,b2", declare: "y: onehot(m); b1: vector(p); b2: vector(m)" },
      { en: "Matrix factorisation", zh: "矩阵分解", expr: "1/2*normF(V - W*H)^2", wrt: "W", declare: "" },
    ],
  },
  {
    en: "Matrix by matrix", zh: "矩阵对矩阵",
    examples: [
      { en: "Linear map", zh: "线性映射", expr: "A*X*B", wrt: "X", declare: "" },
      { en: "Exponential of a product", zh: "乘积的指数", expr: "A*exp(X*B)", wrt: "X", declare: "" },
      { en: "Inverse by a scalar", zh: "逆矩阵对标量", expr: "inv(A + t*B)", wrt: "t", declare: "A: invertible(n); t: scalar" },
      { en: "Log determinant", zh: "行列式的对数", expr: "log(det(X))", wrt: "X", declare: "X: invertible(n)" },
    ],
  },
];
