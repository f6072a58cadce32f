"""Reads, without running anything, which modules import which."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(*packages: str) -> dict[str, Path]:
    """Return every module of these packages by its dotted name."""
    files = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    return {module_name(path): path for path in files}


def imported_by(path: Path, *, at_start: bool = False) -> set[str]:
    """Return the dotted names that a file imports: all, or those that importing it imports too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _at_start(tree) if at_start else ast.walk(tree)
    return {name for node in nodes for name in _names(node, path)}


def project_imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules of `known` that importing this file runs, their packages included."""
    found = imported_by(path, at_start=True)
    chains = {
        ".".join(name.split(".")[:length]) for name in found for length in range(1, name.count(".") + 2)
    }
    return (chains & known.keys()) - {module_name(path)}


def named_imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules of `known` that this file names at its start, without the packages they lie in."""
    found = imported_by(path, at_start=True) & known.keys()
    return {name for name in found if not any(other.startswith(f"{name}.") for other in found)}


def reached_from(start: str, known: dict[str, Path]) -> set[str]:
    """Return every module that importing `start` runs, itself included."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += project_imports(known[name], known)
    return reached


def _at_start(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs at import: no function bodies, nothing that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _at_start(node)


def _names(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node, path)
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    if node.level == 0:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    above = package[: len(package) - node.level + 1]
    return ".".join((*above, *filter(None, [node.module])))
