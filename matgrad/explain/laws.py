r"""What a law says, for a reader who stops at a line: its equation in LaTeX, the sizes of its letters, its book, a sentence."""

from __future__ import annotations

import re
from functools import lru_cache

from ..core.rows import Row
from ..core.trace import Law
from ..errors import MatgradError
from ..language.build import parse
from ..language.latex import latex
from .render import chinese_name, law_words, shown_right
from .words import LANGUAGES

# law or table -> (equation in LaTeX, English, Chinese); a row of a table has an equation of its own
ABOUT: dict[str, tuple[str, str, str]] = {
    "differential": (
        "",
        "A row of the table of differentials: what d does to this function.",
        "微分表中的一行：d 作用于该函数的结果。",
    ),
    "adjoint": (
        r"\operatorname{tr}\left(G^{\top} L(\mathrm{d}X)\right) = \operatorname{tr}\left(L^{*}(G)^{\top} \mathrm{d}X\right)",
        "A trace trick: what acts on dX moves to the other side of the trace, until dX stands alone on the right.",
        "迹技巧：把作用在 dX 上的运算移到迹的另一侧，直到 dX 单独位于右端。",
    ),
    "kronecker": (
        "",
        "A vec trick: what acts on dX becomes a matrix in front of vec(dX); vec stacks columns.",
        "向量化技巧：把作用在 dX 上的运算写成 vec(dX) 左边的矩阵；vec 按列堆叠。",
    ),
    "law": (
        "",
        "An identity: both sides are equal wherever both are defined.",
        "恒等式：凡两边有定义处，两边相等。",
    ),
    "linear": (
        r"\mathrm{d}(A + B) = \mathrm{d}A + \mathrm{d}B,\quad \mathrm{d}(c\,A) = c\,\mathrm{d}A,\quad"
        r" \mathrm{d}(A^{\top}) = (\mathrm{d}A)^{\top},\quad \mathrm{d}\operatorname{tr}(A) = \operatorname{tr}(\mathrm{d}A)",
        "d passes through every linear operation, and d of a constant is zero.",
        "微分与一切线性运算可交换，常量的微分为零。",
    ),
    "product rule": (
        r"\mathrm{d}(A B) = \mathrm{d}A\, B + A\, \mathrm{d}B",
        "Each factor is differentiated once while the others stay in their places; the order of factors is kept.",
        "每个因子各微分一次，其余因子留在原位；因子的次序不变。",
    ),
    "put in": (
        r"\mathrm{d}f = \operatorname{tr}\left(\left(\frac{\partial f}{\partial Y}\right)^{\top} \mathrm{d}Y\right),\quad Y = Y(X)",
        "The compound rule: the differential of the intermediate is put into the differential already found.",
        "复合法则：把中间量的微分代入已经求得的微分式。",
    ),
    "compound rule": (
        r"\operatorname{vec}(\mathrm{d}F) = \left(\frac{\partial F}{\partial Y}\right)^{\top} \operatorname{vec}(\mathrm{d}Y)",
        "The derivative by the intermediate, times the derivative of the intermediate.",
        "先对中间量求导，再乘以中间量的导数。",
    ),
    "sum over the paths": (
        r"\frac{\partial f}{\partial x} = \sum_{h} \left.\frac{\partial f}{\partial x}\right|_{x \to h \to f}",
        "What reaches a variable on several ways adds up.",
        "沿各条路径到达同一变量的部分相加。",
    ),
    "element-wise function": (
        r"\mathrm{d}\,f(X) = f'(X) \odot \mathrm{d}X",
        "A function of each entry: its derivative at each entry times the differential of that entry.",
        "逐元素函数：各元素处的导数乘以该元素的微分。",
    ),
    "unspecified function": (
        r"\mathrm{d}A(t) = \frac{\partial A}{\partial t}\, \mathrm{d}t",
        "The chain rule for a matrix that depends on scalars.",
        "依赖标量的矩阵的链式法则。",
    ),
    "a scalar is its own transpose": (
        r"\mathrm{d}x^{\top} A y = y^{\top} A^{\top} \mathrm{d}x",
        "A product that is a number equals its transpose; so the differential comes to stand on the right.",
        "乘积为标量时等于自身的转置，由此把微分换到右端。",
    ),
    "newton equation": (
        r"\nabla^{2} f\, \operatorname{vec}(\Delta X) = -\operatorname{vec}(\nabla f)",
        "The step after which the linearised gradient vanishes.",
        "使线性化的梯度为零的一步。",
    ),
    "collect": ("", "Equal terms are added up.", "合并相同的项。"),
    "block": ("", "A block matrix is the sum of its blocks, each in its place among zeros.", "分块矩阵等于各块置于零矩阵中相应位置后之和。"),
    "matrix form": (
        r"\sum_{i=1}^{N} a_{i} b_{i}^{\top} = A B^{\top}",
        "A sum over samples is a product of the matrices that hold the samples as columns.",
        "对样本的求和等于以样本为列的矩阵之乘积。",
    ),
    "vec": (
        r"\operatorname{vec}(\mathrm{d}F) = J\, \operatorname{vec}(\mathrm{d}X)",
        "vec stacks the columns of a matrix; what stands in front of vec(dX) at the end is the derivative.",
        "vec 把矩阵按列堆叠；最后位于 vec(dX) 左边的就是所求导数。",
    ),
    "symmetric direction": (
        r"\operatorname{tr}(G^{\top} \mathrm{d}X) = \operatorname{tr}\left(\tfrac{1}{2}(G + G^{\top})^{\top} \mathrm{d}X\right)",
        "A symmetric matrix varies among symmetric matrices; the skew part of G meets it with zero.",
        "对称矩阵只在对称矩阵中变动；G 的反对称部分与之内积为零。",
    ),
    "skew direction": (
        r"\operatorname{tr}(G^{\top} \mathrm{d}X) = \operatorname{tr}\left(\tfrac{1}{2}(G - G^{\top})^{\top} \mathrm{d}X\right)",
        "A skew-symmetric matrix varies among skew-symmetric matrices.",
        "反对称矩阵只在反对称矩阵中变动。",
    ),
    "diagonal direction": ("", "Only the diagonal of a diagonal matrix varies.", "对角阵只有对角元变动。"),
    "toeplitz direction": ("", "A Toeplitz matrix varies along its diagonals, each as one number.", "托普利茨矩阵的每条对角线作为一个数变动。"),
    "lower direction": ("", "Only the lower triangle of a lower triangular matrix varies.", "下三角阵只有下三角部分变动。"),
    "upper direction": ("", "Only the upper triangle of an upper triangular matrix varies.", "上三角阵只有上三角部分变动。"),
    "the gradient vanishes at the solution": ("", "What was found, put into the gradient, gives zero.", "把所得结果代入梯度，梯度为零。"),
}


