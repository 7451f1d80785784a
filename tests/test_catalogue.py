"""The language catalogue is complete: both languages, the same parameters, and every key that code names."""

import ast
import re
from pathlib import Path

import pytest

from crm_app.catalogue import parameters, say, texts

APP = Path(__file__).resolve().parents[1] / "crm_app"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEY = re.compile(r"[a-z_]+(\.[A-Za-z0-9_]+)+")
SAYING = {"t", "say", "notify", "_say", "Problem", "Refused", "Forbidden", "NotFound", "CrmError"}


@pytest.mark.parametrize("key", sorted(texts()))
def test_both_languages_say_it_with_the_same_parameters(key: str) -> None:
    zh, en = texts()[key]
    assert zh.strip()
    assert en.strip()
    assert parameters(zh) == parameters(en)
    assert not CHINESE.search(en) or key == "ui.language", "the English text is still Chinese"


def test_every_key_that_code_names_exists() -> None:
    missing = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in SAYING:
                continue
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    key = argument.value
                    if KEY.fullmatch(key) and key not in texts():
                        missing.add((path.name, key))
    assert missing == set()


def test_parameters_are_filled_in_and_braces_of_users_are_left_alone() -> None:
    assert say("zh", "error.conflict", by="{at}", at="10:00") == "{at} 在 10:00 修改了此内容"
    assert say("en", "level.won") == "Won"


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 customer"), ("1", "1 customer"), (0, "0 customers"), (21, "21 customers")]
)
def test_one_is_not_many(n: int | str, words: str) -> None:
    assert say("en", "analysis.note.customers", n=n) == words
    assert say("zh", "analysis.note.customers", n=n) == f"{n} 位"
