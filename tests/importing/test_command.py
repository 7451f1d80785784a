"""`crm import`: the same check and the same writing as the page's."""

import json
from pathlib import Path

from typer.testing import CliRunner

from crm_app.importing import files
from crm_app.importing.command import app
from tests.importing.conftest import Desk

ROWS = "客户名称,行业,姓名,手机\n甲公司,制造业,张三,13800000001\n乙公司,挖矿,李四,13800000002\n"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_a_file_comes_in_with_a_mapping(desk: Desk, tmp_path: Path) -> None:
    file, mapping = tmp_path / "客户.csv", tmp_path / "map.json"
    file.write_text(ROWS, "utf-8")
    mapping.write_text(
        json.dumps({"mapping": {"姓名": ""}, "values": {"industry": {"挖矿": "ENE"}}, "bad_cells": "cell"})
    )
    code, told = run(file, "--user", "manager", "--mapping", mapping)
    assert (code, [one.name for one in desk.customers()]) == (0, ["甲公司", "乙公司"]), told
    assert {one.owner_id for one in desk.customers()} == {desk.office.manager.user_id}


def test_a_dry_run_writes_nothing_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "客户.csv"
    file.write_text(ROWS, "utf-8")
    code, told = run(file, "--user", "manager", "--dry-run")
    assert code == 0
    assert "2 rows: 1 to be written" in told
    assert "row 3" in told
    assert desk.customers() == []
    assert files.list_kept() == frozenset()


def test_whoever_may_not_import_may_not_here_either(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "客户.csv"
    file.write_text(ROWS, "utf-8")
    for name in ("sales", "finance", "nobody"):
        assert run(file, "--user", name)[0] == 1
    assert desk.customers() == []


def test_a_mapping_that_fits_no_column_is_refused(desk: Desk, tmp_path: Path) -> None:
    file, mapping = tmp_path / "客户.csv", tmp_path / "map.json"
    file.write_text(ROWS, "utf-8")
    for said in ('{"mapping": {"没有": "name"}}', "[", '{"mapping": ["nowhere", "", "", ""]}'):
        mapping.write_text(said, "utf-8")
        assert run(file, "--user", "manager", "--mapping", mapping)[0] == 1
    assert files.list_kept() == frozenset()
