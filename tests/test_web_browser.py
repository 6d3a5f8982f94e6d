"""The page in a real browser: type, read the answer, switch the language, meet an error under its place, all by keyboard, on a phone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import matgrad as mg

sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")
pytest.importorskip("uvicorn", reason="the page needs matgrad[web]")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    pytest.skip("browser tests need Chromium", allow_module_level=True)
expect = sync_api.expect

ROOT = Path(mg.__file__).parent.parent
AXE = [Path(p) for p in (os.environ.get("AXE_CORE", ""), ROOT / "node_modules/axe-core/axe.min.js") if p]
NETWORK = "#e=a1+%3D+W1*x+%2B+b1%3B+h1+%3D+sigmoid(a1)%3B+-y'*log(softmax(W2*h1))&x=W1,b1&d=y%3A+onehot(m)%3B+b1%3A+vector(p)"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of its own on a free port."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    command = [sys.executable, "-m", "matgrad", "serve", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as server:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(100):
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


class Visit:
    """A page with what it asked for and what it complained of."""

    def __init__(self, browser: Any, address: str, hash: str = "", **options: Any):
        self.context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1100, "height": 900}, **options})
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" and "422" not in m.text else None)
        self.page.goto(address + hash)
        self.page.wait_for_selector("html[data-answered]")

    def type(self, expr: str) -> None:
        self.page.fill("#expr", "")
        self.page.locator("#expr").press_sequentially(expr, delay=5)

    @property
    def answer(self) -> Any:
        return self.page.locator("#answer .found .sr").first

    def overflow(self) -> int:
        return int(self.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    visits: list[Visit] = []

    def open_page(hash: str = "", **options: Any) -> Visit:
        visits.append(Visit(browser, address, hash, **options))
        return visits[-1]

    yield open_page
    for v in visits:
        v.context.close()
        assert not v.errors
        assert all(url.startswith(address) for url in v.asked)  # no request leaves for another host


def test_type_an_expression_and_read_the_answer(visit: Any) -> None:
    v = visit()
    v.type("a'*exp(X*b)")
    said = "partial f by partial X: open bracket a entry-wise times exponential of open bracket X times b close bracket close bracket times b transposed"
    expect(v.answer).to_have_text(said)
    expect(v.page.locator("#derivation .line")).to_have_count(4)
    expect(v.page.locator("#answer .checked")).to_contain_text("finite differences")
    assert "e=a%27*exp%28X*b%29" in v.page.url
    v.page.locator("#symbols .pick").nth(0).click()
    expect(v.answer).to_contain_text("partial f by partial a")
    v.page.locator("#preview [data-symbol=b]").click()
    expect(v.answer).to_contain_text("partial f by partial b")


def test_the_address_brings_the_state_back(visit: Any) -> None:
    first = visit()
    first.type("x'*A*x")
    first.page.get_by_role("button", name="Facts of A").click()
    first.page.get_by_label("symmetric", exact=True).check()
    expect(first.answer).to_have_text("partial f by partial x: 2 times A times x")
    assert first.page.input_value("#declare") == "A: symmetric(m)"
    second = visit("#" + first.page.url.split("#")[1])
    expect(second.answer).to_have_text("partial f by partial x: 2 times A times x")


def test_the_language_is_the_browsers_and_can_be_switched(visit: Any) -> None:
    v = visit(locale="zh-CN")
    expect(v.page.locator("#tab-derive")).to_have_text("求导")
    expect(v.page.locator("#answer .checked")).to_contain_text("数值检验")
    assert v.page.get_attribute("html", "lang") == "zh-CN"
    v.page.click("#lang")
    expect(v.page.locator("#answer .checked")).to_contain_text("Checked")
    expect(v.page.locator("#tab-check")).to_have_text("Check my derivation")


def test_a_shape_error_stands_under_its_place(visit: Any) -> None:
    v = visit()
    v.page.fill("#declare", "X: matrix(2,3); Y: matrix(4,5)")
    v.page.fill("#expr", "tr(X*Y)")
    error = v.page.locator("#expr-status .error")
    expect(error).to_contain_text("the inner sizes 3 and 4 differ")
    assert v.page.get_attribute("#expr", "aria-invalid") == "true"
    mark = v.page.locator("#expr-field mark")
    assert mark.text_content() == "Y"
    place, said, field = mark.bounding_box(), error.bounding_box(), v.page.locator("#expr").bounding_box()
    assert said["y"] >= field["y"] + field["height"] and said["x"] <= place["x"] + place["width"] <= said["x"] + said["width"]
    v.page.fill("#expr", "tr(X*X')")
    expect(error).to_have_count(0)
    expect(v.page.locator("#expr")).not_to_have_attribute("aria-invalid", "true")


def test_an_error_waits_for_a_pause_in_typing(visit: Any) -> None:
    v = visit()
    v.page.clock.install(time="2024-01-01")
    v.page.clock.pause_at("2024-01-02")  # time stands still unless told
    error = v.page.locator("#expr-status .error")
    with v.page.expect_response(lambda r: r.status == 422) as refused:
        v.page.fill("#expr", "tr(A*")
    refused.value.finished()
    v.page.wait_for_selector("#preview.stale")  # the refusal has been dealt with
    assert error.count() == 0
    v.page.clock.run_for(1000)
    assert error.count() == 1
    v.page.clock.resume()
    v.page.fill("#expr", "tr(A*X*B)")
    expect(error).to_have_count(0)
    expect(v.answer).to_contain_text("A transposed times B transposed")


def test_a_law_opens_and_marks_what_it_changed(visit: Any) -> None:
    v = visit()
    reason = v.page.locator("#derivation button.reason").nth(1)
    reason.click()
    expect(reason).to_have_attribute("aria-expanded", "true")
    expect(v.page.locator("#derivation .law:visible")).to_contain_text("trace trick")
    assert v.page.locator("#derivation .line").nth(0).locator(".lit-before").count() > 0
    assert v.page.locator("#derivation .line").nth(1).locator(".lit-after").count() > 0


def test_by_keyboard_alone(visit: Any) -> None:
    v = visit()
    keys = v.page.keyboard

    def tab_to(selector: str) -> None:
        for _ in range(80):
            keys.press("Tab")
            if v.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the Tab key does not reach {selector}")

    tab_to("#examples > summary")
    keys.press("Enter")
    tab_to("#examples .sheet button")
    keys.press("Enter")  # the first example; the focus goes to the expression
    expect(v.answer).to_have_text("partial f by partial X: a times b transposed")
    assert v.page.evaluate("() => document.activeElement.id") == "expr"
    tab_to("#symbols .pick[aria-pressed=false]")
    keys.press("Space")
    expect(v.answer).to_contain_text("partial f by partial a")
    tab_to("#derivation button.reason")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(v.page.locator("#derivation .law:visible")).to_have_count(1)
    tab_to("#code > summary")
    keys.press("Enter")
    expect(v.page.locator("#code pre")).to_contain_text("import numpy as np")
    tab_to("[data-target=jax]")
    keys.press("Enter")
    expect(v.page.locator("#code pre")).to_contain_text("import jax")


def test_every_section_opens(visit: Any) -> None:
    v = visit()
    for section in ("code", "latex", "second", "stationary", "curvature", "pictures"):
        v.page.locator(f"#{section} > summary").click()
        expect(v.page.locator(f"#{section} .body")).not_to_be_empty()
    expect(v.page.locator("#second .found .sr")).to_contain_text("2 times X transposed times X")
    expect(v.page.locator("#stationary .notes")).to_contain_text("minimiser")
    expect(v.page.locator("#pictures svg")).to_have_count(2)
    assert v.overflow() == 0


def test_a_jacobian_in_another_layout(visit: Any) -> None:
    v = visit("#e=A*X*B&x=X")
    expect(v.answer).to_contain_text("Kronecker product of open bracket B comma A transposed")
    v.page.select_option("#answer select", "numerator")
    expect(v.answer).to_contain_text("Kronecker product of open bracket B transposed comma A")
    assert "o=numerator" in v.page.url


def test_check_my_derivation(visit: Any) -> None:
    v = visit()
    v.page.click("#tab-check")
    v.page.click("#check-example")
    expect(v.page.locator("#verdict .verdicts > li").nth(2)).to_have_class("wrong")
    expect(v.page.locator("#verdict .fault")).to_contain_text("transpose")
    v.page.fill("#steps", v.page.input_value("#steps").replace("2*X*(", "2*X'*("))
    v.page.click("#check-form .primary")
    expect(v.page.locator("#verdict .summary.good")).to_be_visible()
    v.page.fill("#steps", "f = tr(A*")
    v.page.click("#check-form .primary")
    expect(v.page.locator("#steps-status .error")).to_be_visible()


@pytest.mark.parametrize("hash", ["", NETWORK, "#e=log(det(X))&x=X"])
def test_nothing_overflows_on_a_phone(visit: Any, hash: str) -> None:
    v = visit(hash, viewport={"width": 360, "height": 740}, has_touch=True)
    assert v.overflow() == 0
    v.page.locator("#derivation button.reason").first.tap()
    expect(v.page.locator("#derivation .law:visible")).to_have_count(1)
    assert v.overflow() == 0


@pytest.mark.skipif(not any(p.is_file() for p in AXE), reason="axe-core is not there: npm install axe-core, or AXE_CORE=path")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Any, scheme: str) -> None:
    v = visit("#e=A*x&x=x", color_scheme=scheme, bypass_csp=True)
    for section in ("code", "latex", "second", "pictures"):
        v.page.locator(f"#{section} > summary").click()
        expect(v.page.locator(f"#{section} .body")).not_to_be_empty()
    v.page.get_by_role("button", name="Facts of x").click()
    v.page.locator("#derivation button.reason").first.click()
    v.page.add_script_tag(path=next(p for p in AXE if p.is_file()))
    found = v.page.evaluate("() => axe.run()")
    v.page.click("#tab-check")
    found["violations"] += v.page.evaluate("() => axe.run()")["violations"]
    assert found["passes"]
    assert not [(x["id"], [n["html"][:160] for n in x["nodes"][:3]]) for x in found["violations"]]
