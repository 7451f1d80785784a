"""What the form of a field may say that every customer has (R1.8)."""

from collections.abc import Collection, Iterable, Sequence

from crm_app.catalogue import RENAMED, texts
from crm_app.core.problems import Invalid, Problem
from crm_app.core.text import clean_line
from crm_app.fields.rules.own import HELP_LENGTH, folded
from crm_app.fields.schemas import ALWAYS_REQUIRED, BuiltInField, BuiltInInput, OwnFieldDef
from crm_app.options.rules import ENGLISH_LENGTH, LABEL_LENGTH

_NAMED = ("customers.field.", "directory.field.")
_OF_CONTACT = "customers.field.contact."


def names_of_others(fields: Iterable[BuiltInField], name: str = "") -> list[str]:
    """What all other fields are called that every customer has, and were called when they came.

    Those names stay theirs: spreadsheets made before say them, and taking a name back must not meet another field.
    """
    came = [
        label
        for key, labels in texts().items()
        if key.startswith(_NAMED) and key.count(".") == 2 and RENAMED.get(key, key) != name
        for label in labels
    ]
    return came + [label for one in fields if one.name != name for label in (one.label_zh, one.label_en) if label]


def names_of_contact() -> list[str]:
    """What the fields are called that every contact has."""
    return [label for key, labels in texts().items() if key.startswith(_OF_CONTACT) for label in labels]


def check_built_in(name: str, entry: BuiltInInput, others: Collection[str], own: Sequence[OwnFieldDef]) -> BuiltInInput:
    """What the form says of the field `name`; `others` are the names of the other fields of every customer.

    A name that is the field's own is none. Raises Invalid by the form's field.
    """
    texts_ = {part: clean_line(getattr(entry, part)) for part in ("label_zh", "label_en", "help_zh", "help_en")}
    for place, label in enumerate(("label_zh", "label_en")):
        if texts_[label] == texts()[f"customers.field.{name}"][place]:
            texts_[label] = ""
    problems = {
        "label_zh": _problem_with_name(texts_["label_zh"], LABEL_LENGTH, others, own),
        "label_en": _problem_with_name(texts_["label_en"], ENGLISH_LENGTH, others, own),
        "help_zh": _problem_with_length(texts_["help_zh"], HELP_LENGTH),
        "help_en": _problem_with_length(texts_["help_en"], HELP_LENGTH),
    }
    if found := {part: problem for part, problem in problems.items() if problem}:
        raise Invalid(found)
    return BuiltInInput(**texts_, required=entry.required and name not in ALWAYS_REQUIRED)


def _problem_with_name(label: str, longest: int, others: Collection[str], own: Sequence[OwnFieldDef]) -> Problem | None:
    if not label or len(label) > longest:
        return _problem_with_length(label, longest)
    if folded(label) in set(map(folded, others)):
        return Problem("fields.problem.taken", {"label": label})
    twin = next((one for one in own if folded(label) in {folded(one.label_zh), folded(one.label_en)}), None)
    if twin is None:
        return None
    return Problem(f"fields.problem.{'retired_twin' if twin.retired else 'twin'}", {"label": label})


def _problem_with_length(text: str, longest: int) -> Problem | None:
    return Problem("options.problem.long", {"max": longest}) if len(text) > longest else None
