"""An expression as words, for readers who listen: "W transposed times open bracket 2 times M times Y close bracket"."""

from __future__ import annotations

import re

from ..core.expr import Expr
from ..language.text import text
from .words import LANGUAGES

TOKEN = re.compile(r"[A-Za-z_]\w*'*(?=\()|[A-Za-z_]\w*|\d+(?:\.\d+)?|\.\*|\./|\.\^|\.\.|>=|<=|==|\^H\b|\S")

SIGNS: dict[str, tuple[str, str]] = {
    "*": ("times", "乘"),
    ".*": ("entry-wise times", "逐元素乘"),
    "./": ("entry-wise over", "逐元素除以"),
    ".^": ("entry-wise to the power", "逐元素的幂"),
    "/": ("over", "除以"),
    "^": ("to the power", "的幂"),
    "+": ("plus", "加"),
    "-": ("minus", "减"),
    "'": ("transposed", "转置"),
    "^H": ("conjugate transposed", "共轭转置"),
    "(": ("open bracket", "左括号"),
    ")": ("close bracket", "右括号"),
    "[": ("at", "下标"),
    "]": ("end of index", "下标完"),
    ",": ("comma", "逗号"),
    ";": ("next row", "换行"),
    ":": ("all", "全部"),
    "..": ("to", "到"),
    "=": ("equals", "等于"),
    "==": ("equals", "等于"),
    ">=": ("is at least", "大于等于"),
    "<=": ("is at most", "小于等于"),
    ">": ("is greater than", "大于"),
    "<": ("is less than", "小于"),
}
WORDS: dict[str, tuple[str, str]] = {
    "inv": ("inverse of", "逆阵"),
    "tr": ("trace of", "迹"),
    "det": ("determinant of", "行列式"),
    "logdet": ("log determinant of", "行列式的对数"),
    "vec": ("vec of", "向量化"),
    "kron": ("Kronecker product of", "克罗内克积"),
    "diag": ("diag of", "对角"),
    "sum": ("sum of", "求和"),
    "norm2": ("norm of", "范数"),
    "normF": ("Frobenius norm of", "弗罗贝尼乌斯范数"),
    "norm1": ("one norm of", "一范数"),
    "eye": ("identity of size", "单位阵，阶数"),
    "ones": ("ones of size", "全一，尺寸"),
    "zeros": ("zeros of size", "零，尺寸"),
    "conj": ("conjugate of", "共轭"),
    "real": ("real part of", "实部"),
    "imag": ("imaginary part of", "虚部"),
    "exp": ("exponential of", "指数"),
    "log": ("logarithm of", "对数"),
    "sqrt": ("square root of", "平方根"),
    "d": ("d of", "微分"),
}


def spoken(e: Expr, lang: str, names: dict[str, str] | None = None) -> str:
    """The expression in words; `names` says what stands for a name, such as G_Y."""
    return speak(text(e), lang, names or {})


def speak(written: str, lang: str, names: dict[str, str]) -> str:
    """Plain text of the language in words."""
    return " ".join(word(token, lang, names) for token in TOKEN.findall(written))


def word(token: str, lang: str, names: dict[str, str]) -> str:
    which = LANGUAGES.index(lang)
    if token in names:
        return symbol(names[token], lang)
    if token in SIGNS:
        return SIGNS[token][which]
    stem = token.rstrip("'")
    if stem in WORDS:
        return WORDS[stem][which]
    if stem != token:
        return f"{stem} {('prime', '一撇')[which]}" + f" {('of', '')[which]}"
    return f"d {token[1:]}" if len(token) > 1 and token[0] == "d" and token[1:2].isupper() else token


def symbol(written: str, lang: str) -> str:
    """∂f/∂Y as "partial f by partial Y"."""
    above, _, below = written.partition("/")
    partial = ("partial ", "偏 ")[LANGUAGES.index(lang)]
    by = (" by ", " 对 ")[LANGUAGES.index(lang)]
    return (above + (by + below if below else "")).replace("∂²", partial + "2 ").replace("∂³", partial + "3 ").replace("∂", partial)
