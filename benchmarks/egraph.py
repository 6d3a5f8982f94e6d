"""Is there a shorter form? Equality saturation as a judge of the normal form. One command: python benchmarks/egraph.py [CASES.jsonl]

Every answer of `tests/textbook.py`, or of a file of cases (one JSON object a line: expr, wrt, declare, kind, expected), is put
into an e-graph together with all that LAWS makes of it; the shortest member by the tokens of `simplify/order.py` is taken out,
and listed where it is shorter than matgrad's form and `matgrad.equal` confirms it. Needs `pip install egglog`; nothing of matgrad does.
A case ends at rest or at a limit of rounds, nodes or time, so what is not found is no proof that it does not exist.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import matgrad as mg
from matgrad.core import expr as ex
from matgrad.core.dims import read_size
from matgrad.core.expr import Expr
from matgrad.core.facts import facts
from matgrad.simplify.normal import normal
from matgrad.simplify.order import cost

ROUNDS, NODES, SECONDS = 12, 20000, 3.0  # of one case; a round that has begun is finished

# Mul is the matrix product and the multiple by a scalar; a scalar is 1×1. A rewrite that moves brackets checks that sizes fit.
LAWS = """
(datatype M (Num BigRat) (Leaf i64) (Eye String) (Ones String String) (Zeros String String)
  (Add M M) (Mul M M) (Had M M) (Kron M M) (T M) (Inv M) (Tr M) (Sum M) (Diag M) (DiagOf M) (Pow M i64) (Each M i64) (MPow M i64))
(function rows (M) String :no-merge)
(function cols (M) String :no-merge)
(relation scalar (M))
(relation fits (M M))

(rule ((= (rows a) "1") (= (cols a) "1")) ((scalar a)))
(rule ((= e (Num v))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Eye n))) ((set (rows e) n) (set (cols e) n)))
(rule ((= e (Ones m n))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Zeros m n))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Add a b)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Had a b)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Mul a b)) (scalar a) (= m (rows b)) (= n (cols b))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Mul a b)) (scalar b) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Mul a b)) (= k (cols a)) (= k (rows b)) (= m (rows a)) (= n (cols b))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (T a)) (= m (rows a)) (= n (cols a))) ((set (rows e) n) (set (cols e) m)))
(rule ((= e (Inv a)) (= n (rows a))) ((set (rows e) n) (set (cols e) n)))
(rule ((= e (MPow a k)) (= n (rows a))) ((set (rows e) n) (set (cols e) n)))
(rule ((= e (Each a k)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Diag a)) (= n (rows a))) ((set (rows e) n) (set (cols e) n)))
(rule ((= e (DiagOf a)) (= n (rows a))) ((set (rows e) n) (set (cols e) "1")))
(rule ((= e (Tr a))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Sum a))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Pow a k))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Mul a b)) (= k (cols a)) (= k (rows b))) ((fits a b)))
(rule ((= e (Mul (Mul a b) c)) (= k (cols b)) (= k (rows c))) ((fits b c)))
(rule ((= e (Mul a (Mul b c))) (= k (cols a)) (= k (rows b))) ((fits a b)))
(rule ((= e (Tr (Mul a b))) (= k (cols b)) (= k (rows a))) ((fits b a)))

; order and brackets
(rewrite (Add a b) (Add b a))
(rewrite (Add (Add a b) c) (Add a (Add b c)))
(rewrite (Had a b) (Had b a))
(rewrite (Had (Had a b) c) (Had a (Had b c)))
(rewrite (Mul (Mul a b) c) (Mul a (Mul b c)) :when ((fits b c)))
(rewrite (Mul a (Mul b c)) (Mul (Mul a b) c) :when ((fits a b)))
(rewrite (Mul (Mul a b) c) (Mul a (Mul b c)) :when ((scalar a)))
(rewrite (Mul a (Mul b c)) (Mul (Mul a b) c) :when ((scalar a)))
(rewrite (Mul a b) (Mul b a) :when ((scalar b)))
(rewrite (Mul a b) (Mul b a) :when ((scalar a) (= "1" (cols b))))
(rewrite (Mul a (Mul b c)) (Mul b (Mul a c)) :when ((scalar b)))

