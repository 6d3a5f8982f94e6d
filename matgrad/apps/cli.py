"""matgrad derive | differential | stationary | newton | curvature | equal | check | serve | completion: the command line.

Exit status: 0 answered (equal: yes), 1 equal: no, or check: a line is wrong or undecided, 2 the input is wrong or unsupported, 3 the numeric check
failed, 4 a limit of size or time was reached.
"""

from __future__ import annotations

import argparse
import sys

from .. import __version__
from ..errors import LimitError, MatgradError, ParseError, Phrase, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..answer import Derivation

OK, UNEQUAL, BAD_INPUT, CHECK_FAILED, LIMIT = 0, 1, 2, 3, 4
SECONDS = 60.0

EXAMPLES = """\
examples:
  matgrad derive "tr(A*X*B)" --wrt X
  matgrad derive "norm2(X*w - y)^2 + lambda*norm2(w)^2" --wrt w --declare "lambda: scalar > 0"
  matgrad derive "Y = sigma(W*X); tr(Y'*M*Y)" --wrt X --declare "M: symmetric(l); sigma: elementwise; W: matrix(l,m); X: matrix(m,n)" --lang zh
  matgrad derive "log(det(X))" --wrt X --order 2 --layout numerator
  matgrad differential "inv(X)*A" --wrt X,A
  matgrad stationary "w'*S*w" --wrt w --subject-to "sum(w) = 1" --declare "S: posdef(n); w: vector(n)"
  matgrad curvature "log(1 + exp(a'*x))" --wrt x
  matgrad equal "tr(A*B)" "tr(B*A)"
  matgrad check derivation.txt --declare "A: symmetric(n)"
  echo "a'*X*b" | matgrad derive - --wrt X --latex
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="matgrad",
        description="Derivatives of matrix expressions, with the derivation.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"matgrad {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    derive = command(commands, "derive", "the derivative of an expression", run_derive)
    answer_options(derive)
    derive.add_argument("--order", type=int, default=1, help="1, or 2 for the Hessian (default 1)")
    derive.add_argument("--layout", default="denominator", help="denominator (default) or numerator, for a matrix by a matrix")
    answer_options(command(commands, "differential", "dF, linear in dX, dY, …", run_differential))
    stationary = command(commands, "stationary", "where the gradient vanishes, in closed form, with the verdict", run_stationary)
    answer_options(stationary)
    stationary.add_argument("--subject-to", default="", metavar="TEXT", help='equations that hold: "A*w = b; sum(w) = 1"')
    curvature = command(commands, "curvature", "convex, concave, affine or neither, with the reason", run_curvature)
    curvature.add_argument("--wrt", "-w", required=True, metavar="X", help="the variable, or several: x,t")
    common_options(curvature)
    answer_options(command(commands, "newton", "Newton's step, -inv(H)*gradient", run_newton))
    equal = command(commands, "equal", "whether two expressions are equal", run_equal)
    equal.add_argument("other", help="the second expression")
    common_options(equal)
    check = commands.add_parser("check", help="whether each line of your own derivation follows")
    check.add_argument("file", help="a text file, one line of the derivation below the other; - reads standard input")
    common_options(check)
    check.add_argument("--format", choices=("text", "markdown", "html"), default="text", help="format of the page (default text)")
    check.set_defaults(run=run_check)
    serve = commands.add_parser("serve", help="the page, in a browser")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default 127.0.0.1: this machine only)")
    serve.add_argument("--port", type=port, default=8750, help="the port (default 8750)")
    serve.add_argument("--no-browser", action="store_true", help="do not open the page")
    serve.set_defaults(run=run_serve)
    completion = commands.add_parser("completion", help="a completion script for bash, zsh or fish")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    completion.set_defaults(run=run_completion)
    return top


def port(text: str) -> int:
    """A port number. Raises ArgumentTypeError for anything else."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=help, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub.add_argument("expr", help="the expression; - reads it from standard input")
    sub.set_defaults(run=run)
    return sub


def common_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--declare", "-d", default="", metavar="TEXT", help='sizes and facts: "X: matrix(m,n); S: posdef(m)"; the rest is inferred')
    sub.add_argument("--json", action="store_true", help="machine-readable output")
    sub.add_argument("--lang", choices=("en", "zh"), default=None, help="language of the page (default: that of the locale)")
    sub.add_argument("--timeout", type=float, default=SECONDS, metavar="S", help=f"seconds before giving up (default {SECONDS:.0f}; 0: never)")


