"""Every pattern of the code, with how it is used."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ONCE = {"match", "fullmatch"}
_METHODS = _ONCE | {"search", "finditer", "findall", "sub", "subn", "split"}
_MAKERS = _METHODS | {"compile"}


@dataclass(frozen=True)
class Found:
    """A pattern. uses: the methods that it is called by; empty where that is not to be seen."""

    where: str
    pattern: str | bytes
    flags: int
    uses: frozenset[str]

    @property
    def search(self) -> bool:
        """It may begin anywhere in a text, as far as can be seen."""
        return not self.uses or bool(self.uses - _ONCE)

    @property
    def whole(self) -> bool:
        """It must match to the text's end."""
        return not self.uses or "fullmatch" in self.uses


@dataclass(frozen=True)
class Unproved:
    """A pattern that is put together where it is used, so that nobody can say what it is."""

    where: str


def patterns(root: Path, folder: Path) -> Iterator[Found | Unproved]:
    """Those of all modules below a folder that use ``re``. root: what modules are named from."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        if not any(isinstance(node, ast.Import) and any(one.name == "re" for one in node.names) for node in tree.body):
            continue
        yield from _at_module_level(path.relative_to(root), tree)
        yield from _in_functions(path.relative_to(root), tree)


def _at_module_level(path: Path, tree: ast.Module) -> Iterator[Found]:
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    uses = _uses(tree)
    own = {name.id for node in tree.body for name in ast.walk(node) if isinstance(name, ast.Name)}
    own = {name for name in own if not isinstance(getattr(module, name, None), type(re))}
    assigned = {
        name.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    for name in sorted(own & assigned):
        for one in _within(getattr(module, name, None)):
            yield Found(f"{path}: {name}", one.pattern, one.flags, frozenset(uses.get(name, ())))


def _in_functions(path: Path, tree: ast.Module) -> Iterator[Found | Unproved]:
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if id(node) not in inside or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = node.func
        if isinstance(called.value, ast.Name) and called.value.id == "re" and called.attr in _MAKERS:
            where = f"{path}:{node.lineno}"
            given = node.args[0] if node.args else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str | bytes) and called.attr != "compile":
                yield Found(where, given.value, 0, frozenset({called.attr}))
            else:
                yield Unproved(where)


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """By name the methods that it is called by; {} for a name that is also passed on."""
    called: dict[str, set[str]] = {}
    plain: set[str] = set()
    methods = {
        id(node.value): node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in _METHODS | {"pattern"}
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if id(node) in methods:
                called.setdefault(node.id, set()).add(methods[id(node)])
            else:
                plain.add(node.id)
    return {name: found - {"pattern"} for name, found in called.items() if name not in plain}


def _within(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _within(one)
