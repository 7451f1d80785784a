"""The commands as a person at the terminal meets them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from crm_app.access.passwords import verify_password
from crm_app.admin.commands import demo, first_run, user, verify
from crm_app.admin.service import seed_roles
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.models import Department, User

PASSWORD = re.compile(r"[A-Za-z0-9]{5}-[A-Za-z0-9]{5}-[A-Za-z0-9]{5}")


@pytest.fixture(autouse=True)
def terminal(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Chinese terminal and a data folder of its own; the database is up before, since its start reads the locale."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(app: object, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, words, input=typed)  # type: ignore[arg-type]


def account(database: Database, username: str) -> User:
    with database.reading() as session:
        return session.exec(select(User).where(User.username == username)).one()


@pytest.fixture
def staffed(db: Database) -> Database:
    with db.writing() as session:
        seed_roles(session)
        session.add(Department(name="华东销售部"))
    assert run(user.app, "add", "--username", "boss", "--name", "老板", "--role", "administrator").exit_code == 0
    return db


def test_add_asks_for_what_is_missing_and_prints_the_password_once(staffed: Database):
    result = run(user.app, "add", "--department", "华东销售部", typed="wang\n王芳\nsales_rep\n")
    assert result.exit_code == 0, result.output
    found = PASSWORD.findall(result.output)
    assert len(found) == 1
    made = account(staffed, "wang")
    assert (made.name, made.must_change_password) == ("王芳", True)
    assert made.department_id is not None
    assert verify_password(found[0], made.password_hash)


def test_reset_prints_another_password(staffed: Database):
    before = account(staffed, "boss").password_hash
    result = run(user.app, "reset", "boss")
    assert verify_password(PASSWORD.findall(result.output)[0], account(staffed, "boss").password_hash)
    assert account(staffed, "boss").password_hash != before


def test_refusals_are_told_in_the_terminals_language_and_fail(staffed: Database, monkeypatch: pytest.MonkeyPatch):
    result = run(user.app, "disable", "boss")
    assert (result.exit_code, result.output.strip()) == (1, "boss 是最后一位可用的系统管理员,不能停用")
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    result = run(user.app, "disable", "nobody")
    assert (result.exit_code, result.output.strip()) == (1, "There is no account nobody")
    result = run(user.app, "add", "--username", "王", "--name", "王", "--role", "finance")
    assert result.exit_code == 1
    assert "lower-case" in result.output


def test_disable_shuts_an_account_out(staffed: Database):
    run(user.app, "add", "--username", "wang", "--name", "王芳", "--role", "finance")
    assert run(user.app, "disable", "wang").exit_code == 0
    assert account(staffed, "wang").disabled_at is not None


def test_demo_loads_once_unless_told_to_add(db: Database):
    size = ("--customers", "20", "--follow-ups", "60", "--seed", "3", "--on", "2026-11-20")
    first = run(demo.app, *size)
    assert first.exit_code == 0, first.output
    assert "20 位客户、60 条跟进" in first.output
    assert PASSWORD.search(first.output)
    assert run(demo.app, *size).exit_code == 1
    second = run(demo.app, *size, "--add")
    assert second.exit_code == 0, second.output
    assert run(verify.app).exit_code == 0


def test_the_first_run_tells_the_accounts_once(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRM_DEMO_PASSWORD", "Given-by-hand-1")
    get_settings.cache_clear()
    first = run(first_run.app)
    assert first.exit_code == 0, first.output
    assert "Given-by-hand-1" in first.output
    assert run(first_run.app).output == ""


def test_verify_fails_with_the_name_of_what_is_wrong(db: Database, tmp_path: Path):
    tmp_path.chmod(0o755)
    (tmp_path / "first-run.txt").touch(0o644)
    result = run(verify.app)
    assert result.exit_code == 1
    assert "✗ 数据目录仅属主可读" in result.output
    assert "✓ 搜索索引完整" in result.output
