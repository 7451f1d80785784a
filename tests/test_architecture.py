"""The house of CONTRIBUTING.md, as far as import-linter cannot say it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "crm_app"
REFLEX_FILES = re.compile(
    r"/(page|components|dialogs|state)(\.py$|/)|^crm_app/ui/|^crm_app/access/(gate|guard|state|tabs)\.py$|^crm_app/crm_app\.py$"
)
FILES_OF_A_SLICE = {
    "__init__.py",
    "schemas.py",
    "rules.py",
    "queries.py",
    "service.py",
    "jobs.py",
    "state.py",
    "components.py",
    "dialogs.py",
    "page.py",
    "api.py",
}
SLICES = {p.parent.name for p in APP.glob("*/page.py")} - {"ui"}
SUBJECTS_OF_THEIR_OWN = {
    "admin/first_run.py",  # Making an empty database ready for people.
    "admin/presentation.py",  # How commands print.
    "admin/upgrade.py",  # Bringing an older database to this version.
    "background/files.py",  # Where jobs leave their files.
    "background/kinds.py",  # What a slice registers, and what its job is given.
    "background/runner.py",  # Running what waits.
    "admin/verify.py",  # Comparing what is computed with what it is computed from.
    "importing/command.py",  # `crm import`.
    "importing/files.py",  # Where the files that people bring lie.
    "importing/store.py",  # What a check found, beside the database.
    "importing/views.py",  # An import in the words of its page.
    "timeline/entries.py",  # How each kind of event reads.
    "options/presets.py",  # What lists and tags hold on a fresh system.
    "customers/search.py",  # The full-text index and its two engines.
}
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "manager.py", "common.py", "misc.py"}
MOST_LINES = 60
"""Below the line that names a function."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(APP.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


each_module = pytest.mark.parametrize(
    ("name", "tree"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)


@each_module
def test_only_the_edge_knows_reflex(name: str, tree: ast.Module) -> None:
    if REFLEX_FILES.search(name):
        return
    assert not {m for m in imported(tree) if m == "reflex" or m.startswith(("reflex.", "reflex_"))}


@each_module
def test_rules_and_schemas_know_no_database(name: str, tree: ast.Module) -> None:
    if not name.endswith(("/rules.py", "/schemas.py")) and "/rules/" not in name:
        return
    assert not {
        m for m in imported(tree) if m.startswith(("sqlmodel", "sqlalchemy", "crm_app.models", "crm_app.core.db"))
    }


@each_module
def test_services_and_queries_never_commit_nor_open_a_session(name: str, tree: ast.Module) -> None:
    if not name.endswith(("/service.py", "/queries.py")) and not {"service", "queries"} & set(name.split("/")):
        return
    calls = {n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}
    assert not calls & {"commit", "reading", "writing"}
    assert "crm_app.core.db" not in imported(tree)


@each_module
def test_states_hold_no_sql(name: str, tree: ast.Module) -> None:
    if not re.search(r"/(state|page|components|dialogs)(\.py$|/)", name) or name == "crm_app/ui/state.py":
        return
    assert not {m for m in imported(tree) if m.startswith("sqlalchemy") or m in ("sqlmodel.select", "sqlmodel.col")}


@each_module
def test_what_users_read_stands_in_the_catalogue(name: str, tree: ast.Module) -> None:
    if not re.search(r"/((page|components|dialogs)(\.py$|/)|ui/(layout|widgets|fields|browser)\.py$)", name):
        return
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    literals = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
        and node not in bare
        and CHINESE.search(node.value)
        and node.value not in ("客", "客户管理系统")
    ]
    assert literals == []


def test_a_slice_has_only_the_usual_files() -> None:
    odd = {
        f"{slice_}/{path.name}"
        for slice_ in SLICES
        for path in (APP / slice_).glob("*.py")
        if path.name not in FILES_OF_A_SLICE
    }
    assert odd <= SUBJECTS_OF_THEIR_OWN


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path for path in APP.rglob("*.py") if path.name in FORBIDDEN_NAMES}


@each_module
def test_raw_html_markdown_and_evaluated_events_are_not_used(name: str, tree: ast.Module) -> None:
    banned = {"html", "markdown", "toast", "call_script", "set_clipboard", "scroll_to", "call_function"}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rx"
    }
    assert not used & banned


@each_module
def test_a_function_fits_on_a_screen(name: str, tree: ast.Module) -> None:
    long = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > MOST_LINES
    }
    assert not long
