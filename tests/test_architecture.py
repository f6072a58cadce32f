"""The arrows between the folders, proved from the sources: who may import whom, and what stays pure."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.imports import ROOT, imported_by, modules, named_imports, project_imports, reached_from

OURS = ("handler", "training", "model_store", "gateway", "client", "stack", "benchmark", "loadtest", "helm")
MAY_IMPORT = {
    "handler": set[str](),
    "client": set[str](),
    "gateway": {"handler"},
    "model_store": {"handler"},
    "training": {"handler", "client"},
    "stack": {"model_store"},
    "helm": set[str](),
    "benchmark": {"handler", "model_store", "training", "stack", "gateway"},
    "loadtest": {"handler", "model_store", "training", "stack", "benchmark"},
}
PURE = {
    "handler.answer",
    "handler.decoding",
    "handler.errors",
    "handler.image",
    "handler.image_header",
    "handler.jpeg_segments",
    "handler.nuclei",
    "handler.options",
    "handler.packing",
    "handler.probability",
    "handler.quality",
    "handler.rendering",
    "handler.scale",
    "handler.scoring",
    "handler.spec",
    "handler.stain",
    "handler.tiling",
}
"""What the gateway may use of the domain; none of it knows a network, a server or a database."""

IMPURE = {
    "torch",
    "torchvision",
    "ts",
    "segmentation_models_pytorch",
    "flask",
    "sqlalchemy",
    "httpx2",
    "huey",
}
KNOWS_TS = {"handler/torchserve.py", "model_store/ki67_entry.py"}
WHOLE = modules(*OURS)
DIRECT = ("domain", "serving", "cpu", "handler", "gateway", "client", "training", "loadtest", "chart", "dev")
"""Requirement files of what is imported or run."""


def roots(names: set[str]) -> set[str]:
    return {name.split(".", maxsplit=1)[0] for name in names}


@pytest.mark.parametrize("package", OURS)
def test_arrows_between_folders(package: str) -> None:
    for path in modules(package).values():
        others = roots(imported_by(path)) & set(OURS) - {package}
        assert others <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {others}"


def test_only_the_entry_knows_torchserve() -> None:
    knowing = {str(path.relative_to(ROOT)) for path in WHOLE.values() if "ts" in roots(imported_by(path))}
    assert knowing <= KNOWS_TS


@pytest.mark.parametrize("module", sorted(PURE))
def test_the_domain_is_pure(module: str) -> None:
    known = modules("handler")
    for reached in reached_from(module, known):
        assert not roots(imported_by(known[reached])) & IMPURE, f"{module} reaches {reached}"


def test_the_gateway_uses_only_the_pure_domain() -> None:
    for path in modules("gateway").values():
        used = {name for name in project_imports(path, WHOLE) if "handler" in roots({name})}
        assert used <= PURE | {"handler"}, path.relative_to(ROOT)


def test_importing_the_domain_of_the_gateway_loads_no_torch() -> None:
    program = (
        f"import sys, {', '.join(sorted(PURE))}; sys.exit('torch' in sys.modules or 'ts' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


def test_no_module_imports_itself_through_others() -> None:
    TopologicalSorter({name: named_imports(path, WHOLE) for name, path in WHOLE.items()}).prepare()


@pytest.mark.parametrize("package", OURS)
def test_every_module_says_what_flows_through_it(package: str) -> None:
    for path in modules(package).values():
        text = path.read_text(encoding="utf-8").lstrip()
        assert not text or text.startswith(('"""', 'r"""')), path.relative_to(ROOT)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(file: Path) -> list[str]:
    stripped = (line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in stripped if line]


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda file: file.name)
def test_every_requirement_is_one_exact_version_and_no_address(file: Path) -> None:
    for line in lines(file):
        assert line.startswith("-r ") or re.fullmatch(
            r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==[A-Za-z0-9.]+", line
        ), line


def test_a_package_has_the_same_version_in_every_file() -> None:
    pinned: dict[str, str] = {}
    for file in (ROOT / "requirements").glob("*.txt"):
        for name, version in (line.split("==") for line in lines(file) if "==" in line):
            assert pinned.setdefault(normal(name), version) == version, name


def test_every_direct_dependency_says_why() -> None:
    for name in DIRECT:
        for line in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            assert "==" not in line or re.search(r"#\s+\S+", line), line


def test_every_import_is_a_pinned_requirement() -> None:
    known = packages_distributions()
    direct = {name for file in DIRECT for name in named_in(file)}
    for path in (WHOLE | modules("tests")).values():
        for root in roots(imported_by(path)) - set(OURS) - {"tests", ""} - sys.stdlib_module_names:
            names = {normal(name) for name in known.get(root, [root])}
            assert names & direct, f"{path.relative_to(ROOT)} imports {root}"


def named_in(file: str) -> set[str]:
    texts = lines(ROOT / "requirements" / f"{file}.txt")
    return {normal(re.split(r"\[|==", text)[0]) for text in texts if "==" in text}


@pytest.mark.parametrize("file", sorted((ROOT / "gateway/views").glob("*.py")), ids=lambda file: file.stem)
def test_views_stay_thin(file: Path) -> None:
    """They translate HTTP: no function is longer than 25 lines."""
    functions = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef))
    long = [each.name for each in functions if (each.end_lineno or 0) - each.lineno + 1 > 25]
    assert long == []
