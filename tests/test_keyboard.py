"""The registry of keys and what acts on it: neither names what the other doesn't (ADR 21)."""

import re
from pathlib import Path

from crm_app.catalogue import texts
from crm_app.ui.keys import GROUPS, SHORTCUTS
from crm_app.ui.layout import ASIDE, GO, NAVIGATION, NEW

SOURCES = [path.read_text(encoding="utf-8") for path in Path("crm_app").rglob("*.jsx")]
USED = {found for source in SOURCES for found in re.findall(r'(?:useShortcut|isKey)\((?:event, )?"([\w.]+)"', source)}


def test_every_shortcut_does_something_and_nothing_else_listens() -> None:
    assert {one.id for one in SHORTCUTS} == USED
    listeners = [source for source in SOURCES if 'addEventListener("keydown"' in source]
    assert len([source for source in listeners if "registry" in source]) == 1
    assert len(listeners) == 2, "the registry, and the note of a cell that closes with any key"


def test_no_two_shortcuts_of_a_page_share_a_key() -> None:
    pages = [key for one in SHORTCUTS if one.group != "cell" for key in one.keys]
    pages += [key for *_, key, _ in NEW] + [f"g {key}" for key in GO.values()]
    assert len(pages) == len(set(pages))
    assert not [key for key in pages if key == "g"]


def test_each_is_named_in_both_languages_and_leads_to_a_page_of_the_layout() -> None:
    assert {one.text for one in SHORTCUTS} | {f"ui.keys.{group}" for group in GROUPS} <= texts().keys()
    assert GO.keys() <= {path for _, path, *_ in (*NAVIGATION, *ASIDE)}
