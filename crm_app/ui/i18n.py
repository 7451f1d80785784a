"""Texts in pages: `t("slice.key")` shows the catalogue's text in the browser's language."""

import json

import reflex as rx
from reflex.vars import VarData

from crm_app.catalogue import RENAMED, parameters, texts
from crm_app.ui.browser import LIBRARY

_LANGUAGE = VarData(imports={LIBRARY: ["useLanguage", "tr"]}, hooks={"const language = useLanguage();": None})
_NAMES = VarData(imports={LIBRARY: ["useFieldNames", "named"]}, hooks={"const fieldNames = useFieldNames();": None})


def t(key: str, **params: rx.Var | str | int) -> rx.Var[str]:
    """A text of the catalogue. Raises KeyError for an unknown key, TypeError for a missing or unknown parameter."""
    zh, en = texts()[key]
    wanted = parameters(zh)
    if wanted != params.keys():
        raise TypeError(f"{key} takes {sorted(wanted)}, got {sorted(params)}")
    if key in RENAMED:
        return _name_of(RENAMED[key], zh, en)
    given = {name: rx.Var.create(value) for name, value in params.items()}
    arguments = "{" + ", ".join(f"{name}: {value!s}" for name, value in given.items()) + "}" if given else "null"
    text = rx.Var(
        f"tr(language, {json.dumps(zh, ensure_ascii=False)}, {json.dumps(en)}, {arguments})",
        _var_type=str,
        _var_data=VarData.merge(_LANGUAGE, *(value._get_all_var_data() for value in given.values())),
    )
    return text.guess_type()


def _name_of(field: str, zh: str, en: str) -> rx.Var[str]:
    """What the company calls a field: on open pages too, from the moment on when it does."""
    return rx.Var(
        f"named(fieldNames, language, {json.dumps(field)}, {json.dumps(zh, ensure_ascii=False)}, {json.dumps(en)})",
        _var_type=str,
        _var_data=VarData.merge(_LANGUAGE, _NAMES),
    ).guess_type()


def pick(zh: rx.Var | str, en: rx.Var | str) -> rx.Var[str]:
    """One of two texts that the page already holds."""
    chinese, english = rx.Var.create(zh), rx.Var.create(en)
    return rx.Var(
        f'(language === "en" ? {english!s} : {chinese!s})',
        _var_type=str,
        _var_data=VarData.merge(_LANGUAGE, chinese._get_all_var_data(), english._get_all_var_data()),
    ).guess_type()
