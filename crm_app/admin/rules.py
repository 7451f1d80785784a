"""Rules for accounts."""

import re

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

NAME_LENGTH = 40
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def parse_username(raw: str) -> str | Problem:
    """Lower case without blanks: Latin letters, digits, dot, dash, underscore; 2 to 40 of them.

    Nothing else, so that no two names look alike and each can be typed on any keyboard.
    """
    username = fold_width(clean_line(raw)).lower()
    if not username:
        return Problem("error.username.empty")
    return username if _USERNAME.fullmatch(username) else Problem("error.username.format")


def parse_person_name(raw: str) -> str | Problem:
    """A person's name, cleaned."""
    name = clean_line(raw)
    if not name:
        return Problem("error.person_name.empty")
    return name if len(name) <= NAME_LENGTH else Problem("error.person_name.long", {"max": NAME_LENGTH})