; numbers and collecting
(rewrite (Add (Num u) (Num v)) (Num (+ u v)))
(rewrite (Mul (Num u) (Num v)) (Num (* u v)))
(rewrite (Mul (Num u) a) a :when ((= u (bigrat (bigint 1) (bigint 1)))))
(rewrite (Mul (Num u) a) (Zeros m n) :when ((= u (bigrat (bigint 0) (bigint 1))) (= m (rows a)) (= n (cols a))))
(union (Zeros "1" "1") (Num (bigrat (bigint 0) (bigint 1))))
(rewrite (Add a (Zeros m n)) a)
(rewrite (Mul (Zeros m k) a) (Zeros m n) :when ((= k (rows a)) (= n (cols a))))
(rewrite (Mul a (Zeros k n)) (Zeros m n) :when ((= k (cols a)) (= m (rows a))))
(rewrite (Add a a) (Mul (Num (bigrat (bigint 2) (bigint 1))) a))
(rewrite (Add a (Mul s a)) (Mul (Add (Num (bigrat (bigint 1) (bigint 1))) s) a) :when ((scalar s)))
(rewrite (Add a (Mul b a)) (Mul (Add (Eye n) b) a) :when ((= n (cols b)) (= n (rows b)) (= n (rows a)) (!= n "1")))
(rewrite (Add a (Mul a b)) (Mul a (Add (Eye n) b)) :when ((= n (cols b)) (= n (rows b)) (= n (cols a)) (!= n "1")))
(rewrite (Mul a (Add b c)) (Add (Mul a b) (Mul a c)))
(rewrite (Mul (Add a b) c) (Add (Mul a c) (Mul b c)))
(rewrite (Add (Mul a b) (Mul a c)) (Mul a (Add b c)) :when ((= m (rows b)) (= m (rows c)) (= n (cols b)) (= n (cols c))))
(rewrite (Add (Mul a c) (Mul b c)) (Mul (Add a b) c) :when ((= m (rows a)) (= m (rows b)) (= n (cols a)) (= n (cols b))))
(rewrite (Had a (Add b c)) (Add (Had a b) (Had a c)))
(rewrite (Add (Had a b) (Had a c)) (Had a (Add b c)))
(rewrite (Had (Mul s a) b) (Mul s (Had a b)) :when ((scalar s)))
(birewrite (Mul s (Had a b)) (Had (Mul s a) b) :when ((scalar s)))

; powers
(rewrite (Mul a a) (Pow a 2) :when ((scalar a)))
(rewrite (Pow a 2) (Mul a a))
(rewrite (Mul a (Pow a k)) (Pow a (+ k 1)) :when ((!= k -1)))
(rewrite (Mul a (Pow a -1)) (Num (bigrat (bigint 1) (bigint 1))))
(rewrite (Pow a 1) a)
(rewrite (Pow a k) (Mul a (Pow a (- k 1))) :when ((> k 1)))
(rewrite (Mul (Pow a j) (Pow a k)) (Pow a (+ j k)) :when ((!= (+ j k) 0)))
(birewrite (Pow (Mul a b) k) (Mul (Pow a k) (Pow b k)) :when ((scalar a) (scalar b)))
(rewrite (Pow (Pow a j) k) (Pow a (* j k)))
(rewrite (Had a a) (Each a 2))
(rewrite (Each a 2) (Had a a))
(rewrite (Had a (Each a k)) (Each a (+ k 1)) :when ((!= k -1)))
(rewrite (Had a (Each a -1)) (Ones m n) :when ((= m (rows a)) (= n (cols a))))
(rewrite (Each a 1) a)
(birewrite (Each (Had a b) k) (Had (Each a k) (Each b k)))
(rewrite (Mul a a) (MPow a 2) :when ((= n (rows a)) (= n (cols a)) (!= n "1")))
(rewrite (MPow a 2) (Mul a a))
(rewrite (Mul a (MPow a k)) (MPow a (+ k 1)) :when ((> k 0)))
(rewrite (MPow a k) (Mul a (MPow a (- k 1))) :when ((> k 2)))

