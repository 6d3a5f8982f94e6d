"""From the keystroke to the rendered answer, in a headless Chromium; and how soon the server answers.

    python benchmarks/page.py [cases.jsonl]

A case is a line of JSON with "expr", "wrt" and "declare". Every formula of every page is checked: none may be one that KaTeX cannot show.
Needs matgrad[web], playwright and Chromium.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

TEXTBOOK = [
    {"expr": "norm2(X*w - y)^2", "wrt": "w", "declare": ""},
    {"expr": "log(det(Sigma)) + tr(S*inv(Sigma))", "wrt": "Sigma", "declare": "Sigma: posdef(m)"},
    {"expr": "-y'*log(softmax(W2*sigmoid(W1*x)))", "wrt": "W1", "declare": "y: onehot(m)"},
    {"expr": "A*exp(X*B)", "wrt": "X", "declare": ""},
]
# the last character is typed again; the clock stops when the browser has painted the answer
KEYSTROKE = """async () => {
  const field = document.getElementById("expr"), root = document.documentElement, before = root.dataset.answered ?? "0";
  const start = performance.now();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while ((root.dataset.answered ?? "0") === before) {
    if (performance.now() - start > 8000) return null;
    await new Promise((next) => setTimeout(next, 1));
  }
  await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
  return performance.now() - start;
}"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def started(port: int) -> tuple[subprocess.Popen[bytes], float, float]:
    """The server, the seconds until it serves the page, and until it serves an answer."""
    begin = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-m", "matgrad", "serve", "--no-browser", "--port", str(port)], stdout=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
            break
        except OSError:
            time.sleep(0.01)
    ready = time.perf_counter() - begin
    body = json.dumps({"expr": "tr(A*X)", "wrt": "X"}).encode()
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/api/derive", body, {"Content-Type": "application/json"}), timeout=10).close()
    return server, ready, time.perf_counter() - begin


def measure(page: Page, address: str, case: dict[str, Any]) -> tuple[float | None, list[str]]:
    """Milliseconds from the keystroke to the painted answer, and the formulas that KaTeX refused."""
    hash = urllib.parse.urlencode({"e": case["expr"], "x": case["wrt"], "d": case.get("declare", "")})
    page.goto("about:blank")
    page.goto(f"{address}#{hash}")
    page.wait_for_selector("html[data-answered], #wrt-status .refusal, .error", timeout=15_000)
    taken = page.evaluate(KEYSTROKE)
    page.evaluate("() => document.querySelectorAll('.law').forEach((e) => (e.hidden = false))")
    return taken, page.eval_on_selector_all(".katex-error", "found => found.map((e) => e.getAttribute('title') + ': ' + e.textContent)")


def main() -> None:
    cases = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()] if len(sys.argv) > 1 else TEXTBOOK
    cases = [c for c in cases if c.get("wrt")]
    port = free_port()
    server, ready, answered = started(port)
    print(f"server: page after {ready:.2f} s, first answer after {answered:.2f} s")
    try:
        with sync_playwright() as p:
            path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
            page = p.chromium.launch(executable_path=path, args=["--no-sandbox"]).new_page()
            found = [(c, *measure(page, f"http://127.0.0.1:{port}/", c)) for c in cases]
    finally:
        server.terminate()
    times = sorted(t for _, t, _ in found if t is not None)
    late = times[int(0.95 * len(times))]
    print(f"keystroke to painted answer, {len(times)} cases: median {statistics.median(times):.0f} ms, 95 % {late:.0f}, worst {times[-1]:.0f}")
    for case, taken, refused in found:
        if taken is None:
            print(f"no answer: {case['expr']} by {case['wrt']}")
        for formula in refused:
            print(f"KaTeX: {case['expr']} by {case['wrt']}: {formula}")


if __name__ == "__main__":
    main()
