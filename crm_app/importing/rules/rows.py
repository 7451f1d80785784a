"""A row of a file as what the record makes of it: the same checks as the form's, by `customers.rules`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from crm_app.catalogue import say
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, clean_text, normalise_company_name
from crm_app.core.vocabulary import Level, Status
from crm_app.customers import rules as customers
from crm_app.customers.schemas import Choices, ContactInput
from crm_app.customers.search import Terms, terms_of
from crm_app.importing.rules.targets import IGNORED, NOTE, NOTED, OLD_NUMBER
from crm_app.importing.rules.values import (
    Remembered,
    Vocabulary,
    level_in_type,
    normal_word,
    read_amount,
    read_day,
    read_moment,
    read_region,
    split_tags,
)
from crm_app.importing.schemas import CellProblem, CheckedRow, Plan
from crm_app.options.rules import TAG_LENGTH
from crm_app.timeline.rules import CONTENT_MAX, EARLIEST, FEEDBACK_MAX, RESULT_MAX

LISTED = frozenset(
    {
        *("industry", "source", "headcount", "revenue", "level", "customer_type", "status"),
        *("contact.preferred_channel", "loss_reason", "follow.method", "owner"),
    }
)
"""Targets whose texts are entries of a list: what is no entry, a person can choose one for."""
_DAYS = frozenset({"founded_on", "contact.birthday"})
_NOTE_MAX = customers.CUSTOMER_FIELDS[NOTE].max_length
_PLACES = ("province", "city", "district")
_OTHER_METHOD = "other"
_FOLLOW_UP = ("at", "method", "content", "result", "next_at")
_REPEATED = frozenset({customers.Kind.OPTION, customers.Kind.WORD, customers.Kind.REGION, customers.Kind.DATE})
_MOST_ANSWERS = 20_000
_UNKNOWN = object()
_TEXTS = {"content": CONTENT_MAX, "result": RESULT_MAX, "feedback": FEEDBACK_MAX}


@dataclass(frozen=True, slots=True)
class Known:
    """What the check knows of the system."""

    choices: Choices
    vocabularies: Mapping[str, Vocabulary]
    """By target in `LISTED`."""
    methods: frozenset[str]
    """Ways of contact that are offered."""
    owner: int
    """Whose customers these become where the row doesn't say; 0: nobody's that the person may choose."""
    tags: Mapping[str, int]
    retired_tags: frozenset[str]
    now: datetime
    zone: tzinfo
    language: str


@dataclass(slots=True)
class _Cells:
    """One row's texts by target, and what turned out to be wrong."""

    texts: dict[str, str]
    columns: Mapping[str, int]
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(self, target: str, problem: Problem, *, shown_at: str = "") -> None:
        place = shown_at or target
        column = self.columns.get(place, -1)
        value = self.texts.get(place, "") if column >= 0 else ""
        self.problems.append(CellProblem(column, place, value[:200], problem.code, problem.params))


