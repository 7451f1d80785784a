"""What a row says of the company's own fields (R1.8): checked as in the form, ready to be stored."""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any

from crm_app.core.problems import Problem
from crm_app.fields.rules import check_value, shown, stored
from crm_app.fields.schemas import FieldKind, OwnFieldDef, RecordKind
from crm_app.importing.rules.known import Cells, Known
from crm_app.importing.rules.values import read_amount, read_day, split_tags

OwnRow = tuple[int, int, str, str | None, str | None, int | None]
"""What a field keeps but for whose it is: field, place, text, key, sort, number."""
_MOST = 20_000


class OwnValues:
    """Reads the own fields that the rows of one file fill, of customers or of contacts."""

    def __init__(
        self,
        known: Known,
        record: RecordKind,
        columns: Mapping[str, int],
        read: Mapping[str, Callable[[str], str]],
        wan: frozenset[str],
    ) -> None:
        self._known, self._read, self._wan = known, read, wan
        mine = (field for field in known.own if field.record is record)
        # Where a column is missing, a field still has its default, or is asked for.
        self._fields = [one for one in mine if one.path in columns or one.required or one.initial]
        self._answers: dict[tuple[str, str], str | Problem] = {}
        self._stored: dict[tuple[int, str], list[OwnRow]] = {}

    def values(self, cells: Cells) -> tuple[dict[str, str], bool]:
        """By path what stands in the fields then, and whether the record can be without what is wrong."""
        found, fits = {}, True
        for field in self._fields:
            text = cells.texts.get(field.path)
            if cells.there:
                if text is None:
                    continue
                value = self._changed(field, text, cells.there.own.get(field.path, ""))
            else:
                value = self._new(field, text or "")
            if isinstance(value, Problem):
                cells.wrong(field.path, value)
                fits = fits and not field.required
            else:
                found[field.path] = value
        return found, fits

    def begun(self, cells: Cells) -> dict[str, str]:
        """With what the fields begin that have no column, for somebody new."""
        begun = ((field.path, self._new(field, "")) for field in self._fields if field.path not in cells.texts)
        return {path: value for path, value in begun if isinstance(value, str)}

    def rows(self, values: Mapping[str, str]) -> list[OwnRow]:
        """As they are stored."""
        return [row for field in self._fields if (text := values.get(field.path)) for row in self._kept(field, text)]

    def _new(self, field: OwnFieldDef, text: str) -> str | Problem:
        key = (field.path, text)
        found = self._answers.get(key)
        if found is None:
            found = self._check(field, self._meant(field, text) if text else field.initial, "")
            if len(self._answers) < _MOST:
                self._answers[key] = found
        return found

    def _changed(self, field: OwnFieldDef, text: str, current: str) -> str | Problem:
        """As it is shown, it stays, also where what is shown means several or is offered no more."""
        if not text:
            return ""
        if current and any(text == shown(field, current, one, self._known.names) for one in ("zh", "en")):
            return current
        return self._check(field, self._meant(field, text), current)

    def _check(self, field: OwnFieldDef, raw: str, current: str) -> str | Problem:
        people, language = self._known.people, self._known.language
        return check_value(field, raw, people=people, current=current, language=language)

    def _meant(self, field: OwnFieldDef, text: str) -> str:
        """The text as `check_value` takes it: codes of entries, a day as YYYY-MM-DD, an amount in yuan."""
        match field.kind:
            case FieldKind.CHOICES:
                read = self._read[field.path]
                return ",".join(read(part) or part for part in split_tags(text, self._labels(field)))
            case FieldKind.CHOICE | FieldKind.PERSON | FieldKind.FLAG:
                return self._read[field.path](text) or text
            case FieldKind.DAY:
                return read_day(text)
            case FieldKind.AMOUNT if field.path in self._wan:
                amount = read_amount(text, unit=10_000)
                return text if isinstance(amount, Problem) else str(amount)
            case _:
                return text

    @staticmethod
    def _labels(field: OwnFieldDef) -> frozenset[str]:
        return frozenset(option.label(one) for option in field.options for one in ("zh", "en"))

    def parts(self, code: str, text: str) -> tuple[str, ...]:
        """The texts of a cell of which each is an entry of its own."""
        field = next((one for one in self._fields if one.path == code), None)
        return split_tags(text, self._labels(field)) if field and field.kind is FieldKind.CHOICES else (text,)

    def _kept(self, field: OwnFieldDef, text: str) -> list[OwnRow]:
        key = (field.id, text)
        found = self._stored.get(key)
        if found is None:
            kept: list[Any] = [(field.id, *astuple(row)) for row in stored(field.kind, text)]
            found = kept
            if len(self._stored) < _MOST:
                self._stored[key] = found
        return found
