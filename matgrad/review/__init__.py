"""Judging derivations that people write: lines, readings, verdicts, mistakes, report."""