class RowChecker:
    """Checks the rows of one file."""

    def __init__(self, plan: Plan, headings: Sequence[str], known: Known) -> None:
        self._known, self._plan = known, plan
        self._headings = [clean_line(heading, max_length=60) for heading in headings]
        self._single = {code: column for column, code in enumerate(plan.mapping) if code not in (IGNORED, NOTED, NOTE)}
        self._several = [(column, code) for column, code in enumerate(plan.mapping) if code in (NOTED, NOTE)]
        self._read: dict[str, Callable[[str], str]] = {
            code: Remembered(self._reader(code)) for code in self._single if code in LISTED
        }
        self._read |= {code: Remembered(read_day) for code in self._single if code in _DAYS}
        self._read |= {code: Remembered(read_region) for code in self._single if code == "region"}
        self._numbered = say(known.language, "importing.noted_number")
        self._answers: dict[tuple[int, str], object] = {}
        self._split = "contact.any" in self._single and "contact.mobile" not in self._single

    def _reader(self, code: str) -> Callable[[str], str]:
        words, chosen = self._known.vocabularies[code], self._plan.values.get(code, {})
        by_word = {normal_word(text): picked for text, picked in chosen.items()}

        def read(text: str) -> str:
            word = normal_word(text)
            return by_word[word] if word in by_word else words.guess(text)

        return read

    def unknown(self, code: str, text: str) -> bool:
        """Whether a text of a list stands for no entry of it."""
        return bool(text.strip()) and code in self._read and not self._read[code](text)

    def check(self, row: int, line: Sequence[str]) -> CheckedRow:
        """What the row becomes, and what of it can't be taken over."""
        width = len(line)
        texts = {code: line[column].strip() if column < width else "" for code, column in self._single.items()}
        cells = _Cells(texts, self._single)
        customer, fits = self._customer(cells)
        deal = self._deal(cells, customer)
        follow_ups = self._follow_ups(cells)
        contact = self._contact(cells)
        tags = self._tags(cells)
        owner = self._owner(cells)
        self._note(cells, line, customer)
        if follow_ups and not self._value(cells, "status") and customer["status"] == Status.POTENTIAL:
            customer["status"] = Status.FOLLOWING  # As the first contact does it.
        return CheckedRow(
            row=row,
            customer=customer,
            contact=contact,
            follow_ups=follow_ups,
            deal=deal,
            tags=tags,
            owner=owner,
            said=self._said(cells, line, customer),
            number=cells.texts.get(OLD_NUMBER, "")[:40],
            terms=astuple(_terms(customer, contact)),
            problems=cells.problems,
            fits=fits and bool(owner),
        )

    def _check_field(
        self, rule: customers.FieldRule, raw: str, choices: Choices, *, current: str = ""
    ) -> customers.Value | Problem:
        """As the record checks it; remembered where a column says few things many times."""
        if raw and rule.kind not in _REPEATED:
            return customers.check_field(rule, raw, choices, current=current)
        key = (id(rule), raw)
        found = self._answers.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = customers.check_field(rule, raw, choices, current=current)
            if len(self._answers) < _MOST_ANSWERS:
                self._answers[key] = found
        return found  # type: ignore[return-value]

    # --- the record's own fields

    def _value(self, cells: _Cells, code: str) -> str:
        """The text of a field as the record's rules take it; of a list its code, and the text itself if it is none."""
        text = cells.texts.get(code, "")
        if not text:
            return self._plan.defaults.get(code, "")
        read = self._read.get(code)
        return (read(text) or text) if read else text

    def _customer(self, cells: _Cells) -> tuple[dict[str, Any], bool]:
        raws = {name: self._value(cells, name) for name in customers.CUSTOMER_FIELDS if name != NOTE}
        level, status = self._life(cells, raws)
        if level in (Level.WON, Level.LOST):
            # The form knows neither; what they need is asked for below.
            raws |= {"level": Level.POTENTIAL, "status": ""}
        else:
            raws |= {"level": level, "status": status}
        values, problems = customers.check_form(raws, self._known.choices, check=self._check_field)
        if level in (Level.WON, Level.LOST):
            values["level"] = level
            values["status"] = status or customers.status_after(level, "")
            if values["status"] not in customers.STATUSES_OF_LEVEL[level]:
                problems["status"] = Problem("customers.problem.status_of_level")
        fits = True
        for name, problem in problems.items():
            cells.wrong(name, problem)
            values[name] = customers.DEFAULTS.get(name) or (None if name == "founded_on" else "")
            fits = fits and not (customers.CUSTOMER_FIELDS[name].required and not values[name])
        if "status" in problems and values["level"] in (Level.WON, Level.LOST):
            values["status"] = customers.status_after(str(values["level"]), "")
        return _columns(values), fits

    def _life(self, cells: _Cells, raws: dict[str, str]) -> tuple[str, str]:
        """Level and status; the one tells the other where only one is said, and a deal tells both."""
        level, status = raws["level"], raws["status"]
        said = cells.texts.get("customer_type", "")
        if not level and (meant := level_in_type(said)):
            level, raws["customer_type"] = meant, ""
        if not level and status in ("won", "lost"):
            level = status
        if not level and self._has_deal(cells):
            level = Level.WON
        return level, status

    def _contact(self, cells: _Cells) -> dict[str, Any] | None:
        raws = {name: self._value(cells, f"contact.{name}") for name in customers.CONTACT_FIELDS}
        anyhow, place = cells.texts.get("contact.any", ""), {}
        if anyhow:
            taken = self._any_number(anyhow, has_mobile=bool(raws["mobile"]))
            if not raws[taken]:
                raws[taken] = anyhow
                place[taken] = "contact.any"
        checked, problems = customers.check_contacts(
            [ContactInput(**raws, is_main=True)], self._known.choices, check=self._check_field
        )
        values = dict(checked[0].values)
        for key, problem in problems.items():
            name = key.rpartition(".")[2]
            at = place.get(name, "contact.any" if name == "mobile" and self._split else "")
            cells.wrong(f"contact.{name}", problem, shown_at=at)
            values.setdefault(name, None if name == "birthday" else "")
        if not values.get("name") or not (values.get("mobile") or values.get("email")):
            return None
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    @staticmethod
    def _any_number(text: str, *, has_mobile: bool) -> str:
        """Where a number goes that may be of either kind."""
        if has_mobile:
            return "phone"
        bare = text.replace(" ", "").replace("-", "")
        landline = bare.startswith(("0", "400", "800", "(0", "（0")) and not bare.startswith("0086")
        return "phone" if landline else "mobile"

    def _owner(self, cells: _Cells) -> int:
        text = cells.texts.get("owner", "")
        found = self._read["owner"](text) if text else ""
        if text and not found:
            cells.wrong("owner", Problem("customers.problem.owner_out_of_reach"))
        if not found and not self._known.owner and not text:
            cells.wrong("owner", Problem("customers.required.owner"))
        return int(found) if found else self._known.owner

    def _tags(self, cells: _Cells) -> list[str]:
        names = []
        for name in split_tags(cells.texts.get("tags", "")):
            if name in self._known.retired_tags:
                cells.wrong("tags", Problem("error.tag.retired", {"name": name}))
            elif len(name) > TAG_LENGTH:
                cells.wrong("tags", Problem("error.tag.long", {"max": TAG_LENGTH}))
            else:
                names.append(name)
        return names

    def _said(self, cells: _Cells, line: Sequence[str], customer: Mapping[str, Any]) -> dict[str, str]:
        """For a customer that is there already: what the row says, and nothing that was only supposed."""
        wrong = {problem.target for problem in cells.problems}
        said = {}
        for name in customers.CUSTOMER_FIELDS:
            if name in cells.texts and name not in wrong and name != "level":
                if not cells.texts[name]:
                    said[name] = ""
                elif name == "region":
                    said[name] = customers.region_of(*(str(customer[part]) for part in _PLACES))
                else:
                    said[name] = str(customer[name] or "")
        notes = [column for column, code in self._several if code == NOTE]
        if notes:
            texts = (line[column].strip() for column in notes if column < len(line))
            said[NOTE] = clean_text("\n".join(filter(None, texts)))[:_NOTE_MAX]
        return said

    def _note(self, cells: _Cells, line: Sequence[str], customer: dict[str, Any]) -> None:
        """What has no field of its own, after its heading, and the note itself."""
        parts = []
        if number := cells.texts.get(OLD_NUMBER):
            parts.append(f"{self._numbered}:{number}")
        for column, code in self._several:
            if column < len(line) and (text := line[column].strip()):
                parts.append(text if code == NOTE else f"{self._headings[column]}:{text}")
        text = clean_text("\n".join([*parts, *cells.notes]))
        if len(text) > _NOTE_MAX:
            column = next((column for column, code in self._several if code == NOTE), -1)
            params = {"max": _NOTE_MAX, "length": len(text)}
            cells.problems.append(CellProblem(column, NOTE, "", "customers.problem.too_long", params))
            text = text[:_NOTE_MAX]
        customer[NOTE] = text

    # --- deals (R6.5) and the timeline (R6.2)

    @staticmethod
    def _has_deal(cells: _Cells) -> bool:
        amount = cells.texts.get("deal.amount") or cells.texts.get("deal.amount_wan")
        return bool(amount and cells.texts.get("deal.on"))

    def _deal(self, cells: _Cells, customer: dict[str, Any]) -> dict[str, Any] | None:
        """The deal that made the customer one, or why it was lost; half of a deal stays readable in the note."""
        customer["expected_amount"] = self._fen(cells, "expected_amount", unit=1) or 0
        if customer["level"] == Level.LOST:
            reason = self._value(cells, "loss_reason")
            codes = self._known.choices.options["loss_reason"].offered
            if reason and reason not in codes:
                cells.wrong("loss_reason", Problem("customers.problem.unknown_option"))
            return {"loss_reason": reason if reason in codes else ""}
        if customer["level"] != Level.WON or not self._has_deal(cells):
            for code in ("deal.amount", "deal.amount_wan", "deal.on", "deal.contract"):
                if text := cells.texts.get(code):
                    cells.notes.append(f"{self._headings[self._single[code]]}:{text}")
            return None
        amounts = [
            self._fen(cells, code, unit=unit) for code, unit in (("deal.amount", 1), ("deal.amount_wan", 10_000))
        ]
        amount = next((one for one in amounts if one is not None), None)
        day = customers.check_field(customers.DEAL_ON, read_day(cells.texts["deal.on"]), self._known.choices)
        if isinstance(day, Problem):
            cells.wrong("deal.on", day)
        contract = clean_line(cells.texts.get("deal.contract", "")).upper()
        if len(contract) > 60:
            cells.wrong("deal.contract", Problem("customers.problem.too_long", {"max": 60, "length": len(contract)}))
        if amount is None or not isinstance(day, date) or len(contract) > 60:
            return None
        return {"fen": amount, "on": day.isoformat(), "contract": contract}

    def _fen(self, cells: _Cells, code: str, *, unit: int) -> int | None:
        text = cells.texts.get(code, "")
        if not text:
            return None
        amount = read_amount(text, unit=unit)
        if not isinstance(amount, Decimal):
            cells.wrong(code, amount)
            return None
        if amount <= 0 and code != "expected_amount":
            cells.wrong(code, Problem("customers.problem.amount_positive"))
            return None
        return int(amount * 100)

    def _follow_ups(self, cells: _Cells) -> list[dict[str, Any]]:
        """The follow-up of the row, and before it the care that it tells of."""
        made = [self._care(cells), self._follow_up(cells)]
        return [one for one in made if one]

    def _follow_up(self, cells: _Cells) -> dict[str, Any] | None:
        said = {
            name: cells.texts.get(f"follow.{name}", "") for name in ("at", "method", "content", "result", "next_at")
        }
        if not any(said.values()):
            return None
        feedback = cells.texts.get("follow.feedback", "")
        at = self._moment(cells, "follow.at") if said["at"] else None
        if not said["at"]:
            cells.wrong("follow.at", Problem("error.timeline.at.empty"))
        planned = self._moment(cells, "follow.next_at", ahead=True) if said["next_at"] else None
        method = self._value(cells, "follow.method") or _OTHER_METHOD
        if method not in self._known.methods:
            cells.wrong("follow.method", Problem("error.timeline.method.unknown"))
            method = _OTHER_METHOD
        content = said["content"] or said["result"] or say(self._known.language, "importing.follow.bare")
        texts = {"content": content, "result": said["result"], "feedback": feedback}
        if at is None:
            return None
        return {"at": at, "method": method, "next_at": planned, **self._long(cells, "follow", texts)}

    def _care(self, cells: _Cells) -> dict[str, Any] | None:
        """客户关怀 (R6.4) as a follow-up that says so."""
        method, result = cells.texts.get("care.method", ""), cells.texts.get("care.result", "")
        if not method and not result:
            return None
        at = cells.texts.get("follow.at", "")
        moment = read_moment(at, tz=self._known.zone) if at else self._known.now
        if isinstance(moment, Problem) or not EARLIEST <= moment <= self._known.now:
            return None  # The follow-up itself tells of its wrong moment.
        content = say(self._known.language, "importing.care", method=method) if method else result
        alone = not any(cells.texts.get(f"follow.{name}") for name in _FOLLOW_UP)
        texts = {
            "content": content,
            "result": result if method else "",
            "feedback": cells.texts.get("follow.feedback", "") if alone else "",
        }
        seconds = int(moment.timestamp())
        return {"at": seconds, "method": _OTHER_METHOD, "next_at": None, **self._long(cells, "care", texts)}

    def _long(self, cells: _Cells, part: str, texts: Mapping[str, str]) -> dict[str, str]:
        made = {}
        for name, text in texts.items():
            cleaned, most = clean_text(text), _TEXTS[name]
            if len(cleaned) > most:
                code = f"{part}.{name}"
                problem = Problem("customers.problem.too_long", {"max": most, "length": len(cleaned)})
                cells.wrong(code if code in cells.texts else f"{part}.result", problem)
                cleaned = cleaned[:most]
            made[name] = cleaned
        return made

    def _moment(self, cells: _Cells, code: str, *, ahead: bool = False) -> int | None:
        """Seconds since 1970; plans may lie behind: they are history."""
        moment = read_moment(cells.texts[code], tz=self._known.zone)
        if not isinstance(moment, Problem):
            if moment < EARLIEST or moment.year > self._known.now.year + 10:
                moment = Problem("error.timeline.early" if moment < EARLIEST else "error.timeline.far")
            elif not ahead and moment > self._known.now:
                moment = Problem("error.timeline.at.future")
        if isinstance(moment, Problem):
            cells.wrong(code, moment)
            return None
        return int(moment.timestamp())


def _terms(customer: Mapping[str, Any], contact: Mapping[str, Any] | None) -> Terms:
    people = [(contact["name"], contact["mobile"], contact["phone"], contact["email"])] if contact else []
    return terms_of(customer["name"], customer["credit_code"], people)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns behind the fields, as JSON takes them."""
    columns = {name: value for name, value in values.items() if name != "region"}
    columns |= customers.region_columns(str(values.get("region") or ""))
    founded = values.get("founded_on")
    columns["founded_on"] = founded.isoformat() if isinstance(founded, date) else None
    columns["name_key"] = normalise_company_name(str(values.get("name") or ""))
    return columns
