"""What the list exports comes back with automatic mapping and changes nothing (R4.3), on both engines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.access.actor import Actor
from crm_app.background import files as job_files
from crm_app.background import kinds, runner
from crm_app.background.queries import list_jobs
from crm_app.core.clock import local_today
from crm_app.core.settings import get_settings
from crm_app.customers.search import index_customer
from crm_app.directory.jobs import EXPORT
from crm_app.directory.queries import list_for, load_known
from crm_app.directory.schemas import ExportRequest
from crm_app.directory.service import request_export
from crm_app.fields.queries import list_fields
from crm_app.fields.schemas import RecordKind
from crm_app.fields.service import write_values
from crm_app.importing import service
from crm_app.models import Contact, ContactValue, CustomerTag, FieldChange, Option, OwnValue, Tag, User
from tests.factories import make_customer
from tests.importing.conftest import Desk
from tests.importing.test_own import add

NOTE = '第一行😀👨‍👩‍👧\n第二行,"引号";分号\n\n=1+1'


@pytest.fixture(autouse=True)
def export_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.KINDS, EXPORT.code, EXPORT)


def fill(desk: Desk) -> None:
    """Customers with everything that is hard to read back."""
    office = desk.office
    kinds_of = {
        "车间": "line", "说明": "text", "产线数": "number", "预算": "amount", "验厂": "day", "上市": "flag",
        "对接人": "person", "网站": "url",
    }  # fmt: skip
    keys = {label: add(desk, label, kind) for label, kind in kinds_of.items()}
    keys["评级"] = add(desk, "评级", "choice", options="优\n良")
    keys["认证"] = add(desk, "认证", "choices", options="ISO9001\nCE/FDA\n其他、见备注")
    add(desk, "不许改", fixed_for=("administrator",))
    for label, kind in kinds_of.items():
        add(desk, label, kind, RecordKind.CONTACT)
    add(desk, "评级", "choice", RecordKind.CONTACT, options="优\n良")
    add(desk, "认证", "choices", RecordKind.CONTACT, options="ISO9001\nCE/FDA\n其他、见备注")
    add(desk, "不许改", "line", RecordKind.CONTACT, fixed_for=("administrator",))
    with desk.db.writing() as session:
        fields = {field.key: field for field in list_fields(session)}
        labels = {option.label_zh: option.code for key in ("评级", "认证") for option in fields[keys[key]].options}
        values = {
            "车间": "+1号😀", "说明": "一\n二", "产线数": "1234.5678", "预算": "1250000.5", "验厂": "2024-03-05",
            "上市": "no", "对接人": str(office.outsider.user_id), "网站": "https://example.com/a?b=1",
            "评级": labels["良"], "认证": f"{labels['ISO9001']},{labels['CE/FDA']},{labels['其他、见备注']}",
        }  # fmt: skip
        for n in range(3):
            made = _customer(desk, session, n, {keys[label]: value for label, value in values.items()} if n else {})
            _fill_contacts(session, made, values if n else {})


def _fill_contacts(session: Session, customer_id: int, values: dict[str, str]) -> None:
    """The main contact says the same as its customer, the other one something else."""
    own = list_fields(session, record=RecordKind.CONTACT)
    for contact in session.exec(select(Contact).where(Contact.customer_id == customer_id)).all():
        said = {field.key: values.get(field.label_zh, "") for field in own} if contact.is_main else {own[0].key: "别的"}
        write_values(session, contact.id or 0, own, said)


def _customer(desk: Desk, session: Session, n: int, own: dict[str, str]) -> int:
    owner = (desk.office.sales, desk.office.outsider, desk.office.manager)[n]
    more = (
        {
            "level": "won",
            "status": "dormant",
            "total_amount": Decimal("12345.60"),
            "order_count": 2,
            "value_grade": "B",
        },
        {"level": "lost", "status": "lost", "customer_type": "vip"},
        {"level": "intent", "status": "following", "customer_type": "key"},
    )[n]
    made = make_customer(
        session,
        owner=owner,
        contact=False,
        name=("=甲😀(深圳)公司", "乙公司", "丙 公司")[n],
        name_key=f"key{n}",
        province="440000",
        city="440300" if n else "",
        district="440305" if n == 2 else "",
        address="@某路1号",
        note=NOTE if n else "",
        main_business="-零部件\n-整机",
        source="exhibition",
        headcount="100-499" if n else "",
        founded_on=date(2015, 3, 15) if n else None,
        first_order_on=date(2024, 1, 5) if not n else None,
        last_contact_at=datetime(2024, 5, 1, 3, 4, tzinfo=UTC),
        next_follow_up_at=datetime(2030, 5, 1, 3, 4, tzinfo=UTC),
        last_method="phone",
        **more,
    )
    for place, (name, mobile) in enumerate((("张三", f"1380000000{n}"), ("李四", f"1390000000{n}"))):
        session.add(
            Contact(
                customer_id=made.id or 0,
                name=name,
                mobile=mobile,
                phone="0755-12345678-9",
                email=f"z{n}@example.com",
                is_main=not place,
            )
        )
    for name, retired in ((f"A/B类{n}", False), ("重点, 关注", False), ("老标签", True)):
        tag = Tag(name=f"{name}{n}", retired_at=datetime(2024, 1, 1, tzinfo=UTC) if retired else None)
        session.add(tag)
        session.flush()
        session.add(CustomerTag(customer_id=made.id or 0, tag_id=tag.id or 0))
    fields = list_fields(session)
    write_values(session, made.id or 0, fields, own)
    index_customer(session, made.id or 0)
    return made.id or 0


def retire(desk: Desk) -> None:
    """A choice, an entry and a person that customers still have."""
    with desk.db.writing() as session:
        for option in session.exec(select(Option).where(col(Option.label_zh).in_(("良", "展会")))):
            option.retired_at = datetime(2024, 1, 1, tzinfo=UTC)
        session.get_one(User, desk.office.outsider.user_id).disabled_at = datetime(2024, 1, 1, tzinfo=UTC)


async def exported(desk: Desk, who: Actor, *, format: str, full: bool) -> Path:
    """A file of all fields."""
    today = local_today(tz=get_settings().zone)
    with desk.db.reading() as session:
        known = load_known(session, today=today)
        fields = [key for key, field in list_for(who, known).fields.items() if field.shown]
    request = ExportRequest.of(address="", rows="all", fields=fields, format=format, full=full)
    with desk.db.writing() as session:
        job = request_export(session, who, kind=EXPORT, request=request, today=today)
    assert await runner.run_next(desk.db)
    with desk.db.reading() as session:
        assert list_jobs(session, who)[0].state == "done"
    return job_files.file_of(job, 1)


def everything(desk: Desk) -> dict[str, Any]:
    """All that an import could touch."""
    models = (Contact, ContactValue, CustomerTag, OwnValue, Tag)
    return {"customers": list(desk.customers())} | {model.__name__: desk.all_of(model) for model in models}


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("language", "full", "empty"), [("zh", True, "clear"), ("zh", False, "keep"), ("en", True, "keep")]
)
async def test_an_exported_file_changes_nothing(desk: Desk, format: str, language: str, full: bool, empty: str) -> None:
    from dataclasses import replace

    fill(desk)
    retire(desk)
    who = replace(desk.office.admin, language=language)
    with desk.db.writing() as session:
        session.get_one(User, who.user_id).language = language
    before = everything(desk)
    file = await exported(desk, who, format=format, full=full)
    key = desk.bring_bytes(file.read_bytes(), name=f"客户.{format}", who=who)
    plan = desk.run_of(key, who=who).plan
    assert (plan["mode"], plan["key"]) == ("update", "old_number")
    assert sum(code.startswith("own_") for code in plan["mapping"]) == 10
    assert sum(code.startswith("contact.own_") for code in plan["mapping"]) == 10
    if empty == "clear":
        desk.do(service.choose_policy, who=who, import_id=key, empty="clear")
    found = await desk.check(key, who=who)
    problems = desk.store_of(key, who=who).list_problems(offset=0, limit=20)
    assert (found["rows"], found["ready"], problems) == (3, 3, [])
    done = await desk.confirm(key, who=who)
    assert [(one.field, one.old, one.new) for one in desk.all_of(FieldChange)] == []
    assert {name: done[name] for name in ("created", "updated", "skipped", "unchanged")} == {
        "created": 0, "updated": 0, "skipped": 0, "unchanged": 3,
    }  # fmt: skip
    assert everything(desk) == before


async def test_one_changed_cell_is_the_only_change(desk: Desk) -> None:
    fill(desk)
    file = await exported(desk, desk.office.admin, format="csv", full=False)
    text = file.read_text("utf-8-sig").replace("1234.5678", "99", 1)
    who = desk.office.admin
    key = desk.bring_bytes(text.encode("utf-8-sig"), who=who)
    await desk.check(key, who=who)
    done = await desk.confirm(key, who=who)
    assert (done["updated"], done["unchanged"]) == (1, 2)
    assert [(one.old, one.new) for one in desk.all_of(FieldChange)] == [("1234.5678", "99")]
