"""The command line: answers, exit status, languages, encodings, limits; never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import matgrad as mg


def run(*args: str, stdin: bytes | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8", **env}
    return subprocess.run([sys.executable, "-m", "matgrad", *args], input=stdin, capture_output=True, env=environment, timeout=120)


def test_answer_sizes_assumptions_derivation_and_check() -> None:
    done = run("derive", "tr(A*X*B)", "--wrt", "X")
    text = done.stdout.decode()
    assert done.returncode == 0
    for part in ("∂f/∂X = Aᵀ Bᵀ", "n×p", "Assumed: A: matrix(m,n)", "Derivation", "Checked: finite differences"):
        assert part in text


def test_chinese() -> None:
    text = run("derive", "tr(A*X*B)", "--wrt", "X", "--lang", "zh").stdout.decode()
    for word in ("推导", "假定", "梯度", "数值检验", "迹"):
        assert word in text
    assert "推导" in run("derive", "tr(X)", "--wrt", "X", LC_ALL="zh_CN.UTF-8").stdout.decode()


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
def test_terminals_that_cannot_show_the_signs_get_text_that_reads_back(encoding: str) -> None:
    done = run("derive", "Y = inv(X); tr(A*Y)", "--wrt", "X", "--lang", "zh", "--no-steps", PYTHONIOENCODING=encoding)
    assert done.returncode == 0 and not done.stderr
    answer = next(line for line in done.stdout.decode(encoding).splitlines() if line.startswith("df/dX"))
    value = answer.split(" = ", 1)[1].rsplit("  ", 1)[0].strip()
    assert mg.equal(value.replace("Y", "inv(X)"), "-inv(X)'*A'*inv(X)'", "X: invertible(n); A: matrix(n,n)")


def test_standard_input_and_latex() -> None:
    done = run("derive", "-", "--wrt", "X", "--latex", stdin=b"a'*X*b\n")
    assert done.returncode == 0 and rb"a b^{\top}" in done.stdout


def test_json() -> None:
    found = json.loads(run("derive", "tr(A*X*B)", "--wrt", "X", "--json").stdout)
    assert found["answers"]["X"]["text"] == "A'*B'" and found["check"]["passed"] is True
    assert all({"law", "before", "after"} <= set(step) for step in found["steps"])


def test_constraints_and_curvature() -> None:
    portfolio = ["stationary", "w'*S*w", "--wrt", "w", "-d", "S: posdef(n); w: vector(n)", "--subject-to", "sum(w) = 1"]
    assert b"w is the global minimiser" in run(*portfolio, "--lang", "en").stdout
    assert json.loads(run(*portfolio, "--json").stdout)["multipliers"] == {"lambda": "2/sum(inv(S))"}
    refused = run(*portfolio[:-1], "sum(w) <= 1")
    assert refused.returncode == 2 and b"only equalities" in refused.stderr and b"^" in refused.stderr
    question = ["curvature", "log(det(S)) + tr(A*inv(S))", "--wrt", "S", "-d", "S: posdef(n); A: posdef(n)"]
    assert b"neither convex nor concave" in run(*question, "--lang", "en").stdout
    assert "既非凸也非凹" in run(*question, "--lang", "zh").stdout.decode()
    assert json.loads(run(*question, "--json").stdout)["verdict"] == "neither"


def test_differential_equal_stationary_and_newton() -> None:
    assert "dX Y" in run("differential", "X*Y", "--wrt", "X,Y").stdout.decode()
    assert run("equal", "tr(A*B)", "tr(B*A)", "-d", "A: matrix(m,n); B: matrix(n,m)").returncode == 0
    different = run("equal", "A*B", "B*A", "-d", "A: matrix(n,n); B: matrix(n,n)")
    assert different.returncode == 1 and b"different, at this point" in different.stdout
    assert "全局极小点" in run("stationary", "norm2(x - a)^2", "--wrt", "x", "-d", "x: vector(n); a: vector(n)", "--lang", "zh").stdout.decode()
    assert b"Newton" in run("newton", "sum(exp(x)) + x'*x", "--wrt", "x", "-d", "x: vector(n)").stdout


def test_generated_code_runs(tmp_path: object) -> None:
    source = run("derive", "norm2(X*w - y)^2", "--wrt", "w", "--code", "numpy").stdout
    done = subprocess.run([sys.executable, "-c", source.decode()], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (("derive", "tr(A*X", "--wrt", "X"), 2, "never closed"),
        (("derive", "foo(X)", "--wrt", "X"), 2, "unknown function"),
        (("derive", "tr(X)", "--wrt", "Z"), 2, "does not occur"),
        (("derive", "A*B", "--wrt", "A", "-d", "A: matrix(m,n); B: matrix(p,q)"), 2, "inner sizes"),
        (("derive", "(" * 10_000, "--wrt", "x"), 4, "deeper than"),
        (("derive", "tr(expm(X))", "--wrt", "X", "-d", "X: matrix(n,n)"), 2, "no rule is known"),
        (("derive", "X*X", "--wrt", "X", "-d", "X: matrix(n,n)", "--order", "2"), 2, "scalar function"),
        (("derive", "tr(X)", "--wrt", "X", "--layout", "numerater"), 2, "did you mean numerator"),
        (("derive", "sum(x)", "--wrt", "x", "--code", "fortran"), 2, "target"),
    ],
)
def test_bad_input_is_one_sentence_and_a_status(args: tuple[str, ...], status: int, says: str) -> None:
    done = run(*args)
    assert done.returncode == status
    assert says in done.stderr.decode() and b"Traceback" not in done.stderr and not done.stdout


def test_input_that_is_not_utf8() -> None:
    done = run("derive", "-", "--wrt", "X", stdin=b"tr(\xff\xfe*X)")
    assert done.returncode == 2 and b"not UTF-8: byte 4" in done.stderr


def test_the_time_limit_can_be_set() -> None:
    layers = "; ".join(["h0 = x", *(f"h{i} = tanh(W*h{i - 1})" for i in range(1, 1500))])
    done = run("derive", f"{layers}; sum(h1499)", "--wrt", "W", "-d", "W: matrix(n,n); x: vector(n)", "--timeout", "0.3")
    assert done.returncode == 4 and b"--timeout raises the limit" in done.stderr


def test_a_failed_check_is_an_error_and_never_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from matgrad.apps import cli

    derive = mg.derive

    def wrong(*args: object, **kwargs: object) -> mg.Derivation:
        found = derive(*args, **kwargs)  # type: ignore[arg-type]
        found.result.values[0] = 1.001 * found.result.values[0]
        return found

    monkeypatch.setattr("matgrad.api.derive", wrong)
    assert cli.main(["derive", "tr(X'*X)", "--wrt", "X", "--lang", "en"]) == cli.CHECK_FAILED
    out, err = capsys.readouterr()
    assert "2.002" not in out and "WRONG" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command(shell: str) -> None:
    script = run("completion", shell).stdout.decode()
    assert all(c in script for c in ("derive", "differential", "equal", "stationary", "--declare"))


def test_bash_takes_the_completion_script() -> None:
    script = run("completion", "bash").stdout
    probe = script + b'\nCOMP_WORDS=(matgrad de); COMP_CWORD=1; _matgrad; echo "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=probe, capture_output=True, timeout=20)
    assert done.stdout.split() == [b"derive"], done.stderr


def test_help_has_examples_that_run() -> None:
    text = run("--help").stdout.decode()
    assert 'matgrad derive "tr(A*X*B)" --wrt X' in text