; transposes and inverses
(rewrite (T a) a :when ((scalar a)))
(rewrite (T (T a)) a)
(birewrite (T (Mul a b)) (Mul (T b) (T a)))
(birewrite (T (Add a b)) (Add (T a) (T b)))
(birewrite (T (Had a b)) (Had (T a) (T b)))
(birewrite (T (Inv a)) (Inv (T a)))
(birewrite (T (Each a k)) (Each (T a) k))
(rewrite (T (Eye n)) (Eye n))
(rewrite (T (Ones m n)) (Ones n m))
(rewrite (T (Zeros m n)) (Zeros n m))
(rewrite (T (Diag a)) (Diag a))
(rewrite (Inv (Inv a)) a)
(rewrite (Inv (Eye n)) (Eye n))
(rewrite (Mul (Inv a) a) (Eye n) :when ((= n (rows a))))
(rewrite (Mul a (Inv a)) (Eye n) :when ((= n (rows a))))
(rewrite (Mul (Eye n) a) a :when ((= n (rows a))))
(rewrite (Mul a (Eye n)) a :when ((= n (cols a))))
(rewrite (Mul (Inv a) (Inv b)) (Inv (Mul b a)))
(rewrite (Inv (Mul a b)) (Mul (Inv b) (Inv a)) :when ((= n (rows a)) (= n (cols a)) (= n (rows b)) (= n (cols b))))
(rewrite (Inv (Mul s a)) (Mul (Pow s -1) (Inv a)) :when ((scalar s)))

; traces and sums of entries
(rewrite (Tr a) a :when ((scalar a)))
(rewrite (Tr (T a)) (Tr a))
(rewrite (Tr (Mul a b)) (Tr (Mul b a)) :when ((fits b a)))
(rewrite (Tr (Mul s a)) (Mul s (Tr a)) :when ((scalar s)))
(rewrite (Mul s (Tr a)) (Tr (Mul s a)) :when ((scalar s)))
(birewrite (Tr (Add a b)) (Add (Tr a) (Tr b)))
(birewrite (Tr (Mul (T a) b)) (Sum (Had a b)) :when ((= m (rows a)) (= m (rows b)) (!= m "1")))
(rewrite (Sum a) a :when ((scalar a)))
(rewrite (Sum (T a)) (Sum a))
(birewrite (Sum (Add a b)) (Add (Sum a) (Sum b)))
(rewrite (Sum (Mul s a)) (Mul s (Sum a)) :when ((scalar s)))
(rewrite (Sum (Had a b)) (Mul (T a) b) :when ((= "1" (cols a))))
(rewrite (Mul (T a) b) (Sum (Had a b)) :when ((= "1" (cols a)) (= "1" (cols b)) (= n (rows a)) (= n (rows b))))
(rewrite (Mul (Ones "1" m) a) (Sum a) :when ((= "1" (cols a)) (= m (rows a))))
(rewrite (Sum a) (Mul (Ones "1" m) (Mul a (Ones n "1"))) :when ((= m (rows a)) (= n (cols a)) (!= n "1") (!= m "1")))
(rewrite (Sum (DiagOf a)) (Tr a))
(rewrite (Tr (Diag a)) (Sum a))

; diagonals and Hadamard products
(rewrite (Had a (Ones m n)) a)
(rewrite (Mul (Diag a) b) (Had a b) :when ((= "1" (cols b)) (= n (rows a)) (= n (rows b))))
(rewrite (Had a b) (Mul (Diag a) b) :when ((= "1" (cols b))))
(birewrite (Mul (Diag a) (Diag b)) (Diag (Had a b)))
(birewrite (Diag (Add a b)) (Add (Diag a) (Diag b)))
(rewrite (Diag (Mul s a)) (Mul s (Diag a)) :when ((scalar s)))
(rewrite (Mul s (Diag a)) (Diag (Mul s a)) :when ((scalar s)))
(birewrite (Inv (Diag a)) (Diag (Each a -1)))
(rewrite (Diag (Ones n "1")) (Eye n))
(rewrite (DiagOf (Eye n)) (Ones n "1"))
(rewrite (DiagOf (Diag a)) a)
(rewrite (DiagOf (T a)) (DiagOf a))
(birewrite (DiagOf (Add a b)) (Add (DiagOf a) (DiagOf b)))
(rewrite (DiagOf (Mul s a)) (Mul s (DiagOf a)) :when ((scalar s)))
(birewrite (DiagOf (Mul (Diag a) b)) (Had a (DiagOf b)) :when ((= n (rows a)) (= n (rows b))))
(rewrite (Had (Eye n) a) (Diag (DiagOf a)))
(rewrite (Had (Diag a) b) (Diag (Had a (DiagOf b))))
(rewrite (DiagOf (Mul a (T b))) (Mul (Had a b) (Ones n "1")) :when ((= n (cols a)) (= n (cols b)) (!= n "1")))
(rewrite (DiagOf (Mul a (T b))) (Had a b) :when ((= "1" (cols a)) (= "1" (cols b))))
(birewrite (Had (Mul a (T b)) c) (Mul (Diag a) (Mul c (Diag b)))
  :when ((= "1" (cols a)) (= "1" (cols b)) (= m (rows a)) (!= m "1") (= n (rows b)) (!= n "1")))