def answer_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--wrt", "-w", required=True, metavar="X", help="the variable: X, x' (a row), X[i,k] (an entry), or several: W,b")
    common_options(sub)
    sub.add_argument("--latex", action="store_true", help="the answer and its derivation as LaTeX")
    sub.add_argument("--format", choices=("text", "markdown", "html", "latex"), default="text", help="format of the page (default text)")
    sub.add_argument("--detail", choices=("brief", "normal", "every"), default="normal", help="how much of the derivation")
    sub.add_argument("--sizes", action="store_true", help="the size of every factor beside it")
    sub.add_argument("--no-steps", action="store_true", help="the answer without its derivation")
    sub.add_argument("--no-check", action="store_true", help="skip the numeric check")
    sub.add_argument("--ascii", action="store_true", help="plain ASCII, text that matgrad reads back")
    sub.add_argument("--code", metavar="TARGET", help="a program instead of a page: numpy, jax, torch, array_api or dask")


# --- commands -------------------------------------------------------------------------------------------


def run_derive(args: argparse.Namespace) -> int:
    from ..api import derive

    return show(derive(expression(args), args.wrt, args.declare, order=args.order, layout=args.layout), args)


def run_differential(args: argparse.Namespace) -> int:
    from ..api import differential

    return show(differential(expression(args), args.wrt, args.declare), args)


def run_stationary(args: argparse.Namespace) -> int:
    from ..api import stationary

    return show(stationary(expression(args), args.wrt, args.declare, subject_to=args.subject_to), args)


