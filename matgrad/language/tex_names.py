r"""Symbols of LaTeX with what hangs on them: names, entries and members, constants, powers and transposes."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from ..core.expr import is_complex
from ..errors import ParseError, Phrase, Series, did_you_mean
from .latex import spelling
from .lexer import Token
from .tex_cursor import INDICES, Cursor, Scripts, is_all, is_transpose, label_like, label_of, parenthesised, refused_script, split_at
from .tex_scan import Unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.expr import Expr

SCALARS = {"tr", "Tr", "trace", "det", "logdet", "sum"}
REFUSED = {
    "nabla": "give the expression itself and name the variable; matgrad finds the gradient",
    "partial": "give the expression itself and name the variable; matgrad finds the derivative",
    "prod": "products over an index are not part of the language",
    "int": "integrals are not part of the language",
    "lim": "limits are not part of the language",
    "infty": "infinity is not part of the language",
    "pm": "± is two expressions; give one of them",
    "mp": "∓ is two expressions; give one of them",
    "ne": "the language has no ≠",
    "neq": "the language has no ≠",
    "approx": "≈ is not an equation",
    "propto": "∝ is not an equation; give the factor",
    "sim": "∼ is not an expression",
    "in": "∈ belongs into a declaration; declare the size, as in X: matrix(m,n)",
    "ast": "∗ may be a product or a convolution; write \\cdot for a product",
    "star": "⋆ may be a product or a mark of an optimum; write \\cdot for a product",
    "to": "→ is not part of an expression",
    "mapsto": "give only the expression after ↦",
    "lfloor": "floors are not part of the language",
    "lceil": "ceilings are not part of the language",
    "sup": "the supremum is not part of the language",
    "inf": "the infimum is not part of the language",
    "arg": "give only the expression that is minimised or maximised",
    "underset": "give only the expression itself",
    "argmin": "give only the expression that is minimised",
    "argmax": "give only the expression that is maximised",
    "lg": "write \\log x / \\log 2, or \\log x / \\log 10",
    "bigoplus": "direct sums are not part of the language",
    "oplus": "⊕ may be a direct sum or an addition; write + or a bmatrix",
}
NEVER_LETTERS = {"blackboard": "\\mathbb{{letter}} is not a name; a size belongs into a declaration, an expectation is not part of the language"}


class Names(Cursor):
    """Reads one symbol with its scripts."""

    def symbol(self) -> None:
        """A name with its scripts; a function with its argument."""
        u = self.take()
        if u.kind == "word" and u.text == "d" and not self.is_known("d") and u.font == "upright":
            self.differential(u)
            return
        if u.text == "i" and u.font == "upright" and not u.accents and not self.is_known("i") and "i" not in self.bound:
            self.put("number", "1", u.span)
            self.put("name", "i", u.span, False)  # 1i
            self.raised(u.span, self.scripts())
            return
        word = self.function_word(u.text) if u.kind == "word" else ""
        if word and not self.is_known(u.text) and not u.accents:
            self.function(word, u)
            return
        if u.kind == "word" and u.font != "run" and not self.is_known(u.text):
            self.check_word(u)
        if u.text == "d" and u.kind == "letters" and not u.font and self.here.named and not self.is_known("d"):
            shown = self.text[self.here.start : self.here.end]
            raise self.fail(r"d {shown} may be a differential or a product; write \mathrm{d}{shown}, or declare d", (u.start, self.here.end), shown=shown)
        scripts = self.scripts()
        if self.constant(u, scripts):
            return
        self.same_writing(u)
        if u.font in NEVER_LETTERS:
            raise self.fail(NEVER_LETTERS[u.font], u.span, letter=u.text)
        if u.text == "e" and not u.accents and self.exponential(u, scripts):
            return
        if self.indexed(u, scripts):
            return
        name = self.resolved(u, scripts)
        if name is None:
            raise self.no_name(u, scripts)
        if "bar" in u.accents and self.conjugate(name, u, scripts):
            return
        self.named(name, u, scripts)

    def conjugate(self, barred: str, u: Unit, scripts: Scripts) -> bool:
        r"""\overline{X} of a complex X, unless a name is written so. Raises ParseError where both are declared and a line covers X."""
        name = barred.replace("_bar", "", 1)
        variable = self.variables.get(name)
        if variable is None or not is_complex(variable):
            return False
        if barred in self.variables:
            if self.text.startswith("\\overline", u.start):
                sentence = "this may be the conjugate of {name} or {barred}; write \\operatorname{conj}({name}) or \\bar{{name}}"
                raise self.fail(sentence, u.span, name=name, barred=barred)
            return False
        for kind, text in (("name", "conj"), ("op", "("), ("name", name), ("op", ")")):
            self.put(kind, text, u.span, text == "conj")
        self.raised(u.span, scripts)
        return True

    def check_word(self, u: Unit) -> None:
        """A word that is neither declared nor a function of the language is no name where it may be a function's."""
        if u.font == "text" and not u.text.isidentifier():
            raise self.fail("the words {words} are not part of an expression", u.span, words=repr(u.text))
        if u.text in REFUSED:
            raise self.fail(REFUSED[u.text], u.span)
        if u.font == "operator" or len(u.text) > 1 and self.starts_factor():
            hint = did_you_mean(get_close_matches(u.text, [*self.words, *self.functions], 1, 0.7)) or Phrase("; declare it")
            raise self.fail("{name} is neither declared nor a function of the language{hint}", u.span, name=u.text, hint=hint)

    def differential(self, d: Unit) -> None:
        r"""\mathrm{d}X."""
        self.split()
        if not self.here.named:
            raise self.fail("d belongs before a name: \\mathrm{d}X", d.span)
        u, scripts = self.take(), None
        scripts = self.scripts()
        name = self.resolved(u, scripts)
        if name is None:
            raise self.no_name(u, scripts)
        self.put("name", "d" + name, (d.start, u.end))
        self.raised((d.start, u.end), scripts)

    def named(self, name: str, u: Unit, scripts: Scripts) -> None:
        if name == "e":
            if self.euler is not None:
                raise self.fail("e stands for a name here and for the base of an exponential elsewhere; rename it", u.span)
            self.euler = u
        if name in self.closed and name not in self.bound and name not in self.variables:
            raise self.outside(name, u.span)
        span = (u.start, max(u.end, scripts.low.end if scripts.low else 0))
        self.put("name", name, span)
        opened = self.here
        called = opened.kind == "open" and opened.text in "([" and scripts.high is None
        variable = self.variables.get(name)
        if name in self.functions or called and variable is not None and variable.data[2]:
            self.applied(span, scripts)
            return
        if called and not self.is_known(name) and name != "pi":
            other = Phrase("; \\operatorname{sigmoid} is the logistic function") if name == "sigma" else ""
            sentence = "{name}(…) may be a value of a function or a product; declare {name}, as in {name}: elementwise or {name}: matrix(m,n){other}"
            raise self.fail(sentence, (u.start, opened.end), name=name, other=other)
        self.raised(span, scripts)

    def applied(self, span: tuple[int, int], scripts: Scripts) -> None:
        """The argument of a declared function."""
        for prime in scripts.primes:
            self.put("op", "'", prime.span, False)
        if scripts.high is not None:
            raise self.fail("a power of a function's name may be that of its value, or repetition; write brackets", scripts.high.span)
        if self.here.kind != "open":
            if self.here.kind != "group":
                raise self.fail("this is a function; its argument is missing in brackets", span)
            self.call_group()
        else:
            self.arguments()
        self.scripted(span, called="generic")

    def resolved(self, u: Unit, scripts: Scripts) -> str | None:
        """The name that a symbol with its subscript stands for; None where the subscript is no part of a name."""
        label = label_of(scripts.low) if scripts.low is not None else ""
        if label is None:
            return None
        if u.font == "run":
            letters, accents, below = spelling(u.text)
            label = ",".join(x for x in (below, label) if x)
        else:
            letters, accents = u.text, u.accents
            if u.kind == "word" and letters.isidentifier() and (letters in self.known or letters != spelling(letters)[0]):
                letters, more, below = spelling(letters)
                accents, label = more + accents, ",".join(x for x in (below, label) if x)
        found = self.spelled.get((letters, accents, label), [])
        if len(found) > 1:
            raise self.fail("this may be {names}; rename one of them", u.span, names=Series(found, "or"))
        if found:
            index = next((x for x in label.split(",") if x in self.bound), "")
            if index:
                sentence = (
                    "{name} is declared as one variable, and {index} runs over a sum here; "
                    "declare the family, {letters}_{index}: vector(n), {index}=1..N, or rename the index"
                )
                raise self.fail(sentence, u.span, name=found[0], index=index, letters=letters)
            return found[0]
        name = "_".join((letters, *accents, *([label] if label else [])))
        return name if name.isidentifier() else None

    def no_name(self, u: Unit, scripts: Scripts) -> ParseError:
        low = scripts.low or u
        shown = self.text[u.start : low.end]
        return self.fail(
            "{shown} is not a name, and {name} is not declared, so it cannot be an entry; declare {name}", (u.start, low.end), shown=shown, name=u.text
        )

    def same_writing(self, u: Unit) -> None:
        """One letter in two fonts would be two things that look alike to the plain language."""
        if u.kind == "word":
            return
        font = self.fonts.setdefault((u.text, u.accents), u.font)
        if font != u.font:
            raise self.fail("{name} stands here in two fonts, and matgrad reads both as {name}; rename one of them", u.span, name=u.text)

    def constant(self, u: Unit, scripts: Scripts) -> bool:
        """I, I_n and the commutation matrix K_{m,n}, the unit vector e_i^{(n)}, where these are not declared."""
        low, high = scripts.low, scripts.high
        if u.text == "I" and not self.is_known("I") and not u.accents and not (low is not None and (label_of(low) or "").isdecimal()):
            if low is None and u.font == "blackboard":
                raise self.fail("this may be an identity matrix or an indicator; write I_n, or \\mathbf{1}[…]", u.span)
            if low is None:
                self.put("constant", "eye", u.span)
            else:
                self.sized("eye", u, low)
            self.raised(u.span, scripts)
            return True
        places = split_at(low.parts, ",") if low is not None else []
        if low is not None and u.text == "K" and not u.accents and len(places) == 2 and (u.font == "upright" or self.commutes(low, places)):
            self.sized("K", u, low)
            self.raised(u.span, scripts)
            return True
        label = label_of(low) or ""
        if u.text == "K" and not self.is_known("K") and low is not None and len(label) == 2 and set(label) <= self.sizes:
            sentence = "K_{{label}} may be the commutation matrix or a name; write K_{{rows},{cols}}, or declare K_{label}"
            raise self.fail(sentence, (u.start, low.end), label=label, rows=label[0], cols=label[1])
        if u.text == "e" and not self.is_known("e") and low is not None and high is not None and parenthesised(high):
            self.put("name", "unit", u.span)
            self.put("op", "(", u.span, False)
            self.inside(high.parts[1:-1], high, self.expression)
            self.put("op", ",", low.span)
            self.inside(low.parts, low, self.expression)
            self.put("op", ")", low.span)
            return True
        return False

    def commutes(self, low: Unit | None, places: list[list[Unit]]) -> bool:
        """Whether K_{m,n} has sizes, not indices, below."""
        if self.is_known("K") or self.any_bound(low):
            return False
        return all(len(p) != 1 or p[0].text not in INDICES or p[0].text in self.sizes for p in places)

    def sized(self, name: str, u: Unit, low: Unit) -> None:
        r"""eye(n), ones(m, n), K(m, n) from a subscript n, m \times n or m, n."""
        self.put("name", name, u.span)
        self.put("op", "(", low.span, False)
        places = split_at(low.parts, ",")
        if len(places) == 1:
            places = split_at(low.parts, "times")
            if name == "eye" and len(places) == 2:
                if [p.text for p in places[0]] != [p.text for p in places[1]]:
                    raise self.fail("an identity matrix is square", low.span)
                places = places[:1]
            if name != "eye" and len(places) == 1 and len(label_of(low) or "") == 2 and low.parts[0].kind == "letters" and len(low.parts) == 1:
                label = label_of(low) or ""
                sentence = r"{label} may be one size or two; write {first} \times {second}, or {first} \cdot {second}"
                raise self.fail(sentence, low.span, label=label, first=label[0], second=label[1])
        for n, place in enumerate(places):
            if n:
                self.put("op", ",", low.span)
            if any(p.named and p.text in self.variables for p in place):
                raise self.fail("a size stands below this; what stands here is declared as a variable", low.span)
            self.inside(place, low, self.expression)
        self.put("op", ")", low.span)

    def exponential(self, u: Unit, scripts: Scripts) -> bool:
        """e^x where e is not declared."""
        high = scripts.high
        if self.is_known("e") or high is None or scripts.low is not None or scripts.primes or is_transpose(high.parts) or label_like(high):
            return False
        if [p.text for p in high.parts] in (["T"], ["H"]) or high.parts[0].text in ("-",) and [p.text for p in high.parts[1:]] == ["T"]:
            return False
        if self.euler is not None and self.euler.kind != "group":
            raise self.fail("e stands for the base of an exponential here and for a name elsewhere; rename it", u.span)
        self.euler = high
        self.put("name", "exp?", u.span)
        self.put("op", "(", high.span, False)
        self.inside(high.parts, high, self.expression)
        self.put("op", ")", high.span)
        return True

    def any_bound(self, low: Unit | None) -> bool:
        return low is not None and any(p.text in self.bound or p.kind == "letters" and any(c in self.bound for c in p.text) for p in low.parts)

    def indexed(self, u: Unit, scripts: Scripts) -> bool:
        """X_{ij}, X_{:,i}, x_i: an entry, a column or a member, unless the whole is a name."""
        low = scripts.low
        bare = Scripts()
        base = self.resolved(u, bare) or ""
        high = scripts.high
        if low is None:
            if high is not None and parenthesised(high) and self.is_family(base):
                self.put("name", base, u.span)
                self.places(base, [high.parts[1:-1]], high)
                return True
            return False
        label = label_of(low)
        if label is not None and self.spelled.get((u.text, u.accents, label)) and u.font != "run":
            return False
        if not (base in self.variables or base in self.defined or self.any_bound(low)):
            return False
        variable = self.variables.get(base)
        places = self.place_list(base, low, label)
        if places is None:
            return False
        self.same_writing(u)
        span = (u.start, low.end)
        if len(places) == 1 and not self.is_family(base):
            self.check_sample(base, span, scripts)
        if variable is not None and not self.is_family(base):
            self.check_order(span, variable, places, scripts)
        self.put("name", base, u.span)
        self.places(base, places, low)
        self.raised(span, scripts)
        return True

    def is_family(self, name: str) -> bool:
        return name in self.families or name in self.variables and self.variables[name].data[3] is not None

    def place_list(self, base: str, low: Unit, label: str | None) -> list[list[Unit]] | None:
        """The places of an index; None where the subscript makes a new name."""
        variable = self.variables.get(base)
        places = split_at(low.parts, ",")
        one = places[0][0] if len(places) == 1 and len(places[0]) == 1 else None
        if variable is not None and variable.is_scalar and not self.is_family(base):
            raise self.fail("{name} is a scalar, so this is a name of its own; declare {name}_{index}", low.span, name=base, index=label or "i")
        matrix = variable is not None and not variable.is_vector and not variable.is_scalar
        if one is not None and one.kind == "letters" and len(one.text) == 2 and all(self.is_index(c) for c in one.text):
            return [[one.at(0, 1)], [one.at(1, 2)]]
        if len(places) == 1 and len(places[0]) == 2 and any(is_all([p]) for p in places[0]):
            return [[places[0][0]], [places[0][1]]]
        if one is None or one.text in self.bound or self.is_integer(one.text):
            pass
        elif one.kind == "number" and self.is_family(base):
            pass
        elif one.text in INDICES and one.kind == "letters" or one.text in self.closed:
            pass
        elif variable is None:
            return None
        else:
            shown = f"{base}_{label or one.text}"
            entry, write = Phrase("its entry"), Phrase("[{name}]_{{index}}", name=base, index=one.text)
            if matrix and len(one.text) == 2:
                entry, write = Phrase("an entry"), Phrase("{name}_{{row},{col}}", name=base, row=one.text[0], col=one.text[1])
            elif matrix:
                entry, write = Phrase("its row or column"), Phrase("{name}_{{index},:} or {name}_{:,{index}}", name=base, index=one.text)
            sentence = "{shown} may be {entry} or a name of its own; declare {shown}, or write {write}"
            raise self.fail(sentence, low.span, shown=shown, entry=entry, write=write)
        if matrix and len(places) == 1 and not self.is_family(base):
            i = self.text[low.parts[0].start : low.parts[-1].end]
            raise self.fail(
                "{name}_{index} of a matrix may be its row or its column; write {name}_{{index},:} or {name}_{:,{index}}", low.span, name=base, index=i
            )
        return places

    def is_integer(self, name: str) -> bool:
        return name in self.variables and "integer" in self.variables[name].data[1]

    def is_index(self, letter: str) -> bool:
        return letter in self.bound or letter in INDICES or letter in self.closed or self.is_integer(letter)

    def check_sample(self, base: str, span: tuple[int, int], scripts: Scripts) -> None:
        r"""x_i^\top and w^\top x_i: x_i is a vector then, one of a family, not an entry of x."""
        high = scripts.high
        transposed = bool(scripts.primes) or high is not None and (is_transpose(high.parts) or [p.text for p in high.parts] == ["T"])
        factor = bool(self.out) and self.out[-1].text == "'" and base not in self.variables
        if transposed or factor:
            raise self.fail("{name}_i may be one of many vectors, or an entry of {name}; declare {name}[i]: vector(n), i=1..N", span, name=base)

    def check_order(self, span: tuple[int, int], variable: Expr, places: list[list[Unit]], scripts: Scripts) -> None:
        """X^{-1}_{ij} may be an entry of the inverse, or the reciprocal of an entry."""
        high = scripts.high
        entry = len(places) == 2 and not any(is_all(p) for p in places)
        if high is None or not (entry or scripts.high_first and not variable.is_vector):
            return
        inverse = high.parts[0].kind == "sign" and high.parts[0].text == "-" or is_transpose(high.parts) or [p.text for p in high.parts] == ["T"]
        if inverse or scripts.high_first:
            raise self.fail("this may be an entry of a power, or a power of an entry; write [X^{-1}]_{ij} or (X_{ij})^{-1}", span)

    def places(self, base: str, places: list[list[Unit]], low: Unit) -> None:
        r"""[i, j] after a name; in \sum_i the first of them tells how far i runs."""
        family = self.is_family(base)
        chains = [places] if not family or len(places) == 1 or base in self.families else [[p] for p in places]
        if [t.text for t in self.out[-3::2]] == ["(", ")"] and self.out[-2].kind == "name" and not base:
            self.out[-3:] = [self.out[-2]]  # brackets around one name: [x_1]_i
        for chain in chains:
            self.put("op", "[", low.span, False)
            for n, place in enumerate(chain):
                if n:
                    self.put("op", ",", low.span)
                if is_all(place):
                    self.put("op", ":", place[0].span)
                    continue
                if not place:
                    raise self.fail("an index is missing", low.span)
                if place[0].kind == "sign" and place[0].text in "+-":
                    raise self.fail("an index is a letter or a number, with something added at most", low.span)
                self.note_range(base, place, n if chain is chains[0] else 0, family and chain is chains[0])
                if len(place) == 1 and place[0].named and place[0].text in self.closed and place[0].text not in self.bound:
                    raise self.outside(place[0].text, place[0].span)
                self.inside(place, low, self.expression)
            self.put("op", "]", low.span)

    def outside(self, index: str, span: tuple[int, int]) -> ParseError:
        return self.fail("the index {index} stands outside its sum; put brackets around all that is summed", span, index=index)

    def note_range(self, base: str, place: list[Unit], n: int, member: bool) -> None:
        index = place[0].text
        if len(place) != 1 or self.ranges.get(index) != "" or base not in self.variables:
            return
        variable = self.variables[base]
        size = variable.data[3] if member else variable.cols if n else variable.rows
        self.ranges[index] = size.text

    def scripted(self, span: tuple[int, int], called: str = "") -> None:
        """The scripts after a bracket, a number or a function's value."""
        scripts = self.scripts()
        if scripts.low is not None:
            if scripts.low.parts and scripts.low.parts[0].text in "+-":
                raise self.fail("a part of a value is written with max or min: \\max(0, x)", scripts.low.span)
            entries = not called and self.out[-1].text == ")"
            places = split_at(scripts.low.parts, ",")
            one = places[0][0] if len(places) == 1 and len(places[0]) == 1 else None
            if one is not None and one.kind == "letters" and len(one.text) == 2:
                places = [[one.at(0, 1)], [one.at(1, 2)]]
            elif len(places) == 1 and len(places[0]) == 2 and all(is_all([p]) or p.kind == "letters" for p in places[0]):
                places = [[p] for p in places[0]]
            if not entries:
                raise self.fail("a subscript is not expected here; an entry of a value is written [ … ]_i", scripts.low.span)
            if scripts.high_first:
                raise self.fail("this may be an entry of a power, or a power of an entry; write brackets", scripts.low.span)
            self.places("", places, scripts.low)
        self.raised(span, scripts, called)

    def raised(self, span: tuple[int, int], scripts: Scripts, called: str = "") -> None:
        """Primes and a superscript."""
        for prime in scripts.primes:
            self.put("op", "'", prime.span, False)
        high = scripts.high
        if high is None:
            return
        parts = high.parts
        texts = [p.text for p in parts]
        if called == "number" and (is_transpose(parts) or texts == ["T"]):
            raise self.fail("this is a number; a vector of ones is \\mathbf{1}", span)
        if called in SCALARS and (is_transpose(parts) or texts in (["T"], ["H"])):
            raise self.fail(
                r"{function}(A) is a number; a transpose of what stands in it belongs inside, as in {function}(A^\top B)", high.span, function=called
            )
        if is_transpose(parts):
            self.put("op", "'", high.span, False)
        elif texts in (["T"], ["H"]) and parts[0].kind == "letters" and not parts[0].font:
            self.lettered(texts[0], high)
        elif texts[0] == "-" and is_transpose(parts[1:]) or texts == ["-", "T"] and not self.is_known("T"):
            self.refuse_call(called, high)
            self.power(high, lambda: self.inverse(high))
            self.put("op", "'", high.span, False)
        elif texts[0] == "-" and texts[1:] == ["H"] and not self.is_known("H"):
            self.refuse_call(called, high)
            self.power(high, lambda: self.inverse(high))
            self.lettered("H", high)
        elif refusal := refused_script(parts):
            raise self.fail(refusal, high.span)
        elif texts[0] in ("circ", "odot") and parts[0].kind == "command":
            if len(parts) == 1:
                raise self.fail("degrees are not part of the language; X^{\\circ 2} is a power entry by entry", high.span)
            self.put("op", ".^", high.span, False)
            self.exponent(parts[1:], high)
        elif label_like(high):
            label = self.text[parts[1].start : parts[-2].end]
            raise self.fail("({label}) may be an exponent or a label; write ^{{label}}, or a subscript", high.span, label=label)
        else:
            if texts[0] == "-":
                self.refuse_call(called, high)
            self.put("op", "^", high.span, False)
            self.exponent(parts, high)

    def lettered(self, letter: str, high: Unit) -> None:
        """^T: a transpose, unless T is a number."""
        if letter == "T" and not (self.is_known("T") or "T" in self.bound):
            self.put("op", "'", high.span, False)
            return
        self.put("op", "^", high.span, False)
        self.put("name", letter, high.span)

    def refuse_call(self, called: str, high: Unit) -> None:
        if called and called != "number":
            raise self.fail(
                "{function}(X)^{-1} may be a power of the value or of the argument; write brackets around what is inverted", high.span, function=called
            )

    def inverse(self, high: Unit) -> None:
        self.put("op", "-", high.span)
        self.put("number", "1", high.span)

    def power(self, high: Unit, write: Callable[[], None]) -> None:
        self.put("op", "^", high.span, False)
        self.put("op", "(", high.span)
        write()
        self.put("op", ")", high.span)

    def exponent(self, parts: list[Unit], high: Unit) -> None:
        mark = len(self.out)
        self.inside(parts, high, self.expression)
        if len(self.out) > mark + 1:
            self.out.insert(mark, Token("op", "(", high.start, high.end, True))
            self.put("op", ")", high.span)
