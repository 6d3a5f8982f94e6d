"""A verdict on curvature as text, in two languages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import MatgradError, Phrase, Series
from ..explain.words import LANGUAGES, say
from ..language.declare import Declarations
from ..language.text import text
from .curvature import Curvature
from .refute import Segment

COMPOSED = {"convex", "concave", "convex increasing", "convex decreasing", "concave increasing", "concave decreasing"}


def explain(found: Curvature, known: Declarations, lang: str) -> str:
    """The function, the verdict, where it holds, and the certificate or the counterexample."""
    if lang not in LANGUAGES:
        raise MatgradError("unknown {what} {given}; choose from {values}", what=Phrase("language"), given=repr(lang), values=Series(LANGUAGES))
    names = ", ".join(t.text for t in found.targets)
    out = [f"f({names}) = {text(found.function)}"]
    if known.assumed:
        out.append(f"  {say('assumed', lang)}: {'; '.join(known.assumed)}")
    out += ["", say(f"verdict {found.verdict}", lang, names)]
    out += [f"  {say('where positive', lang, str(e))}" for e in found.domain]
    if found.reasons:
        out += ["", say("certificate", lang), *[f"  {say(key, lang, *values)}" for key, *values in found.reasons]]
        if any(key in COMPOSED for key, *_ in found.reasons):
            out.append(f"  {say('composition', lang)}")
    for s in found.segments:
        out += segment_lines(s, found, lang)
    return "\n".join(out)


def segment_lines(s: Segment, found: Curvature, lang: str) -> list[str]:
    moving = {t.text for t in found.targets}
    ends = "; ".join(f"{k}: {shown(a)} → {shown(s.end[k])}" for k, a in s.start.items())
    key = "segment above" if s.above else "segment below"
    fixed = ", ".join(f"{k} = {shown(v)}" for k, v in s.values.items() if k not in moving and not k.startswith("d") and not isinstance(v, tuple))
    lines = ["", f"  {say(key, lang, ends, f'{s.middle:.6g}', f'{s.chord:.6g}')}"]
    return lines + ([f"  {say('with values', lang, fixed)}"] if fixed else [])


def shown(a: Any) -> str:
    return np.array2string(np.asarray(a), precision=4, separator=", ").replace("\n", "")