def run_curvature(args: argparse.Namespace) -> int:
    from ..api import curvature

    found = curvature(expression(args), args.wrt, args.declare)
    if args.json:
        import json

        write(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        write(found.explain(language(args)))
    return OK


def run_newton(args: argparse.Namespace) -> int:
    from ..api import newton_step

    return show(newton_step(expression(args), args.wrt, args.declare), args)


def show(found: Derivation, args: argparse.Namespace) -> int:
    """Print an answer; a failed check makes it an error, never an answer."""
    outcome = None if args.no_check else found.check()
    failed = outcome is not None and outcome.passed is False
    if args.json:
        import json

        write(json.dumps(found.to_json(outcome, steps=not args.no_steps), ensure_ascii=False, indent=1))
    elif failed:
        from ..explain.render import check_words

        sys.stderr.write(check_words(outcome, language(args)) + "\n")
    elif args.code:
        write(found.code(args.code))
    else:
        from ..explain.render import explain

        format = "latex" if args.latex else args.format
        ascii = args.ascii or not encodable("ᵀ⊙∂½")
        options = {"lang": language(args), "format": format, "detail": args.detail, "ascii": ascii, "steps": not args.no_steps, "sizes": args.sizes}
        write(explain(found.result, found.known, check=outcome, **options))
    return CHECK_FAILED if failed else OK


def run_equal(args: argparse.Namespace) -> int:
    from ..api import compare

    verdict = compare(expression(args), args.other, args.declare)
    if args.json:
        import json

        write(json.dumps({"equal": verdict.equal, "by": verdict.proof}))
    else:
        from ..explain.chinese import spoken

        write("\n  ".join(spoken(line, language(args)) for line in verdict.lines()))
    return OK if verdict.equal else UNEQUAL


def run_check(args: argparse.Namespace) -> int:
    from ..api import check_derivation

    review = check_derivation(derivation(args.file), args.declare)
    if args.json:
        import json

        write(json.dumps(review.to_json(), ensure_ascii=False, indent=1))
    else:
        write(review.explain(language(args), args.format, ascii=not encodable("✓✗∂ᵀ")))
    return OK if review.ok else UNEQUAL


def run_serve(args: argparse.Namespace) -> int:
    from importlib.util import find_spec

    if not (find_spec("starlette") and find_spec("uvicorn")):
        raise UnsupportedError("the page needs Starlette and uvicorn: pip install 'matgrad[web]'")
    from .web.server import serve

    serve(args.host, args.port, not args.no_browser)
    return OK


def run_completion(args: argparse.Namespace) -> int:
    write(completion_script(args.shell))
    return OK


# --- input and output --------------------------------------------------------------------------------------


def expression(args: argparse.Namespace) -> str:
    """The expression argument, or standard input for '-'."""
    if args.expr != "-":
        return str(args.expr)
    return decoded(sys.stdin.buffer.read(), Phrase("standard input")).strip()


def derivation(file: str) -> str:
    """The text of a file, or of standard input for '-'."""
    if file == "-":
        return decoded(sys.stdin.buffer.read(), Phrase("standard input"))
    try:
        with open(file, "rb") as f:
            return decoded(f.read(), file)
    except OSError as error:
        raise ParseError("{file} cannot be read: {reason}", file=file, reason=Phrase(error.strerror or "")) from None


def decoded(raw: bytes, what: str | Phrase) -> str:
    try:
        return raw.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        raise ParseError("{what} is not UTF-8: byte {place} is 0x{byte}", what=what, place=error.start + 1, byte=f"{raw[error.start]:02x}") from None


def language(args: argparse.Namespace) -> str:
    if getattr(args, "lang", None):
        return str(args.lang)
    import os

    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def encodable(signs: str) -> bool:
    """Whether the terminal can show these signs (a Chinese Windows console cannot show ᵀ)."""
    try:
        signs.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def write(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def complain(error: MatgradError, lang: str) -> None:
    from ..explain.chinese import told

    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(f"matgrad: {told(error, lang)}\n".encode(encoding, "replace").decode(encoding))


def check_text(values: Iterator[str]) -> None:
    """Refuse arguments that are not UTF-8."""
    for v in values:
        if any("\ud800" <= c <= "\udfff" for c in v):
            raise ParseError("the arguments are not UTF-8")


class Deadline:
    """Interrupts the main thread after some seconds, on every platform."""

    def __init__(self, seconds: float):
        import _thread
        import threading

        self.passed = False
        self.timer = threading.Timer(seconds, self._interrupt, (_thread.interrupt_main,)) if seconds > 0 else None
        if self.timer:
            self.timer.daemon = True
            self.timer.start()

    def _interrupt(self, interrupt: Callable[[], None]) -> None:
        self.passed = True
        interrupt()

    def cancel(self) -> None:
        if self.timer:
            self.timer.cancel()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    args = parser().parse_args(argv)
    deadline = Deadline(getattr(args, "timeout", 0))
    try:
        check_text(v for v in vars(args).values() if isinstance(v, str))
        return int(args.run(args))
    except MatgradError as error:
        complain(error, language(args))
        return LIMIT if isinstance(error, LimitError) else BAD_INPUT
    except KeyboardInterrupt:
        if not deadline.passed:
            complain(MatgradError("interrupted"), language(args))
            return 130
        complain(LimitError("no answer within {seconds} seconds; --timeout raises the limit", seconds=f"{args.timeout:g}"), language(args))
        return LIMIT
    except BrokenPipeError:
        return OK
    finally:
        deadline.cancel()


def completion_script(shell: str) -> str:
    """Completion of commands and options, for one shell."""
    page = [*COMMON, "--format"]
    answers = dict.fromkeys(("derive", "differential", "stationary", "newton"), ANSWER)
    answers["stationary"] = [*ANSWER, "--subject-to"]
    curvature = [*COMMON, "--wrt"]
    commands = {**answers, "curvature": curvature, "equal": COMMON, "check": page, "serve": SERVE, "completion": ["bash", "zsh", "fish"]}
    if shell == "fish":
        lines = [f"complete -c matgrad -n '__fish_use_subcommand' -a '{' '.join(commands)}'"]
        lines += [f"complete -c matgrad -n '__fish_seen_subcommand_from {c}' -a '{' '.join(words)}'" for c, words in commands.items()]
        return "\n".join(lines)
    cases = "\n".join(f'    {c}) words="{" ".join(words)}" ;;' for c, words in commands.items())
    head = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return f"""{head}_matgrad() {{
  local words="{" ".join(commands)}"
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="{" ".join(commands)}"
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -F _matgrad matgrad"""


COMMON = ["--declare", "--json", "--lang", "--timeout", "--help"]
ANSWER = [*COMMON, "--wrt", "--order", "--layout", "--latex", "--format", "--detail", "--sizes", "--no-steps", "--no-check", "--ascii", "--code"]
SERVE = ["--host", "--port", "--no-browser", "--help"]
