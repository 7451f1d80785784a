"""A row of a file as what the record makes of it: the same checks as the form's, by `customers.rules`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crm_app.catalogue import say
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, clean_text, normalise_company_name
from crm_app.core.vocabulary import Level, Status
from crm_app.customers import rules as customers
from crm_app.customers.schemas import Choices
from crm_app.customers.search import terms_of
from crm_app.fields.schemas import OF_CONTACT, RecordKind
from crm_app.importing.rules.known import Cells, Known, There
from crm_app.importing.rules.more import DEAL, DEAL_LINES, EXPECTED, with_lines, yuan_text
from crm_app.importing.rules.own import OwnValues
from crm_app.importing.rules.talks import read_talks
from crm_app.importing.rules.targets import IGNORED, NOTE, NOTED, OLD_NUMBER, normal_heading, place_of
from crm_app.importing.rules.values import (
    Remembered,
    level_in_type,
    normal_word,
    read_amount,
    read_day,
    read_region,
    split_tags,
)
from crm_app.importing.schemas import CellProblem, CheckedRow, Plan
from crm_app.options.rules import TAG_LENGTH

_DAYS = frozenset({"founded_on", "contact.birthday"})
_NOTE_MAX = customers.CUSTOMER_FIELDS[NOTE].max_length
_PLACES = ("province", "city", "district")
_REPEATED = frozenset({customers.Kind.OPTION, customers.Kind.WORD, customers.Kind.REGION, customers.Kind.DATE})
_MOST_ANSWERS = 20_000
_UNKNOWN = object()
_SETTLED = frozenset({Level.WON, Level.LOST})
"""The levels that take facts (R6.5): the form of a new customer knows neither."""
_MASKED = "customers.problem.masked"
_LIFE = ("level", "customer_type", "status")
"""The fields that depend on each other."""


class RowChecker:
    """Checks the rows of one file."""

    def __init__(self, plan: Plan, headings: Sequence[str], known: Known) -> None:
        self._known, self._plan = known, plan
        self._headings = [clean_line(heading, max_length=60) for heading in headings]
        places = [place_of(column, code) for column, code in enumerate(plan.mapping)]
        self._single = {code: column for column, code in enumerate(places) if code not in (IGNORED, NOTED, NOTE)}
        self._several = [(column, code) for column, code in enumerate(places) if code in (NOTED, NOTE)]
        self._read: dict[str, Callable[[str], str]] = {
            code: Remembered(self._reader(code)) for code in self._single if code in known.vocabularies
        }
        self._read |= {code: Remembered(read_day) for code in self._single if code in _DAYS}
        self._read |= {code: Remembered(read_region) for code in self._single if code == "region"}
        wan = (code for code, at in self._single.items() if normal_heading(self._headings[at]).endswith("万元"))
        own = (self._single, self._read, frozenset(wan))
        self._own = OwnValues(known, RecordKind.CUSTOMER, *own)
        self._contact_own = OwnValues(known, RecordKind.CONTACT, *own)
        self._numbered = say(known.language, "importing.noted_number")
        self._tag_names = frozenset(known.tags) | known.retired_tags
        self._answers: dict[tuple[int, str, str], object] = {}
        self._split = "contact.any" in self._single and "contact.mobile" not in self._single
        self._talks = any(code.startswith(("follow.", "care.")) for code in self._single)
        # A column that the file doesn't have says the same of all rows: that is found out once.
        columned = [name for name in customers.CUSTOMER_FIELDS if name not in (*_LIFE, NOTE) and name in self._single]
        self._columned = [(name, customers.CUSTOMER_FIELDS[name]) for name in columned]
        self._base: dict[str, Any] = {"province": "", "city": "", "district": "", "founded_on": None, NOTE: ""}
        self._lacking: dict[str, Problem] = {}
        self._preset(columned)
        self._lives: dict[tuple[str, ...], tuple[dict[str, str], dict[str, Problem]]] = {}
        self._reached = [name for name in customers.CONTACT_FIELDS if name == "name" or self._fills(name)]

    def _fills(self, name: str) -> bool:
        """Whether a field of the contact can have anything in it."""
        return OF_CONTACT + name in self._single or (name in ("mobile", "phone") and "contact.any" in self._single)

    def _preset(self, columned: Sequence[str]) -> None:
        for name, rule in customers.CUSTOMER_FIELDS.items():
            if name in columned or name in (*_LIFE, NOTE):
                continue
            value = customers.check_field(rule, self._plan.defaults.get(name, ""), self._known.choices)
            if isinstance(value, Problem):
                self._lacking[name] = value
            if name not in ("region", "founded_on"):
                self._base[name] = "" if isinstance(value, Problem) else value

    def _reader(self, code: str) -> Callable[[str], str]:
        words, chosen = self._known.vocabularies[code], self._plan.values.get(code, {})
        by_word = {normal_word(text): picked for text, picked in chosen.items()}

        def read(text: str) -> str:
            word = normal_word(text)
            return by_word[word] if word in by_word else words.guess(text)

        return read

    def unknown(self, row: CheckedRow) -> list[tuple[str, str]]:
        """The texts of the row's wrong cells that stand for no entry of their list, or for a retired one."""
        found = []
        for problem in row.problems:
            words = self._known.vocabularies.get(problem.target)
            if words is None or problem.target not in self._read or not problem.value:
                continue
            read = self._read[problem.target]
            own = self._contact_own if problem.target.startswith(OF_CONTACT) else self._own
            for text in own.parts(problem.target, problem.value):
                if (code := read(text)) == "" or code in words.retired:
                    found.append((problem.target, text))
        return found

    def check(
        self, row: int, line: Sequence[str], there: There | None = None, *, problem: CellProblem | None = None
    ) -> CheckedRow:
        """What the row becomes, and what of it can't be taken over; `there` is the customer that it means.

        `problem` is what is wrong with the row before anything of it is read.
        """
        width = len(line)
        texts = {code: line[column].strip() if column < width else "" for code, column in self._single.items()}
        cells = Cells(texts, self._single, there)
        customer, fits = self._customer(cells)
        deal = self._further_deal(cells, customer) if there else self._deal(cells, customer)
        own, complete = self._own.values(cells)
        follow_ups = read_talks(cells, self._known, self._value) if self._talks else []
        contact, reached = self._contact(cells)
        tags = self._tags(cells)
        owner = self._owner(cells)
        noted = self._note(cells, line, customer)
        if follow_ups and not self._value(cells, "status") and customer["status"] == Status.POTENTIAL:
            customer["status"] = Status.FOLLOWING  # As the first contact does it.
        said = self._said(cells, line, customer, reached) | {key: own[key] for key in own if key in texts}
        said |= self._said_more(cells, line, customer)
        if there:
            cells.problems = [one for one in cells.problems if not self._is_left_alone(one)]
        return CheckedRow(
            row=row,
            customer=customer,
            contact=contact,
            follow_ups=follow_ups,
            deal=deal,
            tags=tags,
            owner=owner,
            said=said,
            number=cells.texts.get(OLD_NUMBER, "")[:40],
            terms=("", "", "", "") if there else _terms(customer, contact),
            own=[] if there else self._own.rows(own),
            problems=[problem] if problem else cells.problems,
            fits=problem is None and (there is not None or (fits and complete and noted and bool(owner))),
        )

    @staticmethod
    def _is_left_alone(problem: CellProblem) -> bool:
        """Of a customer that is there: what the row doesn't say, and what it says masked, stays as it is (R10.3)."""
        return not problem.value or problem.code == _MASKED

    def _check_field(
        self, rule: customers.FieldRule, raw: str, choices: Choices, *, current: str = ""
    ) -> customers.Value | Problem:
        """As the record checks it; remembered where a column says few things many times."""
        if raw and rule.kind not in _REPEATED:
            return customers.check_field(rule, raw, choices, current=current)
        key = (id(rule), raw, current)
        found = self._answers.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = customers.check_field(rule, raw, choices, current=current)
            if len(self._answers) < _MOST_ANSWERS:
                self._answers[key] = found
        return found  # type: ignore[return-value]

    # --- the record's own fields

    def _value(self, cells: Cells, code: str) -> str:
        """The text of a field as the record's rules take it; of a list its code, and the text itself if it is none."""
        text = cells.texts.get(code, "")
        if not text:
            return self._plan.defaults.get(code, "")
        read = self._read.get(code)
        return (read(text) or text) if read else text

    def _customer(self, cells: Cells) -> tuple[dict[str, Any], bool]:
        """The columns of the record, and whether it can be without what is wrong."""
        there, choices = cells.there, self._known.choices
        values, problems, fits = dict(self._base), dict(self._lacking), True
        for name, rule in self._columned:
            current = there.fields.get(name, "") if there else ""
            value = self._check_field(rule, self._value(cells, name), choices, current=current)
            if isinstance(value, Problem):
                problems[name] = value
                value = None
            if name == "region":
                values |= customers.region_columns(str(value or ""))
            elif name == "founded_on":
                values[name] = value.isoformat() if isinstance(value, date) else None
            else:
                values[name] = value or ""
        life, wrong = self._life(cells)
        values |= life
        for name, problem in (problems | wrong).items():
            cells.wrong(name, problem)
            stands = values["province" if name == "region" else name]
            fits = fits and (bool(stands) or not customers.is_required(customers.CUSTOMER_FIELDS[name], choices))
        values["name_key"] = normalise_company_name(values["name"])
        return values, fits

    def _life(self, cells: Cells) -> tuple[dict[str, str], dict[str, Problem]]:
        """Level, type and status, and what is wrong with them; remembered, as they are said in few ways."""
        now, has_deal = (cells.there.level if cells.there else ""), self._has_deal(cells)
        said = cells.texts.get("customer_type", "")
        raws = {name: self._value(cells, name) for name in _LIFE}
        key = (now, said, *raws.values(), "deal" if has_deal else "")
        found = self._lives.get(key)
        if found is None:
            found = self._live(raws, said, now, has_deal=has_deal)
            if len(self._lives) < _MOST_ANSWERS:
                self._lives[key] = found
        return found

    def _live(
        self, raws: Mapping[str, str], said: str, now: str, *, has_deal: bool
    ) -> tuple[dict[str, str], dict[str, Problem]]:
        level, customer_type, status = _told_life(raws, said, has_deal=has_deal)
        stays = bool(now) and bool(raws["level"]) and level != now
        level = now or level
        settled = bool(now) or level in _SETTLED
        # The level of a customer that is there, and the two that take facts, are no matter of the form's.
        form = {"level": Level.POTENTIAL, "status": ""} if settled else {"level": level, "status": status}
        values, wrong = customers.check_form(form | {"customer_type": customer_type}, self._known.choices)
        problems = {name: problem for name, problem in wrong.items() if name in _LIFE}
        if settled:
            values |= {"level": level, "status": status or customers.status_after(level, "")}
            if values["status"] not in customers.STATUSES_OF_LEVEL[level]:
                code = "status_of_level" if values["status"] in tuple(Status) else "unknown_option"
                problems["status"] = Problem(f"customers.problem.{code}")
                values["status"] = customers.status_after(level, "")
        elif "status" in problems:
            values["status"] = customers.DEFAULTS["status"]
        life = {name: str(values.get(name) or customers.DEFAULTS[name]) for name in _LIFE}
        return life, problems | ({"level": Problem("importing.problem.level_stays")} if stays else {})

    def _contact(self, cells: Cells) -> tuple[dict[str, Any] | None, dict[str, str]]:
        """The contact, if there is enough of one, and what the row says of it, for a customer that is there."""
        raws = {name: self._value(cells, OF_CONTACT + name) for name in self._reached}
        anyhow, place = cells.texts.get("contact.any", ""), {}
        if anyhow:
            taken = self._any_number(anyhow, has_mobile=bool(raws.get("mobile")))
            if not raws.get(taken):
                raws[taken] = anyhow
                place[taken] = "contact.any"
        values, problems = customers.check_contact(raws, self._known.choices, current={}, check=self._check_field)
        for name, problem in problems.items():
            at = place.get(name, "contact.any" if name == "mobile" and self._split else "")
            cells.wrong(OF_CONTACT + name, problem, shown_at=at)
            values.pop(name, None)
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
        said = {
            OF_CONTACT + name: str(value or "")
            for name, value in plain.items()
            if OF_CONTACT + name in cells.texts or name in place
        }
        own, complete = self._contact_own.values(cells)
        said |= {path: own[path] for path in own if path in cells.texts}
        if not complete or not plain.get("name") or not (plain.get("mobile") or plain.get("email")):
            return None, said
        made = {name: plain.get(name, None if name == "birthday" else "") for name in customers.CONTACT_FIELDS}
        # Added to a customer that is there it may lack what is required: it is asked for once somebody edits it.
        return made | {"own": self._contact_own.rows(self._contact_own.begun(cells) | own)}, said

    @staticmethod
    def _any_number(text: str, *, has_mobile: bool) -> str:
        """Where a number goes that may be of either kind."""
        if has_mobile:
            return "phone"
        bare = text.replace(" ", "").replace("-", "")
        landline = bare.startswith(("0", "400", "800", "(0", "（0")) and not bare.startswith("0086")
        return "phone" if landline else "mobile"

    def _owner(self, cells: Cells) -> int:
        text, there = cells.texts.get("owner", ""), cells.there
        found = self._read["owner"](text) if text else ""
        if there:
            # Handing over is a step of its own; his own name, also of somebody who left, changes nothing.
            if text and text != there.owner and found != str(there.owner_id):
                cells.wrong("owner", Problem("importing.problem.owner_stays"))
            return there.owner_id
        if text and not found:
            cells.wrong("owner", Problem("customers.problem.owner_out_of_reach"))
        if not found and not self._known.owner and not text:
            cells.wrong("owner", Problem("customers.required.owner"))
        return int(found) if found else self._known.owner

    def _tags(self, cells: Cells) -> list[str]:
        names = []
        for name in split_tags(cells.texts.get("tags", ""), self._tag_names):
            if name in self._known.retired_tags:
                # Whoever is there may wear it still, and whoever doesn't gets none.
                if cells.there is None:
                    cells.wrong("tags", Problem("error.tag.retired", {"name": name}))
            elif len(name) > TAG_LENGTH:
                cells.wrong("tags", Problem("error.tag.long", {"max": TAG_LENGTH}))
            else:
                names.append(name)
        return names

    def _said(
        self, cells: Cells, line: Sequence[str], customer: Mapping[str, Any], contact: Mapping[str, str]
    ) -> dict[str, str]:
        """For a customer that is there already: what the row says, and nothing that was only supposed."""
        wrong = {problem.target for problem in cells.problems}
        said = dict(contact)
        for name in customers.CUSTOMER_FIELDS:
            if name in cells.texts and name not in wrong and name != "level":
                if not cells.texts[name]:
                    said[name] = ""
                elif name == "region":
                    said[name] = customers.region_of(*(str(customer[part]) for part in _PLACES))
                elif name != "customer_type" or not level_in_type(cells.texts[name]):
                    said[name] = str(customer[name] or "")
        notes = [column for column, code in self._several if code == NOTE]
        if notes:
            texts = (line[column].strip() for column in notes if column < len(line))
            said[NOTE] = clean_text("\n".join(filter(None, texts)))[:_NOTE_MAX]
        return said

    def _note(self, cells: Cells, line: Sequence[str], customer: dict[str, Any]) -> bool:
        """What has no field of its own, after its heading, and the note itself; whether there must be more."""
        parts = []
        if (number := cells.texts.get(OLD_NUMBER)) and not cells.there:
            parts.append(f"{self._numbered}:{number}")
        for column, code in self._several:
            if column < len(line) and (text := line[column].strip()):
                parts.append(text if code == NOTE else f"{self._headings[column]}:{text}")
        text = clean_text("\n".join([*parts, *cells.notes]))
        if len(text) > _NOTE_MAX:
            column = next((column for column, code in self._several if code == NOTE), -1)
            params = {"max": _NOTE_MAX, "length": len(text)}
            value = line[column][:200] if 0 <= column < len(line) else ""
            cells.problems.append(CellProblem(column, NOTE, value, "customers.problem.too_long", params))
            text = text[:_NOTE_MAX]
        customer[NOTE] = text
        lacks = not text and NOTE in self._known.choices.required
        if lacks:
            cells.wrong(NOTE, Problem(f"customers.required.{NOTE}"))
        return not lacks

    def _said_more(self, cells: Cells, line: Sequence[str], customer: Mapping[str, Any]) -> dict[str, str]:
        """For a customer that is there: what is expected, and the lines that its note lacks; see `rules.more`."""
        more = {}
        if EXPECTED in cells.texts and EXPECTED not in {problem.target for problem in cells.problems}:
            more[EXPECTED] = yuan_text(Decimal(customer[EXPECTED]) / 100) if cells.texts[EXPECTED] else ""
        noted = [(column, code) for column, code in self._several if code == NOTED]
        lines = [f"{self._headings[at]}:{line[at].strip()}" for at, _ in noted if at < len(line) and line[at].strip()]
        deal = [f"{self._headings[self._single[code]]}:{text}" for code in DEAL if (text := cells.texts.get(code))]
        for name, texts in ((NOTED, lines), (DEAL_LINES, deal)):
            if texts:
                more[name] = clean_text("\n".join(texts))
        if cells.there and NOTED in more:
            length = len(with_lines(cells.there.fields.get(NOTE, ""), more[NOTED]))
            if length > _NOTE_MAX:
                params = {"max": _NOTE_MAX, "length": length}
                value = line[noted[0][0]][:200]
                cells.problems.append(CellProblem(noted[0][0], NOTED, value, "customers.problem.too_long", params))
                del more[NOTED]
        return more

    # --- deals (R6.5)

    def _further_deal(self, cells: Cells, customer: dict[str, Any]) -> dict[str, Any] | None:
        """The deal that the row tells of a customer that is there; written where it is a won one."""
        customer[EXPECTED] = self._fen(cells, EXPECTED, unit=1) or 0
        return self._won(cells) if self._has_deal(cells) else None

    @staticmethod
    def _has_deal(cells: Cells) -> bool:
        amount = cells.texts.get("deal.amount") or cells.texts.get("deal.amount_wan")
        return bool(amount and cells.texts.get("deal.on"))

    def _deal(self, cells: Cells, customer: dict[str, Any]) -> dict[str, Any] | None:
        """The deal that made the customer one, or why it was lost; half of a deal stays readable in the note.

        A level without its facts is wrong (R6.5): left out, the customer is a potential one.
        """
        customer["expected_amount"] = self._fen(cells, "expected_amount", unit=1) or 0
        level, deal = customer["level"], None
        if level == Level.LOST:
            deal = self._loss(cells)
        elif level == Level.WON and self._has_deal(cells):
            deal = self._won(cells)
        elif level == Level.WON:
            self._without_facts(cells, "importing.problem.deal_needed")
        if level in _SETTLED and deal is None:
            customer |= {"level": Level.POTENTIAL, "status": Status.POTENTIAL}
        if customer["level"] != Level.WON:
            for code in DEAL:
                if text := cells.texts.get(code):
                    cells.notes.append(f"{self._headings[self._single[code]]}:{text}")
        return deal

    def _without_facts(self, cells: Cells, code: str) -> None:
        """At the cell that says the level."""
        said = next((name for name in ("level", "status", "customer_type") if cells.texts.get(name)), "level")
        cells.wrong(said, Problem(code))

    def _loss(self, cells: Cells) -> dict[str, Any] | None:
        reason = self._value(cells, "loss_reason")
        if not reason:
            self._without_facts(cells, "importing.problem.loss_reason_needed")
            return None
        if reason not in self._known.choices.options["loss_reason"].offered:
            cells.wrong("loss_reason", Problem("customers.problem.unknown_option"))
            return None
        return {"loss_reason": reason}

    def _won(self, cells: Cells) -> dict[str, Any] | None:
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
            contract = ""
        if amount is None or not isinstance(day, date):
            return None
        return {"fen": amount, "on": day.isoformat(), "contract": contract}

    def _fen(self, cells: Cells, code: str, *, unit: int) -> int | None:
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


def _told_life(raws: Mapping[str, str], said: str, *, has_deal: bool) -> tuple[str, str, str]:
    """Level, type and status; the one tells the other where only one is said, and a deal tells both."""
    level, customer_type, status = (raws[name] for name in _LIFE)
    if not level and (meant := level_in_type(said)):
        level, customer_type = meant, ""
    if not level and status in _SETTLED:
        level = status
    if not level and has_deal:
        level = Level.WON
    return level, customer_type, status


def _terms(customer: Mapping[str, Any], contact: Mapping[str, Any] | None) -> tuple[str, str, str, str]:
    people = [(contact["name"], contact["mobile"], contact["phone"], contact["email"])] if contact else []
    made = terms_of(customer["name"], customer["credit_code"], people)
    return made.name, made.pinyin, made.closed, made.name_sort