; Kronecker products
(rewrite (Kron (Kron a b) c) (Kron a (Kron b c)))
(rewrite (Mul (Kron a b) (Kron c d)) (Kron (Mul a c) (Mul b d)) :when ((= k (cols a)) (= k (rows c)) (= l (cols b)) (= l (rows d))))
(birewrite (T (Kron a b)) (Kron (T a) (T b)))
(birewrite (Inv (Kron a b)) (Kron (Inv a) (Inv b)) :when ((= m (rows a)) (= m (cols a))))
(birewrite (Add (Kron a b) (Kron a c)) (Kron a (Add b c)) :when ((= m (rows b)) (= m (rows c))))
(birewrite (Add (Kron a c) (Kron b c)) (Kron (Add a b) c) :when ((= m (rows a)) (= m (rows b))))
(rewrite (Kron (Mul s a) b) (Mul s (Kron a b)) :when ((scalar s)))
(rewrite (Kron a (Mul s b)) (Mul s (Kron a b)) :when ((scalar s)))
(rewrite (Tr (Kron a b)) (Mul (Tr a) (Tr b)) :when ((= m (rows a)) (= m (cols a))))
"""

BINARY = {ex.ADD: "Add", ex.MUL: "Mul", ex.HAD: "Had", ex.KRON: "Kron"}
UNARY = {"'": "T", "inv": "Inv", "tr": "Tr", "sum": "Sum", "diag": "Diag", "diag_of": "DiagOf"}
BUILD: dict[str, Callable[..., Expr]] = {
    "Add": ex.add, "Mul": ex.mul, "Had": ex.hadamard, "Kron": ex.kron, "T": ex.transpose, "Eye": ex.eye, "Ones": ex.ones, "Zeros": ex.zeros,
    **{word: (lambda a, name=name: ex.call(name, a)) for name, word in UNARY.items() if name != "'"},
}  # fmt: skip


class Graph:
    """The e-graph of one expression. What LAWS has no word for is a leaf with its size."""

    def __init__(self, root: Expr):
        import egglog.bindings

        self.leaves: list[Expr] = []
        self.at: dict[Expr, int] = {}
        self.egraph = egglog.bindings.EGraph()
        self.rest = "limit"
        term = self.term(root)
        self.run(LAWS)
        for k, leaf in enumerate(self.leaves):
            self.run(f'(set (rows (Leaf {k})) "{leaf.rows}") (set (cols (Leaf {k})) "{leaf.cols}")')
            if "symmetric" in facts(leaf):
                self.run(f"(union (T (Leaf {k})) (Leaf {k}))")
        self.run(f"(let $root {term})")

    def run(self, program: str) -> list[Any]:
        return list(self.egraph.run_program(*self.egraph.parse_program(program)))

    def term(self, root: Expr) -> str:
        done: dict[Expr, str] = {}
        for e in ex.postorder_where(root, lambda e: self.known(e)):
            done[e] = self.written(e, [done[a] for a in e.args]) if self.known(e) else self.leaf(e)
        return done[root]

    def known(self, e: Expr) -> bool:
        if e.op in (ex.POW, ex.MPOW):
            return e.args[1].op is ex.NUM and isinstance(e.args[1].data, int) and (e.op is ex.POW or e.args[1].data > 1)
        return e.op in BINARY or e.op.name in UNARY or e.op in (ex.NUM, ex.EYE, ex.ONES, ex.ZEROS)

    def leaf(self, e: Expr) -> str:
        if e not in self.at:
            self.at[e] = len(self.leaves)
            self.leaves.append(e)
        return f"(Leaf {self.at[e]})"

    def written(self, e: Expr, args: list[str]) -> str:
        if e.op is ex.NUM:
            value = Fraction(e.data)
            return f"(Num (bigrat (bigint {value.numerator}) (bigint {value.denominator})))"
        if e.op is ex.EYE:
            return f'(Eye "{e.rows}")'
        if e.op in (ex.ONES, ex.ZEROS):
            return f'({"Ones" if e.op is ex.ONES else "Zeros"} "{e.rows}" "{e.cols}")'
        if e.op in (ex.POW, ex.MPOW):
            return f"({'MPow' if e.op is ex.MPOW else 'Pow' if e.is_scalar else 'Each'} {args[0]} {e.args[1].data})"
        if e.op.name in UNARY:
            return f"({UNARY[e.op.name]} {args[0]})"
        if e.op is ex.MUL:  # scalars in front, then the word
            args = [t for _, t in sorted(zip(e.args, args), key=lambda pair: not pair[0].is_scalar)]
        term = args[-1]
        for a in reversed(args[:-1]):
            term = f"({BINARY[e.op]} {a} {term})"
        return term

    def saturate(self) -> None:
        start = time.perf_counter()
        for _ in range(ROUNDS):
            (report,) = self.run("(run 1)")
            if not report.report.updated:
                self.rest = "at rest"
                return
            if time.perf_counter() - start > SECONDS or len(self.read()["nodes"]) > NODES:
                return

    def read(self) -> Any:
        return json.loads(self.egraph.serialize([]).to_json())

    def shortest(self) -> Expr:
        """The member with the fewest tokens. Every class keeps its best sum, product, … apart: the brackets depend on what is around."""
        found = self.read()
        nodes = found["nodes"]
        values = {n["eclass"]: n["op"] for k, n in nodes.items() if k.startswith("primitive")}
        terms = [(n["eclass"], n["op"], [nodes[c]["eclass"] for c in n["children"]]) for n in nodes.values() if n["eclass"].startswith("M-")]
        (root,) = [c for c, data in found["class_data"].items() if "root" in str(data.get("let"))]
        best: dict[str, dict[str, Choice]] = defaultdict(dict)
        changed = True
        while changed:
            changed = False
            for where, op, args in terms:
                for choice in self.choices(op, [values[a] if a in values else best[a] for a in args]):
                    changed |= keep(best[where], choice)
        return self.expr(min(best[root].values(), key=lambda c: c.tokens).term)

    def choices(self, op: str, args: list[Any]) -> Iterator[Choice]:
        parts = [tuple(a.values()) if isinstance(a, dict) else (a,) for a in args]
        for some in itertools.product(*parts):
            term = (op, *[a.term if isinstance(a, Choice) else a for a in some])
            if op in ("Num", "Leaf", "Eye", "Ones", "Zeros"):
                e = self.expr(term)
                yield Choice(length(e), leaf_kind(e), term)
            else:
                yield Choice(*tokens(op, some), term)

    def expr(self, term: Any) -> Expr:
        op, *args = term
        if op == "Leaf":
            return self.leaves[int(args[0])]
        if op == "Num":
            return ex.num(Fraction(*map(int, re.findall(r"-?\d+", args[0]))))
        if op in ("Eye", "Ones", "Zeros"):
            sizes = [read_size(a.strip('"')) for a in args]
            return BUILD[op](*sizes)
        if op in ("Pow", "Each", "MPow"):
            return (ex.matrix_power if op == "MPow" else ex.power)(self.expr(args[0]), ex.num(int(args[1])))
        return BUILD[op](*map(self.expr, args))


class Choice(NamedTuple):
    """A term, its tokens, and what it is to the brackets around it."""

    tokens: int
    kind: str
    term: tuple[Any, ...]


def keep(table: dict[str, Choice], choice: Choice) -> bool:
    """Enter a better term of its kind; a kind that costs a pair of brackets more than the best is never used."""
    old = table.get(choice.kind)
    if old is not None and old.tokens <= choice.tokens or table and choice.tokens > 3 + min(c.tokens for c in table.values()):
        return False
    table[choice.kind] = choice
    return True


def length(e: Expr) -> int:
    """Tokens, with every transpose counted: whether inv(X)' or inv(X') is written is convention, not length."""
    ex.fill_cache(e, "transposed names", lambda n: (n.op is ex.T and not n.args[0].args) + sum(a._cache["transposed names"] for a in n.args))
    return cost(e) + int(e._cache["transposed names"])


def leaf_kind(e: Expr) -> str:
    if e.op is not ex.NUM:
        return "other"
    return "minus" if e.data == -1 else "negative" if e.data < 0 else "other"


LOOSE = {"Add": (), "Mul": ("add", "had"), "Had": ("add", "mul", "-mul"), "T": ("add", "mul", "-mul", "had")}


def tokens(op: str, args: tuple[Any, ...]) -> tuple[int, str]:
    """The rules of `order.cost`, two parts at a time."""
    a, b = args[0], args[-1]
    if op in ("Pow", "Each", "MPow"):
        brackets = 2 * (a.kind in LOOSE["T"])
        return 2 + a.tokens + brackets + b.startswith("-"), "reciprocal" if (op, b) == ("Pow", "-1") else "other"
    total = sum(c.tokens + 2 * (c.kind in LOOSE.get(op, ())) for c in args)
    if op == "T":
        return total + 1, "other"
    if op == "Add":
        return total + not_(a, b), "add"
    if op == "Mul":
        total += 1 - 2 * sum(c.kind == "reciprocal" for c in args) - 2 * (a.kind == "minus")
        return total, "-mul" if a.kind in ("minus", "negative", "-mul") else "mul"
    if op == "Had":
        return total + 1, "had"
    return total + 2 + len(args), "other"


def not_(a: Choice, b: Choice) -> bool:
    return not {a.kind, b.kind} & {"negative", "-mul"}


Cases = Iterator[tuple[str, Callable[[], list[Expr]]]]


def textbook() -> Cases:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from textbook import CASES, FURTHER

    for case, order, layout in [*((c, 1, "denominator") for c in CASES), *FURTHER]:
        yield str(case), lambda c=case, o=order, k=layout: [mg.derive(c.text, c.wrt, c.declare, order=o, layout=k).value]  # type: ignore[misc]


def from_file(path: str) -> Cases:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        yield case.get("id", case["expr"]), lambda c=case: answers(c)  # type: ignore[misc]


def answers(case: Mapping[str, Any]) -> list[Expr]:
    """The left side of an identity simplified, the answers of everything else."""
    text, wrt, declare, kind = (case[k] for k in ("expr", "wrt", "declare", "kind"))
    if kind == "identity":
        return [normal(mg.parse(text, declare))]
    if kind == "differential":
        return [mg.differential(text, wrt, declare).value]
    if kind == "stationary":
        return [mg.stationary(text, wrt, declare).value]
    if kind == "newton":
        return [mg.newton_step(text, wrt, declare).value]
    layout = "numerator" if case.get("layout") == "numerator" else "denominator"
    return list(mg.derive(text, wrt, declare, order=2 if kind == "hessian" else 1, layout=layout).values.values())


def judge(name: str, ours: Expr) -> str:
    """One case: what ended it, and the shorter form if there is one."""
    graph = Graph(ours)
    graph.saturate()
    other = graph.shortest()
    if length(other) < length(ours):
        verdict = "shorter" if mg.equal(other, ours) else "NOT EQUAL: a law of this file is wrong"
        print(f"{name}: {verdict}")
        for e, what in ((ours, ""), (other, ""), (normal(other), " is the normal form of that")):
            print(f"    {length(e):3}  {e}{what}")
    return graph.rest


def main() -> None:
    try:
        import egglog  # noqa: F401
    except ImportError:
        sys.exit("egglog is not installed: pip install egglog")
    ended: Counter[str] = Counter()
    for name, answer in from_file(sys.argv[1]) if len(sys.argv) > 1 else textbook():
        try:
            found = answer()
        except mg.MatgradError as error:
            print(f"{name}: no answer: {error}")
            continue
        ended.update(judge(name, e) for e in found)
    print(f"{ended.total()} answers, {ended['at rest']} searched to the end, {ended['limit']} up to a limit")


if __name__ == "__main__":
    main()
