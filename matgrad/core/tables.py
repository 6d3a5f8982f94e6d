"""Where the rule pages put what the core itself asks for: facts that operations create and preserve."""

from __future__ import annotations

TYPES: dict[str, tuple[str, ...]] = {}
IMPLIES: dict[str, tuple[str, ...]] = {}
PRESERVES: dict[str, tuple[str, ...]] = {}
CREATES: dict[str, tuple[str, ...]] = {}
EXTRA: list[str] = []
