"""One function from request to JSON: `respond(command, request)`. It keeps nothing and evaluates nothing as code.

An answer is what `matgrad … --json` prints; with "view": true it also holds, under "view", what the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ... import api
from ...answer import Derivation
from ...calculus.derivatives import LAYOUTS
from ...errors import LimitError, MatgradError, Series
from ...explain.words import LANGUAGES
from ...request import expression

Json = dict[str, Any]
Request = Mapping[str, Any]

OK, BAD_REQUEST, REFUSED, BROKEN = 200, 400, 422, 500
TARGETS = ("numpy", "jax", "torch")
LONGEST = 20_000

# field -> JSON schema; the OpenAPI file is made of these
FIELDS: dict[str, Json] = {
    "expr": {"type": "string", "maxLength": LONGEST, "description": "the expression, in matgrad's language"},
    "wrt": {"type": "string", "maxLength": 1000, "description": "the variable: X, a row x', an entry X[i,k], or several: W,b"},
    "declare": {"type": "string", "maxLength": LONGEST, "default": "", "description": 'sizes and facts: "X: matrix(m,n); S: posdef(m)"; the rest is inferred'},
    "order": {"type": "integer", "minimum": 1, "maximum": 3, "default": 1, "description": "1, or 2 for the Hessian"},
    "layout": {"type": "string", "enum": list(LAYOUTS), "default": "denominator", "description": "of a matrix by a matrix"},
    "lang": {"type": "string", "enum": list(LANGUAGES), "default": "en", "description": "language of sentences"},
    "view": {"type": "boolean", "default": False, "description": "add what the page shows"},
    "target": {"type": "string", "enum": list(TARGETS), "default": "numpy", "description": "library of the program"},
    "other": {"type": "string", "maxLength": LONGEST, "description": "the second expression"},
    "text": {"type": "string", "maxLength": LONGEST, "description": "a derivation, one line for each step"},
}


class BadRequest(MatgradError):
    """The request is not what the interface describes."""


class Command:
    """One question: what it takes and the function that answers it."""

    __slots__ = ("summary", "required", "optional", "run")

    def __init__(self, summary: str, required: str, optional: str, run: Callable[[Json], Json]):
        self.summary = summary
        self.required = required.split()
        self.optional = optional.split()
        self.run = run

    def checked(self, request: Request) -> Json:
        """The request with its defaults. Raises BadRequest naming the field."""
        fields = [*self.required, *self.optional]
        for name in request:
            if name not in fields:
                raise BadRequest("unknown field {name}; fields are {fields}", name=repr(str(name)[:40]), fields=Series(fields))
        for name in self.required:
            if name not in request:
                raise BadRequest("the field {name} is missing", name=name)
        return {name: fitting(name, request.get(name, FIELDS[name].get("default"))) for name in fields}


def fitting(name: str, value: Any) -> Any:
    """The value if it fits the schema of its field. Raises BadRequest."""
    schema = FIELDS[name]
    if type(value) is not {"string": str, "integer": int, "boolean": bool}[schema["type"]]:
        raise BadRequest("{name} is a {type}", name=name, type=schema["type"])
    if isinstance(value, str) and len(value) > schema.get("maxLength", LONGEST):
        raise BadRequest("{name} is longer than {most} characters", name=name, most=schema["maxLength"])
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise BadRequest("{name} holds half of a surrogate pair, which is no character", name=name)
    if "enum" in schema and value not in schema["enum"]:
        raise BadRequest("{name} is one of {values}", name=name, values=Series(schema["enum"]))
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        raise BadRequest("{name} lies between {least} and {most}", name=name, least=schema["minimum"], most=schema["maximum"])
    return value


def respond(command: str, request: Any) -> tuple[int, Json]:
    """HTTP status and JSON of a request. Never raises."""
    try:
        if not isinstance(request, Mapping):
            raise BadRequest("a request is a JSON object")
        return OK, COMMANDS[command].run(COMMANDS[command].checked(request))
    except BadRequest as error:
        return BAD_REQUEST, refusal(error, request)
    except MatgradError as error:
        return REFUSED, refusal(error, request)
    except (MemoryError, RecursionError):
        return REFUSED, refusal(LimitError("this needs more memory than the page may use; a smaller input, or the command line, can do it"), request)
    except Exception as error:
        import traceback

        traceback.print_exc()
        return BROKEN, refusal(MatgradError("matgrad failed on this input ({kind}); please report it", kind=type(error).__name__), request)


def refusal(error: MatgradError, request: Any) -> Json:
    """The error as data: its kind, the sentence, and the place: the field and the characters from … to."""
    from ...explain.chinese import spoken
    from ...language.declare import normalize

    found: Json = {"kind": type(error).__name__, "message": spoken(error.phrase, language_of(request))}
    if error.text is not None and error.span is not None:
        places = [f for f in ("expr", "declare", "wrt", "other", "text") if error.text in (request.get(f), normalize(str(request.get(f, ""))))]
        found |= {"field": places[0] if places else None, "text": error.text, "start": error.span[0], "end": error.span[1]}
    return {"error": found}


def language_of(request: Any) -> str:
    """The language of the sentences in the reply; English where the request asks for none that there is."""
    lang = request.get("lang") if isinstance(request, Mapping) else None
    return lang if lang in LANGUAGES else LANGUAGES[0]


# --- the questions -----------------------------------------------------------------------------------------------------


def read(q: Json) -> Json:
    from ...core import expr as ex
    from .view import reading

    e, known, _ = expression(q["expr"], q["declare"])
    if len(ex.postorder(e)) > LONGEST:
        raise LimitError("the expression is too long to be shown")
    return reading(e, known, q["lang"])


def answered(found: Derivation, q: Json) -> Json:
    """The answer with its check; a failed check is an error, never an answer."""
    from ...explain.render import check_words

    outcome = found.check()
    if outcome.passed is False:
        raise MatgradError(check_words(outcome, q["lang"]))
    answer = found.to_json(outcome)
    if q["view"]:
        from .view import view

        answer["view"] = view(found, outcome, q["lang"])
    return answer


def derivative(q: Json) -> Derivation:
    return api.derive(q["expr"], q["wrt"], q["declare"], order=q["order"], layout=q["layout"])


def derive(q: Json) -> Json:
    return answered(derivative(q), q)


def differential(q: Json) -> Json:
    return answered(api.differential(q["expr"], q["wrt"], q["declare"]), q)


def stationary(q: Json) -> Json:
    return answered(api.stationary(q["expr"], q["wrt"], q["declare"]), q)


def newton(q: Json) -> Json:
    return answered(api.newton_step(q["expr"], q["wrt"], q["declare"]), q)


def equal(q: Json) -> Json:
    from ...explain.chinese import spoken

    verdict = api.compare(q["expr"], q["other"], q["declare"])
    return {"equal": verdict.equal, "by": verdict.proof, "sentence": "\n  ".join(spoken(line, q["lang"]) for line in verdict.lines())}


def code(q: Json) -> Json:
    found = derivative(q)
    if found.check().passed is False:
        raise MatgradError("the answer failed its numeric check, so no program is made of it")
    return {"target": q["target"], "code": found.code(q["target"])}


def curvature(q: Json) -> Json:
    found = api.curvature(q["expr"], wrt=q["wrt"], declare=q["declare"])
    return {**found.to_json(), **({"view": {"page": found.explain(q["lang"])}} if q["view"] else {})}


def check(q: Json) -> Json:
    review = api.check_derivation(q["text"], q["declare"])
    lang, reply = q["lang"], dict(review.to_json())
    if q["view"]:
        reply["view"] = {"summary": review.summary(lang), "fault": review.fault(lang), "lines": [review.beside(line, lang) for line in review.lines]}
    return reply


def graph(q: Json) -> Json:
    from ...explain.pictures import expression_graph

    e, _, _ = expression(q["expr"], q["declare"])
    return expression_graph(e, q["lang"])


def structure(q: Json) -> Json:
    from ...explain.pictures import derivative_structure

    e, _, _ = expression(q["expr"], q["declare"])
    found = api.derive(q["expr"], q["wrt"], q["declare"], order=2 if e.is_scalar else 1, layout=q["layout"])
    return derivative_structure(found.result, q["lang"])


ANSWER = "declare lang view"
COMMANDS: dict[str, Command] = {
    "read": Command("The input as it is understood: sizes, facts, what is assumed", "expr", "declare lang", read),
    "derive": Command("The derivative with its derivation and its numeric check", "expr wrt", f"order layout {ANSWER}", derive),
    "differential": Command("dF, linear in dX, dY, …", "expr wrt", ANSWER, differential),
    "stationary": Command("Where the gradient vanishes, in closed form", "expr wrt", ANSWER, stationary),
    "newton": Command("Newton's step", "expr wrt", ANSWER, newton),
    "equal": Command("Whether two expressions are equal", "expr other", "declare lang", equal),
    "code": Command("A documented function that computes the derivative", "expr wrt", "declare order layout target lang", code),
    "curvature": Command("Whether the function is convex or concave, and why", "expr wrt", ANSWER, curvature),
    "check": Command("A derivation of one's own, line by line", "text", ANSWER, check),
    "graph": Command("The graph of the expression as SVG, and in words", "expr", "declare lang", graph),
    "structure": Command("Where the Jacobian or Hessian can be other than zero, as SVG and in words", "expr wrt", "declare layout lang", structure),
}
