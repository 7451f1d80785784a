"""What an entry of a drop-down list or a tag may be called, and how customers are found by it."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from crm_app.core.problems import Invalid, Problem
from crm_app.core.text import clean_line, fold_width
from crm_app.core.vocabulary import OptionList, TagKind
from crm_app.options.schemas import EntryInput, EntryLine, EntryRow, ListName, ListPage

LABEL_LENGTH, ENGLISH_LENGTH, TAG_LENGTH = 30, 60, 30
MOST_SHOWN = 200
PALETTE = (
    *("gray", "red", "crimson", "tomato", "orange", "amber", "green", "teal"),
    *("cyan", "sky", "blue", "indigo", "violet", "purple", "pink", "bronze"),
)
"""The colours that a tag can have; the theme knows each."""
_INDUSTRY_CODE = re.compile(r"[A-Z0-9]{2,6}")
_MADE_CODE = re.compile(r"v(\d+)")
_FILTERS: dict[ListName, str] = {
    OptionList.INDUSTRY: "industry.in.",
    OptionList.SOURCE: "source.in.",
    OptionList.METHOD: "last_method.in.",
    OptionList.HEADCOUNT: "headcount.in.",
    OptionList.REVENUE: "revenue.in.",
    **dict.fromkeys(TagKind, "tags.any."),
}
"""The condition of the customer list that finds who has an entry; where there is none, the count leads nowhere."""


def list_named(text: str) -> ListName | None:
    """The list of that name."""
    return next((name for name in (*OptionList, *TagKind) if name == text), None)


def customers_with(name: ListName, code: str) -> str:
    """The `f` of the customer list's address that finds who has an entry, percent-encoded; '' where nothing does."""
    return f"{_FILTERS[name]}{quote(code, safe='')}" if name in _FILTERS else ""


def has_code(name: ListName) -> bool:
    """Whether people choose the codes of a list's entries, because customer numbers begin with them (R1.1)."""
    return name is OptionList.INDUSTRY


def is_like(text: str, row: EntryRow) -> bool:
    """Whether an entry is one that somebody looks for by this text."""
    wanted = _key(clean_line(text))
    return any(wanted in _key(label) for label in (row.label_zh, row.label_en, row.code if row.ref > 0 else ""))


def check_entry(name: ListName, entry: EntryInput, others: Sequence[EntryRow], *, new: bool) -> EntryInput:
    """What the form says, cleaned; `others` are the list's other entries. Raises Invalid by the form's field."""
    tag = isinstance(name, TagKind)
    cleaned = EntryInput(
        label_zh=clean_line(entry.label_zh),
        label_en="" if tag else clean_line(entry.label_en),
        color=entry.color if tag else "",
        code=fold_width(clean_line(entry.code)).upper() if new and has_code(name) else "",
    )
    problems = {
        "label_zh": _problem_with_label(cleaned.label_zh, others, TAG_LENGTH if tag else LABEL_LENGTH),
        "label_en": _problem_with_english(cleaned.label_en, others),
        "code": _problem_with_code(cleaned.code, others) if new and has_code(name) else None,
        "color": Problem("options.problem.color") if tag and cleaned.color not in PALETTE else None,
    }
    if found := {field: problem for field, problem in problems.items() if problem}:
        raise Invalid(found)
    return cleaned


def make_code(codes: Iterable[str]) -> str:
    """A code that no entry of the list has: v1, v2 …; what was given out once is never given out again."""
    made = [int(found[1]) for code in codes if (found := _MADE_CODE.fullmatch(code))]
    return f"v{max(made, default=0) + 1}"


def _key(label: str) -> str:
    """Equal for labels that read the same but for width and case."""
    return fold_width(label).casefold()


def _problem_with_label(label: str, others: Sequence[EntryRow], longest: int) -> Problem | None:
    if not label:
        return Problem("options.problem.empty")
    if len(label) > longest:
        return Problem("options.problem.long", {"max": longest})
    return _problem_with_twin(next((row for row in others if _key(row.label_zh) == _key(label)), None), label)


def _problem_with_english(label: str, others: Sequence[EntryRow]) -> Problem | None:
    if len(label) > ENGLISH_LENGTH:
        return Problem("options.problem.long", {"max": ENGLISH_LENGTH})
    return _problem_with_twin(next((row for row in others if label and _key(row.label_en) == _key(label)), None), label)


def _problem_with_twin(twin: EntryRow | None, label: str) -> Problem | None:
    if twin is None:
        return None
    return Problem("options.problem.retired_twin" if twin.retired else "options.problem.twin", {"label": label})


def _problem_with_code(code: str, others: Sequence[EntryRow]) -> Problem | None:
    if not _INDUSTRY_CODE.fullmatch(code):
        return Problem("options.problem.code")
    twin = next((row for row in others if row.code.upper() == code), None)
    return Problem("options.problem.code_taken", {"code": code, "label": twin.label_zh}) if twin else None


def make_page(rows: Sequence[EntryRow], search: str, language: str) -> ListPage:
    """The entries that are called so, as lines; of a long list the first ones."""
    found = [row for row in rows if not search or is_like(search, row)]
    offered, retired = [row for row in found if not row.retired], [row for row in found if row.retired]
    first, last = (offered[0].ref, offered[-1].ref) if offered else (0, 0)

    def line(row: EntryRow) -> EntryLine:
        return EntryLine(
            ref=row.ref,
            code=row.code,
            label=row.label_zh,
            english=row.label_en,
            called=row.called(language),
            color=row.color,
            version=row.version,
            first=row.ref == first,
            last=row.ref == last,
        )

    shown, rest = offered[:MOST_SHOWN], retired[:MOST_SHOWN]
    return ListPage(
        offered=tuple(map(line, shown)),
        retired=tuple(map(line, rest)),
        total=len(rows),
        hidden=len(found) - len(shown) - len(rest),
    )
