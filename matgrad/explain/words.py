"""Every sentence a page can hold, in both languages. The Chinese terms are those of the tutorials (微分, 迹技巧, 向量化)."""

from __future__ import annotations

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = {
    # laws that are not rows of a table
    "linear": ("d is linear", "微分的线性"),
    "product rule": ("product rule", "乘积法则"),
    "sum over the paths": ("sum over the paths", "各条路径之和"),
    "compound rule": ("compound rule", "复合法则"),
    "put in": ("put in its definition", "代入定义"),
    "element-wise function": ("element-wise function: d f(X) = f'(X) ⊙ dX", "逐元素函数：d f(X) = f'(X) ⊙ dX"),
    "unspecified function": ("chain rule for a function of a scalar", "标量函数的链式法则"),
    "collect": ("collect terms", "合并同类项"),
    "block": ("a block matrix is the sum of its blocks in place", "分块矩阵等于各块就位后之和"),
    "matrix form": ("a sum over samples as a matrix product", "把对样本的求和写成矩阵乘积"),
    "vec": ("vectorise", "两边向量化"),
    "symmetric direction": ("dX is symmetric, so only the symmetric part counts", "dX 对称，只有对称部分起作用"),
    "skew direction": ("dX is skew-symmetric, so only that part counts", "dX 反对称，只有反对称部分起作用"),
    "diagonal direction": ("dX is diagonal, so only the diagonal counts", "dX 为对角阵，只有对角元起作用"),
    "the gradient vanishes at the solution": ("the gradient vanishes there", "该点处梯度为零"),
    # headings and phrases
    "strict minimum": ("{0} is a strict minimum: the Hessian there is positive definite", "{0} 为严格极小点：该处海森矩阵正定"),
    "minimum": ("{0} is a minimum: the Hessian is positive semidefinite everywhere", "{0} 为极小点：海森矩阵处处半正定"),
    "strict maximum": ("{0} is a strict maximum: the Hessian there is negative definite", "{0} 为严格极大点：该处海森矩阵负定"),
    "maximum": ("{0} is a maximum: the Hessian is negative semidefinite everywhere", "{0} 为极大点：海森矩阵处处半负定"),
    "undecided": ("whether it is a minimum is not decided", "是否为极小点未判定"),
    "newton": ("Newton's update, -inv(H)*∇f in the shape of {0}", "牛顿步 -H⁻¹∇f，与 {0} 同尺寸"),
    "stationary": ("the point where the gradient by {0} vanishes", "对 {0} 的梯度为零的点"),
    "derivation": ("Derivation", "推导"),
    "assumed": ("Assumed", "假定"),
    "element-wise": ("element-wise", "逐元素"),
    "read off": ("read off {0}", "由 {0} 读出"),
    "scalar": ("scalar", "标量"),
    "gradient": ("the gradient, of the size of {0}", "梯度，与 {0} 同尺寸"),
    "denominator": (
        "denominator layout: ∂vec F/∂vec {0}, vec stacks columns, vec(dF) = Jᵀ vec(d{0})",
        "分母布局：∂vec F/∂vec {0}，vec 按列堆叠，vec(dF) = Jᵀ vec(d{0})",
    ),
    "numerator": ("numerator layout: vec(dF) = J vec(d{0}), vec stacks columns", "分子布局：vec(dF) = J vec(d{0})，vec 按列堆叠"),
    "hessian": ("the Hessian, ∂vec(∇f)/∂vec {0}; vec stacks columns", "海森矩阵，∂vec(∇f)/∂vec {0}，vec 按列堆叠"),
    "by-scalar": ("entry by entry, of the size of F", "逐元素求导，与 F 同尺寸"),
    "cases": ("{0} is {1} where {2}, else {3}", "{0} 在 {2} 时为 {1}，否则为 {3}"),
    "cases of a term": ("each term of {0} is {1} where {2}, else {3}", "{0} 的每一项在 {2} 时为 {1}，否则为 {3}"),
    "kink": ("a subgradient: the function has no derivative where {0} = 0", "次梯度：函数在 {0} = 0 处不可导"),
    "kink at an entry": (
        "a subgradient: the function has no derivative where an entry of {0} is 0",
        "次梯度：{0} 有元素为 0 处函数不可导",
    ),
    "X is invertible": ("holds where {0} is invertible", "在 {0} 可逆处成立"),
    "where defined": ("{0} at each entry", "逐元素 {0}"),
    "symmetric space": (
        "{0} is symmetric: this is the gradient in the space of symmetric matrices, ½(G+Gᵀ).",
        "{0} 对称：这是对称矩阵空间中的梯度 ½(G+Gᵀ)。",
    ),
    "symmetric free entries": (
        "the partial derivatives by the free entries of {0} are 2G−G⊙I, G this gradient",
        "对 {0} 的自由元素的偏导数为 2G−G⊙I，G 即此梯度",
    ),
    "skew free entries": (
        "the partial derivatives by the entries of {0} below its diagonal are those of 2G, G this gradient",
        "对 {0} 的下三角自由元素的偏导数为 2G 的相应元素，G 即此梯度",
    ),
    "lower free entries": ("its lower triangle holds the partial derivatives by the free entries of {0}", "其下三角即对 {0} 的自由元素的偏导数"),
    "upper free entries": ("its upper triangle holds the partial derivatives by the free entries of {0}", "其上三角即对 {0} 的自由元素的偏导数"),
    "diagonal free entries": ("its diagonal holds the partial derivatives by the diagonal of {0}", "其对角元即对 {0} 的对角元的偏导数"),
    "toeplitz free entries": ("the partial derivatives by the diagonals of {0} are its sums along them", "对 {0} 的各条对角线的偏导数为其沿对角线之和"),
    "free parameters": ("the Hessian by the free parameters of {0} is {1}", "对 {0} 的自由参数的海森矩阵为 {1}"),
    "toeplitz space": (
        "{0} is a Toeplitz matrix: this is the gradient in that space, the mean along each diagonal.",
        "{0} 为托普利茨矩阵：这是该空间中的梯度，即沿各对角线取平均。",
    ),
    "toeplitz direction": ("dX is a Toeplitz matrix, so only the sums along the diagonals count", "dX 为托普利茨矩阵，只有沿对角线的和起作用"),
    "skew space": ("{0} is skew-symmetric: this is the gradient in that space, ½(G−Gᵀ).", "{0} 反对称：这是该空间中的梯度 ½(G−Gᵀ)。"),
    "lower space": ("{0} is lower triangular: this is the gradient in that space.", "{0} 为下三角阵：这是该空间中的梯度。"),
    "upper space": ("{0} is upper triangular: this is the gradient in that space.", "{0} 为上三角阵：这是该空间中的梯度。"),
    "lower direction": ("dX is lower triangular, so only that part counts", "dX 为下三角阵，只有下三角部分起作用"),
    "upper direction": ("dX is upper triangular, so only that part counts", "dX 为上三角阵，只有上三角部分起作用"),
    "higher": ("each order is ∂vec(·)/∂vec {0} of the one before; vec stacks columns", "每一阶是前一阶的 ∂vec(·)/∂vec {0}，vec 按列堆叠"),
    "tensor": (
        "tensor layout: the matrix is in numerator layout; evaluated, it is an array with the axes of F, then of {0}",
        "张量布局：矩阵为分子布局；求值时为先 F 后 {0} 各轴的数组",
    ),
    "blocks_F": ("the matrix is in numerator layout; evaluated, it is the block matrix [∂F_kl/∂{0}]", "矩阵为分子布局；求值时为分块矩阵 [∂F_kl/∂{0}]"),
    "blocks_X": ("the matrix is in numerator layout; evaluated, it is the block matrix [∂F/∂{0}_ij]", "矩阵为分子布局；求值时为分块矩阵 [∂F/∂{0}_ij]"),
    "diagonal space": ("{0} is diagonal: this is the gradient in the space of diagonal matrices.", "{0} 为对角阵：这是对角矩阵空间中的梯度。"),
    "checked": (
        "Checked: finite differences of the input at {0} random points, largest relative error {1}.",
        "数值检验：在 {0} 个随机点上与原式的有限差分比较，最大相对误差 {1}。",
    ),
    "unchecked": (
        "Not checked: no random point was found at which the input is defined.",
        "未做数值检验：没有找到原式有定义的随机点。",
    ),
    "failed": (
        "WRONG: the answer differs from finite differences of the input (relative error {1} at {0} points). Do not use it; please report it.",
        "错误：答案与原式的有限差分不符（{0} 个点，相对误差 {1}）。请勿使用，并请报告此问题。",
    ),
    "constant": ("the expression does not depend on {0}", "表达式与 {0} 无关"),
    # facts
    "symmetric": ("symmetric", "对称"),
    "posdef": ("positive definite", "正定"),
    "psd": ("positive semidefinite", "半正定"),
    "invertible": ("invertible", "可逆"),
    "diagonal": ("diagonal", "对角"),
    "orthogonal": ("orthogonal", "正交"),
    "skew": ("skew-symmetric", "反对称"),
    "lower": ("lower triangular", "下三角"),
    "upper": ("upper triangular", "上三角"),
    "toeplitz": ("Toeplitz", "托普利茨"),
    "onehot": ("one-hot", "独热"),
    "integer": ("integer", "整数"),
    "positive": ("positive", "正"),
    "nonnegative": ("nonnegative", "非负"),
    "full_column_rank": ("full column rank", "列满秩"),
    "full_row_rank": ("full row rank", "行满秩"),
    "complex": ("complex", "复"),
}


def say(key: str, lang: str, *values: object) -> str:
    """The phrase in a language, with its blanks filled."""
    return WORDS[key][LANGUAGES.index(lang)].format(*values)
