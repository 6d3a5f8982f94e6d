"""The page's server: the answers of the command line over HTTP, refusals with their place, limits, a bounded queue, nothing that leaks."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette", reason="the page needs matgrad[web]")
if not (find_spec("httpx2") or find_spec("httpx")):
    pytest.skip("Starlette's test client needs httpx2", allow_module_level=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an older httpx will do
    from starlette.testclient import TestClient
import matgrad as mg  # noqa: E402
from matgrad.apps import cli  # noqa: E402
from matgrad.apps.web import server  # noqa: E402
from matgrad.apps.web.openapi import document  # noqa: E402
from matgrad.apps.web.pool import Busy, Late, Pool  # noqa: E402
from matgrad.apps.web.respond import COMMANDS, FIELDS, respond  # noqa: E402
from matgrad.apps.web.view import Marked, changed, marks, view  # noqa: E402
from matgrad.apps.web.worker import finite  # noqa: E402
from matgrad.core.rows import ADJOINTS, DIFFERENTIALS, KRONECKER, LAWS  # noqa: E402
from matgrad.explain.laws import ABOUT, card, row_latex  # noqa: E402
from textbook import CASES, Case  # noqa: E402

SECONDS = 3.0
LEAST_SQUARES = {"expr": "norm2(X*w - y)^2", "wrt": "w", "declare": "X: matrix(T,k) full_column_rank"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(server.application(pool=Pool(workers=2, seconds=SECONDS)), base_url="http://127.0.0.1") as found:
        yield found


def post(client: TestClient, command: str, **request: Any) -> Any:
    return client.post(f"/api/{command}", json=request)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_the_answer_is_what_the_command_line_prints(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["derive", LEAST_SQUARES["expr"], "--wrt", "w", "--declare", LEAST_SQUARES["declare"], "--json"]) == 0
    reply = post(client, "derive", **LEAST_SQUARES)
    assert reply.status_code == 200
    assert reply.json() == json.loads(capsys.readouterr().out)
    assert reply.json()["answers"]["w"]["text"] == "2*X'*(X*w - y)"


def test_the_view_adds_and_changes_nothing(client: TestClient) -> None:
    plain, shown = post(client, "derive", **LEAST_SQUARES).json(), post(client, "derive", **LEAST_SQUARES, view=True).json()
    page = shown.pop("view")
    assert shown == plain
    assert page["answers"][0]["text"] == "2*X'*(X*w - y)" and "Checked" in page["check"]


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"check", "curvature"}))
def test_every_command_answers(client: TestClient, command: str) -> None:
    request = {k: v for k, v in {**LEAST_SQUARES, "other": "normF(X*w - y)^2"}.items() if k in (*COMMANDS[command].required, *COMMANDS[command].optional)}
    reply = post(client, command, **request)
    assert reply.status_code == 200, reply.text


def test_a_derivation_is_checked_line_by_line(client: TestClient) -> None:
    reply = post(client, "check", text="f = tr(A*X)\ndf = tr(A*dX)\ndf = tr(A'*dX)", lang="zh", view=True).json()
    assert [line["verdict"] for line in reply["lines"]] == ["definition", "right", "wrong"] and reply["first_error"] == 2
    assert reply["view"]["lines"][0] == "定义" and any("转置" in words for words in reply["view"]["fault"])


def test_curvature_is_told_or_said_to_be_missing(client: TestClient) -> None:
    reply = post(client, "curvature", expr="x'*x", wrt="x", view=True)
    if hasattr(mg, "curvature"):
        assert reply.status_code == 200 and reply.json()["verdict"] == "convex" and reply.json()["view"]["page"]
    else:
        assert reply.status_code == 422 and "curvature" in reply.json()["error"]["message"]


def test_reading_tells_sizes_facts_and_assumptions(client: TestClient) -> None:
    reply = post(client, "read", expr="Y = sigma(W*X); tr(Y'*M*Y)", declare="M: symmetric(l); sigma: elementwise").json()
    symbols = {s["name"]: s for s in reply["symbols"]}
    assert symbols["M"]["facts"] == ["symmetric"] and not symbols["M"]["assumed"] and symbols["W"]["assumed"]
    assert reply["size"] == "scalar" and reply["suggest"] == "X" and [d["name"] for d in reply["intermediates"]] == ["Y"]
    assert r"\htmlData{symbol=X}{X}" in reply["definitions"][0]["latex"]
    assert reply["definitions"][0]["spoken"] == "Y: sigma open bracket W times X close bracket"


def test_what_follows_from_a_fact_is_told_apart(client: TestClient) -> None:
    (s,) = post(client, "read", expr="tr(S)", declare="S: posdef(m) symmetric").json()["symbols"]
    assert "posdef" in s["facts"] and "posdef" not in s["implied"] and {"symmetric", "invertible"} <= set(s["implied"])
    reply = post(client, "read", expr="A", declare="A: matrix(2,3)", lang="zh").json()
    (a,) = reply["symbols"]
    assert set(a["possible"]) <= reply["words"].keys() and reply["words"]["full_row_rank"] == "行满秩"
    assert a["square"] == [] and "full_row_rank" in a["possible"]


def test_both_languages(client: TestClient) -> None:
    zh = post(client, "derive", **LEAST_SQUARES, view=True, lang="zh").json()["view"]
    assert "数值检验" in zh["check"] and any("梯度" in n for n in zh["notes"])
    assert "迹内循环交换" in [law["name"] for line in zh["stages"][0]["lines"] for law in line["laws"]]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_, kind, field, place",
    [
        ({"expr": "X' * (X*w + ]", "wrt": "w"}, "ParseError", "expr", "]"),
        ({"expr": "α*X*Y", "wrt": "X", "declare": "alpha: scalar; X: matrix(2,3); Y: matrix(4,5)"}, "ShapeError", "expr", "Y"),
        ({"expr": "tr(X)", "wrt": "X", "declare": "X: matrx(n)"}, "ParseError", "declare", "X: matrx(n)"),
        ({"expr": "tr(X)", "wrt": "Z"}, "ParseError", "wrt", "Z"),
    ],
)
def test_an_error_names_its_field_and_place(client: TestClient, request_: dict[str, str], kind: str, field: str, place: str) -> None:
    reply = post(client, "derive", **request_)
    error = reply.json()["error"]
    assert reply.status_code == 422 and (error["kind"], error["field"]) == (kind, field)
    assert request_[field][error["start"] : error["end"]] == place


@pytest.mark.parametrize(
    "body, type_, status",
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        (b'{"expr": NaN}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"expr": "X"}', "application/json", 400),
        (b'{"expr": 1, "wrt": "X"}', "application/json", 400),
        (b'{"expr": "X", "wrt": "X", "order": true}', "application/json", 400),
        (b'{"expr": "X", "wrt": "X", "order": 9}', "application/json", 400),
        (b'{"expr": "X", "wrt": "X", "layout": "left"}', "application/json", 400),
        (b'{"expr": "X", "wrt": "X", "eval": "1"}', "application/json", 400),
        (b'{"expr": "\\ud800", "wrt": "X"}', "application/json", 400),
        (b'{"expr": "X", "wrt": "X"}', "text/plain", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
def test_what_is_no_request_is_told_so(client: TestClient, body: bytes, type_: str, status: int) -> None:
    reply = client.post("/api/derive", content=body, headers={"content-type": type_})
    assert reply.status_code == status and reply.json()["error"]["message"]


def test_unknown_commands_methods_and_hosts(client: TestClient) -> None:
    assert client.post("/api/eval", json={}).status_code == 404
    assert client.get("/api/derive").status_code == 405
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:9"}).status_code == 200
    assert client.get("/../../pyproject.toml").status_code == 404 and client.get("/%2e%2e/%2e%2e/cli.py").status_code == 404


# --- what the page is made of -------------------------------------------------------------------------------------------


def test_the_page_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200 and "default-src 'none'" in policy and "unsafe" not in policy
    for path in [p for p in server.STATIC.rglob("*") if p.suffix in (".html", ".css", ".js", ".svg") and "katex" not in p.parts]:
        addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.[a-z]+", path.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org"}, path


def test_every_file_the_page_names_is_served(client: TestClient) -> None:
    names = re.findall(r'(?:href|src)="([\w./-]+)"', (server.STATIC / "index.html").read_text(encoding="utf-8"))
    names += [f"js/{p.name}" for p in (server.STATIC / "js").glob("*.js")]
    names += [f"katex/{n}" for n in re.findall(r"url\(([\w./-]+)\)", (server.STATIC / "katex/katex.min.css").read_text(encoding="utf-8"))]
    assert len(names) > 30
    for name in names:
        assert client.get(f"/{name}").status_code == 200, name


def test_the_interface_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described == document() and described["paths"].keys() == {f"/api/{c}" for c in COMMANDS}
    for command in COMMANDS.values():
        assert {*command.required, *command.optional} <= FIELDS.keys()


def test_words_exist_in_both_languages() -> None:
    script = (server.STATIC / "js/words.js").read_text(encoding="utf-8")
    entries = {key: (en, zh) for key, en, zh in re.findall(r'^  (\w+): \[\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)",?\s*\]', script, re.M)}
    used = {key for p in (server.STATIC / "js").glob("*.js") for key in re.findall(r'\bsay\("(\w+)"', p.read_text(encoding="utf-8"))}
    used |= set(re.findall(r'data-say[a-z-]*="(\w+)"', (server.STATIC / "index.html").read_text(encoding="utf-8")))
    assert used <= entries.keys()
    assert len(entries) > 40
    for key, (english, chinese) in entries.items():
        assert set(re.findall(r"{\d}", english)) == set(re.findall(r"{\d}", chinese)), key
    for law, (_, english, chinese) in ABOUT.items():
        assert english and re.search(r"[\u4e00-\u9fff]", chinese), law


# --- the derivation as the page shows it --------------------------------------------------------------------------------


def bare(latex: str) -> str:
    r"""LaTeX without \htmlClass{…}{ } and the thin spaces before differentials."""
    out, depth, closing = "", 0, []
    tokens = re.findall(r"\\htmlClass\{[^}]*\}\{|\\[a-zA-Z]+|\\.|.", latex.replace(r"\mathop{}\!", ""), re.S)
    for t in tokens:
        if t.startswith(r"\htmlClass"):
            closing.append(depth)
        elif t == "}" and closing and closing[-1] == depth:
            closing.pop()
        else:
            depth += (t == "{") - (t == "}")
            out += t
    return out


@pytest.mark.parametrize("case", CASES[:40], ids=repr)
def test_marks_change_nothing_but_marks(case: Case) -> None:
    from matgrad.explain.page import Equation, derivation
    from matgrad.explain.render import latex_style
    from matgrad.language.text import text

    found = mg.derive(case.text, case.wrt, case.declare)
    lines = [i for i in derivation(found.result) if isinstance(i, Equation)]
    style = latex_style(found.result)
    shown = [bare(Marked(style.symbols, m).write(e.right)) for e, m in zip(lines, marks(lines))]
    assert shown == [text(e.right, style) for e in lines]
    for stage in view(found, None, "en")["stages"]:
        for line in stage["lines"]:
            assert all(law["title"] and law["about"] for law in line["laws"])


def test_what_changed_is_the_smallest_part() -> None:
    before, after = mg.parse("tr(A*(X + B)) + tr(C)", "A,B,C,X: matrix(n,n)"), mg.parse("tr(A*(X' + B)) + tr(C)", "A,B,C,X: matrix(n,n)")
    old, new = changed(before, after)
    assert [str(part) for _, part in old] == ["X"] and [str(part) for _, part in new] == ["X'"]


@pytest.mark.parametrize("table", [DIFFERENTIALS, ADJOINTS, KRONECKER, LAWS], ids=lambda t: t.name)
def test_every_row_can_be_shown(table: Any) -> None:
    prose = [row for row in table if not row_latex(row)[0]]
    assert len(prose) <= 4  # tricks whose note is a sentence
    for row in table:
        shown, _ = row_latex(row)
        assert shown.count(r"\left") == shown.count(r"\right") and card(row, "zh")["title"]


def test_pictures_are_told_in_words(client: TestClient) -> None:
    graph = post(client, "graph", expr="norm2(X*w - y)^2").json()
    tree = ElementTree.fromstring(graph["svg"])
    names = [e.tag.split("}")[1] for e in tree]
    assert names[:2] == ["title", "desc"] and tree[1].text == graph["description"] and "norm2 (scalar) of X w - y" in graph["description"]
    structure = post(client, "structure", expr="A*X", wrt="X", declare="A: matrix(2,3); X: matrix(3,4)").json()
    filled = [e for e in ElementTree.fromstring(structure["svg"]) if e.tag.endswith("rect")]
    assert "12×8" in structure["title"] and len(filled) == 4 * 2 * 3 and "block diagonal" in structure["description"]
    large = post(client, "structure", expr="A*X", wrt="X", declare="A: matrix(20,30); X: matrix(30,40)")
    assert large.status_code == 422 and large.json()["error"]["kind"] == "LimitError"


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expr",
    ["X^1000000", "(" * 10_000 + "X" + ")" * 9_000, "sum(i, 1..9, " * 1000 + "x" + ")" * 1000, "X*" * 9_000 + "X", "exp(" * 3000 + "X" + ")" * 3000],
    ids=["power", "brackets", "sums", "product", "nested"],
)
def test_what_would_explode_is_refused_in_time(client: TestClient, expr: str) -> None:
    reply = post(client, "derive", expr=expr, wrt="X", view=True)
    assert reply.status_code in (200, 422)
    assert reply.status_code == 200 or reply.json()["error"]["message"]
    assert post(client, "derive", expr="tr(A*X)", wrt="X").status_code == 200


def run(job: Any) -> Any:
    return asyncio.run(job)


async def with_pool(pool: Pool, job: Any) -> Any:
    pool.start()
    try:
        return await job(pool)
    finally:
        await pool.stop()


def test_a_worker_past_its_time_is_replaced() -> None:
    async def job(pool: Pool) -> None:
        with pytest.raises(Late):
            await pool.ask("derive", LEAST_SQUARES)
        assert not pool.workers and len(pool.hiring) == 1
        pool.seconds = 20
        status, _ = await pool.ask("derive", LEAST_SQUARES)
        assert status == 200 and len(pool.workers) == 1

    run(with_pool(Pool(workers=1, seconds=1e-4), job))


def test_memory_is_limited() -> None:
    async def job(pool: Pool) -> None:
        try:
            status, _ = await pool.ask("structure", {"expr": "A*X", "wrt": "X", "declare": "A: matrix(90,90); X: matrix(90,1)"})
            assert status == 422
        except Late:
            pass
        assert len(pool.workers) + len(pool.hiring) == 1

    run(with_pool(Pool(workers=1, seconds=20, memory=1 << 20), job))


def test_the_queue_is_bounded() -> None:
    async def job(pool: Pool) -> list[Any]:
        await pool.ask("derive", LEAST_SQUARES)
        return await asyncio.gather(*(pool.ask("derive", LEAST_SQUARES) for _ in range(8)), return_exceptions=True)

    outcomes = run(with_pool(Pool(workers=1, waiting=3, seconds=20), job))
    refused = [o for o in outcomes if isinstance(o, Busy)]
    answered = [o for o in outcomes if not isinstance(o, Exception)]
    assert len(refused) == 4 and len(answered) == 4 and all(status == 200 for status, _ in answered)


def test_a_full_queue_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pool, "hire", lambda self: None)  # no worker is ever free
    with TestClient(server.application(pool=Pool(workers=1, waiting=0)), base_url="http://localhost") as busy:
        reply = post(busy, "derive", **LEAST_SQUARES)
    assert reply.status_code == 503 and reply.headers["retry-after"] == "1" and reply.json()["error"]["kind"] == "Busy"


def test_fifty_users_at_once(client: TestClient) -> None:
    requests = [
        ("derive", {**LEAST_SQUARES, "view": True}, 200),
        ("derive", {"expr": "log(det(X))", "wrt": "X", "order": 2}, 200),
        ("read", {"expr": "a'*X*"}, 422),
        ("code", {"expr": "a'*exp(X*b)", "wrt": "X", "target": "jax"}, 200),
        ("stationary", LEAST_SQUARES, 200),
    ]
    start = threading.Barrier(50)

    def user(i: int) -> list[bool]:
        start.wait()
        chosen = [requests[(i + j) % len(requests)] for j in range(3)]
        return [post(client, command, **request).status_code == status for command, request, status in chosen]

    with ThreadPoolExecutor(50) as pool:
        assert all(all(found) for found in pool.map(user, range(50)))


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(PLAIN, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=3))
SYNTAX = st.text(alphabet="XYabxyn0129+-*/^'()[],;:=.<>|~ \\λΣ∂⊙²ᵀ", max_size=30)


@given(command=st.sampled_from(sorted(COMMANDS)), request_=st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON | SYNTAX, max_size=5) | JSON)
@settings(max_examples=300)
def test_no_request_breaks_it(command: str, request_: Any) -> None:
    status, reply = respond(command, request_)
    assert status in (200, 400, 422), reply
    json.dumps(finite(reply), allow_nan=False)


def test_numbers_that_json_lacks_are_null() -> None:
    assert finite({"a": [1.5, float("inf")], "b": float("nan"), "c": ("x", None)}) == {"a": [1.5, None], "b": None, "c": ["x", None]}


@given(expr=SYNTAX, declare=st.sampled_from(["", "X: posdef(n)", "x[i]: vector(n), i=1..N", "Y: matrix(2,3)"]))
@settings(max_examples=200)
def test_no_expression_breaks_it(expr: str, declare: str) -> None:
    for command in ("read", "graph"):
        status, reply = respond(command, {"expr": expr, "declare": declare})
        assert status in (200, 422), reply


def test_random_bytes(client: TestClient) -> None:
    rng = random.Random(20240607)
    for _ in range(150):
        body = rng.randbytes(rng.randrange(200))
        reply = client.post(f"/api/{rng.choice(sorted(COMMANDS))}", content=body, headers={"content-type": "application/json"})
        assert reply.status_code < 500 or reply.status_code == 503


def test_the_command_line_says_what_the_page_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["serve", "--no-browser"]) == cli.BAD_INPUT
    assert "matgrad[web]" in capsys.readouterr().err


def test_vendored_files_carry_their_licence() -> None:
    katex = Path(server.STATIC) / "katex"
    assert "MIT" in (katex / "LICENSE").read_text(encoding="utf-8") and (katex / "katex.min.js").stat().st_size > 100_000
    assert {p.suffix for p in (katex / "fonts").iterdir()} == {".woff2"}