def card(law: Law, lang: str) -> dict[str, str]:
    """Name, title, equation, sizes, source and a sentence about one law; `row` where its equation is its name."""
    equation, *about = ABOUT.get(law if isinstance(law, str) else law.table, ("", "", ""))
    found = {"title": law_words(law, lang), "about": about[LANGUAGES.index(lang)]}
    if isinstance(law, str):
        return {**found, "name": found["title"], "latex": equation, "row": "", "sizes": "", "source": ""}
    shown, sizes = row_latex(law)
    name = chinese_name(law) if lang == "zh" and shown else "" if shown else found["title"]
    return {**found, "name": name, "latex": shown, "row": shown, "sizes": sizes, "source": law.source}


@lru_cache(maxsize=512)
def row_latex(row: Row) -> tuple[str, str]:
    """The equation of a row in LaTeX and the sizes of its letters: of a trick the identity it rests on; empty where it is prose."""
    if row.note and row.table != "differential":
        shown, sizes = equation_latex(row.note.split(" = "), row.declare)
        letters = set(re.findall(r"\b[A-Za-z]\b", row.note))
        return shown, sizes if letters <= set(re.findall(r"\w+", sizes)) else ""
    shown, sizes = equation_latex([row.left, shown_right(row)], row.declare)
    if not shown or row.table != "differential":
        return shown, sizes
    left, right = shown.split(" = ", 1)
    return rf"\mathrm{{d}}\left({left}\right) = {right}" if "^" in row.left else rf"\mathrm{{d}}\,{shown}", sizes


def equation_latex(sides: list[str], declare: str) -> tuple[str, str]:
    """left = right in LaTeX. A trick is noted with letters of its own: where declared sizes do not fit, they are inferred anew."""
    for known in (declare, "", "A, B: matrix(m,n)"):
        try:
            return " = ".join(latex(parse(side, known)) for side in sides) if len(sides) > 1 else "", known
        except MatgradError:
            continue
    return "", ""
