from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.access.audit import Action
from crm_app.core.clock import frozen, utcnow
from crm_app.core.errors import Conflict, CrmError, Forbidden, NotFound, Refused
from crm_app.core.problems import Invalid
from crm_app.customers import queries, service
from crm_app.customers.schemas import ContactInput, ContactRow, CustomerRef, RevealedContact
from crm_app.customers.service import DuplicatesFound
from crm_app.models import AuditEntry, Contact, FieldChange
from tests.customers.forms import a_contact, create
from tests.factories import Office

Run = Callable[..., Any]
SECRETS = ("张三丰", "13812345678", "0755-88281234", "zhangsanfeng@example.com", "1990-05-12")


@pytest.fixture
def ref(desk: Office, write: Run) -> CustomerRef:
    return write(create, desk.sales, _secret_contact())


@pytest.fixture
def sqlite_ref(sqlite_desk: Office, write: Run) -> CustomerRef:
    return write(create, sqlite_desk.sales, _secret_contact())


def _secret_contact() -> ContactInput:
    name, mobile, phone, email, birthday = SECRETS
    return a_contact(name=name, mobile=mobile, phone=phone, email=email, birthday=birthday)


def contacts(read: Run, actor: object, ref: CustomerRef) -> tuple[ContactRow, ...]:
    return read(queries.list_contacts, actor, number=ref.number)


def audited(session: Session) -> list[AuditEntry]:
    return list(session.exec(select(AuditEntry).where(AuditEntry.action == Action.CONTACT_REVEALED)))


def history(session: Session) -> list[tuple[str, str, str, int | None]]:
    rows = session.exec(select(FieldChange).order_by(col(FieldChange.id)))
    return [(row.field, row.old, row.new, row.contact_id) for row in rows]


# --- masked for everybody, in full by a recorded click (R10.3)


@pytest.mark.parametrize("who", ["sales", "manager", "service_lead", "service", "marketing", "finance", "admin"])
def test_every_read_is_masked_whoever_asks(sqlite_desk: Office, sqlite_ref: CustomerRef, read: Run, who: str) -> None:
    actor = sqlite_desk.everybody()[who]
    record = read(queries.get_record, actor, number=sqlite_ref.number)
    assert record.contacts == contacts(read, actor, sqlite_ref)
    assert not [secret for secret in SECRETS if secret in repr(record)]


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("sales", None),
        ("manager", None),
        ("service_lead", None),
        ("admin", None),
        ("sales2", NotFound),
        ("outsider", NotFound),
        ("service", Forbidden),
        ("marketing", Forbidden),
        ("finance", Forbidden),
    ],
)
def test_who_may_see_a_contact_in_full_and_each_time_is_recorded(
    desk: Office, ref: CustomerRef, write: Run, read: Run, *, who: str, error: type[CrmError] | None
) -> None:
    actor = desk.everybody()[who]
    contact_id = contacts(read, desk.admin, ref)[0].id
    if error:
        with pytest.raises(error):
            write(service.reveal_contact, actor, number=ref.number, contact_id=contact_id)
        assert read(audited) == []
        return
    shown = write(service.reveal_contact, actor, number=ref.number, contact_id=contact_id)
    assert shown == RevealedContact(contact_id, *SECRETS)
    (entry,) = read(audited)
    assert (entry.user_id, entry.subject_kind, entry.subject_id) == (actor.user_id, "contact", str(contact_id))
    assert entry.detail == {"customer": ref.number}


def test_a_reveal_that_is_not_recorded_is_not_given(sqlite_desk: Office, sqlite_ref: CustomerRef, read: Run) -> None:
    from crm_app.core.db import get_database

    contact_id = contacts(read, sqlite_desk.sales, sqlite_ref)[0].id
    with pytest.raises(RuntimeError), get_database().writing() as session:
        service.reveal_contact(session, sqlite_desk.sales, number=sqlite_ref.number, contact_id=contact_id)
        assert len(session.new) == 0, "the record is written before the answer is given"
        raise RuntimeError("power cut")
    assert read(audited) == []


def test_nobody_walks_off_with_the_address_book(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    contact_id = contacts(read, desk.sales, ref)[0].id
    kwargs = {"number": ref.number, "contact_id": contact_id}
    start = datetime(2024, 5, 1, tzinfo=UTC)
    with frozen(start):
        for _ in range(60):
            write(service.reveal_contact, desk.sales, **kwargs)
        with pytest.raises(Refused) as caught:
            write(service.reveal_contact, desk.sales, **kwargs)
        assert caught.value.code == "customers.error.reveal_limit"
        write(service.reveal_contact, desk.manager, **kwargs)
    with frozen(start + timedelta(minutes=10, seconds=1)):
        write(service.reveal_contact, desk.sales, **kwargs)


def test_a_contact_of_another_customer_is_not_found(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    actor = sqlite_desk.outsider
    own = write(create, actor, a_contact(mobile="13900139000"))
    foreign = contacts(read, sqlite_desk.sales, sqlite_ref)[0].id
    before = read(lambda s: s.exec(select(Contact).where(Contact.id == foreign)).one().model_dump())
    for work, more in (
        (service.reveal_contact, {}),
        (service.update_contact, {"changes": {"name": "李四"}, "version": 1}),
        (service.remove_contact, {}),
        (service.set_main_contact, {}),
    ):
        for number in (own.number, sqlite_ref.number):
            with pytest.raises(NotFound):
                write(work, actor, number=number, contact_id=foreign, **more)
    assert read(lambda s: s.exec(select(Contact).where(Contact.id == foreign)).one().model_dump()) == before
    assert read(audited) == []


# --- editing


def test_a_contact_is_added_and_found(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    from crm_app.customers.search import matches
    from crm_app.models import Customer

    added = ContactInput(name="李四", mobile="139 0013 9000", position="采购总监")
    contact_id = write(service.add_contact, desk.sales, number=ref.number, contact=added)
    main, second = contacts(read, desk.sales, ref)
    assert (main.is_main, second.is_main, second.id) == (True, False, contact_id)
    assert (second.name, second.mobile, second.position) == ("李*", "139****9000", "采购总监")
    assert read(history) == [("contact.added", "", "李*", contact_id)]
    assert read(queries.get_record, desk.sales, number=ref.number).version == 2
    condition = matches(desk.sales, "13900139000", dialect=read(lambda s: s.get_bind().dialect.name))
    assert condition is not None
    assert read(lambda s: s.exec(select(Customer.id).where(condition)).all()) == [ref.id]


def test_a_new_contact_can_come_as_the_main_one(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    added = a_contact(name="李四", mobile="13900139000")
    contact_id = write(service.add_contact, sqlite_desk.sales, number=sqlite_ref.number, contact=added)
    assert [(c.id == contact_id, c.is_main) for c in contacts(read, sqlite_desk.sales, sqlite_ref)] == [
        (True, True),
        (False, False),
    ]
    assert [line[:3] for line in read(history)] == [("contact.added", "", "李*"), ("contact.is_main", "张*", "李*")]


def test_a_wrong_contact_is_not_added(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    with pytest.raises(Invalid) as caught:
        write(service.add_contact, sqlite_desk.sales, number=sqlite_ref.number, contact=ContactInput(email="a@b"))
    assert {key: problem.code for key, problem in caught.value.problems.items()} == {
        "name": "customers.required.contact.name",
        "email": "error.email.domain",
    }


def test_a_customer_has_twenty_contacts_at_most(sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run) -> None:
    for n in range(19):
        contact = ContactInput(name="李四", email=f"li{n}@example.com")
        write(service.add_contact, sqlite_desk.sales, number=sqlite_ref.number, contact=contact)
    with pytest.raises(Invalid) as caught:
        write(
            service.add_contact, sqlite_desk.sales, number=sqlite_ref.number, contact=ContactInput("李", email="l@b.cn")
        )
    assert set(caught.value.problems) == {"contacts"}


def test_an_edit_is_kept_in_the_history_masked(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    contact_id = contacts(read, desk.sales, ref)[0].id
    changes = {"mobile": "13900139000", "email": "new.mail@example.com", "position": "总监", "birthday": "1991-06-13"}
    saved = write(
        service.update_contact, desk.sales, number=ref.number, contact_id=contact_id, changes=changes, version=1
    )
    assert saved.version == 2
    assert read(history) == [
        ("contact.position", "", "总监", contact_id),
        ("contact.mobile", "138****5678", "139****9000", contact_id),
        ("contact.email", "z***g@example.com", "n***l@example.com", contact_id),
        ("contact.birthday", "05-12", "06-13", contact_id),
    ]
    shown = write(service.reveal_contact, desk.sales, number=ref.number, contact_id=contact_id)
    assert (shown.mobile, shown.name) == ("13900139000", "张三丰")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mobile": "138****5678"}, {"mobile": "customers.problem.masked"}),
        ({"email": "z***g@example.com"}, {"email": "customers.problem.masked"}),
        ({"name": "张*"}, {"name": "customers.problem.masked"}),
        ({"mobile": "", "email": ""}, {"mobile": "customers.problem.mobile_or_email"}),
        ({"customer_id": "2"}, {"customer_id": "customers.problem.unknown_field"}),
        ({"is_main": "1"}, {"is_main": "customers.problem.unknown_field"}),
    ],
)
def test_an_edit_can_not_destroy_a_contact(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, changes: dict[str, str], problem: dict
) -> None:
    actor = sqlite_desk.sales
    contact_id = contacts(read, actor, sqlite_ref)[0].id
    with pytest.raises(Invalid) as caught:
        write(
            service.update_contact, actor, number=sqlite_ref.number, contact_id=contact_id, changes=changes, version=1
        )
    assert {key: found.code for key, found in caught.value.problems.items()} == problem
    assert read(history) == []


def test_two_people_on_one_contact(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    write(service.add_contact, desk.sales, number=ref.number, contact=ContactInput("李四", email="li@example.com"))
    first, second = (contact.id for contact in contacts(read, desk.sales, ref))

    def change(actor: object, contact_id: int, changes: dict[str, str]) -> int:
        kwargs = {"number": ref.number, "contact_id": contact_id, "changes": changes, "version": 2}
        return write(service.update_contact, actor, **kwargs).version

    assert change(desk.manager, first, {"mobile": "13900139000"}) == 3
    assert change(desk.sales, second, {"mobile": "13700137000"}) == 4
    assert change(desk.sales, first, {"position": "总监"}) == 5
    with pytest.raises(Conflict) as caught:
        change(desk.sales, first, {"mobile": "13600136000"})
    conflict = caught.value
    assert (conflict.field, conflict.theirs, conflict.mine) == ("contact.mobile", "139****9000", "136****6000")


def test_each_field_that_others_changed_is_asked_about_and_decided(
    desk: Office, ref: CustomerRef, write: Run, read: Run
) -> None:
    (contact,) = contacts(read, desk.sales, ref)
    asked = {"number": ref.number, "contact_id": contact.id, "version": 1}
    theirs = {"mobile": "13900139000", "position": "总监"}
    write(service.update_contact, desk.manager, changes=theirs, **asked)
    mine = {"mobile": "13600136000", "position": "经理", "phone": "0755-88281234"}
    with pytest.raises(service.FormConflict) as caught:
        write(service.update_contact, desk.sales, changes=mine, **asked)
    told = {one.field: (one.theirs, one.mine, one.version) for one in caught.value.conflicts}
    assert told == {"contact.mobile": ("139****9000", "136****6000", 2), "contact.position": ("总监", "经理", 2)}
    with pytest.raises(Conflict) as left:
        write(service.update_contact, desk.sales, changes=mine, seen={"contact.mobile": 2}, **asked)
    assert left.value.field == "contact.position"
    seen = {"contact.mobile": 2, "contact.position": 1}
    with pytest.raises(Conflict):
        write(service.update_contact, desk.sales, changes=mine, seen=seen, **asked)
    write(service.update_contact, desk.sales, changes=mine, seen=dict.fromkeys(seen, 2), **asked)
    (now,) = contacts(read, desk.sales, ref)
    assert (now.mobile, now.position) == ("136****6000", "经理")


def test_a_phone_that_another_customer_has_needs_a_confirmation(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    actor = sqlite_desk.sales
    write(create, sqlite_desk.outsider, a_contact(mobile="13900139000", phone="010-62771234"))
    contact_id = contacts(read, actor, sqlite_ref)[0].id
    edit = {"number": sqlite_ref.number, "contact_id": contact_id, "version": 1}
    for changes in ({"mobile": "13900139000"}, {"phone": "13900139000"}, {"phone": "010-62771234"}):
        with pytest.raises(DuplicatesFound):
            write(service.update_contact, actor, **edit, changes=changes)
        with pytest.raises(DuplicatesFound):
            contact = ContactInput(name="王五", email="w@example.com", **changes)  # type: ignore[arg-type]
            write(service.add_contact, actor, number=sqlite_ref.number, contact=contact)
    confirmed = write(
        service.update_contact, actor, **edit, changes={"mobile": "13900139000"}, confirmed_duplicates=True
    )
    assert confirmed.version == 2
    own = ContactInput(name="王五", mobile="13900139000", email="w@example.com")
    with pytest.raises(DuplicatesFound):
        write(service.add_contact, actor, number=sqlite_ref.number, contact=own)


def test_the_main_contact_stays_and_others_go(desk: Office, ref: CustomerRef, write: Run, read: Run) -> None:
    second = write(service.add_contact, desk.sales, number=ref.number, contact=ContactInput("李四", email="l@b.cn"))
    first = contacts(read, desk.sales, ref)[0].id
    with pytest.raises(Refused):
        write(service.remove_contact, desk.sales, number=ref.number, contact_id=first)
    write(service.set_main_contact, desk.sales, number=ref.number, contact_id=second)
    write(service.set_main_contact, desk.sales, number=ref.number, contact_id=second)
    write(service.remove_contact, desk.sales, number=ref.number, contact_id=first)
    assert [(c.id, c.is_main) for c in contacts(read, desk.sales, ref)] == [(second, True)]
    assert read(history)[-2:] == [("contact.is_main", "张*", "李*", second), ("contact.removed", "张*", "", first)]


@pytest.mark.parametrize(("who", "error"), [("sales2", NotFound), ("service_lead", Forbidden), ("finance", Forbidden)])
def test_who_may_not_edit_contacts(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run, *, who: str, error: type[CrmError]
) -> None:
    actor = sqlite_desk.everybody()[who]
    contact_id = contacts(read, sqlite_desk.admin, sqlite_ref)[0].id
    number = sqlite_ref.number
    for work, more in (
        (service.add_contact, {"contact": ContactInput("李四", email="l@b.cn")}),
        (service.update_contact, {"contact_id": contact_id, "changes": {"name": "李四"}, "version": 1}),
        (service.remove_contact, {"contact_id": contact_id}),
        (service.set_main_contact, {"contact_id": contact_id}),
    ):
        with pytest.raises(error):
            write(work, actor, number=number, **more)
    assert read(history) == []
    assert read(lambda s: len(s.exec(select(Contact)).all())) == 1


def test_the_record_says_when_it_was_changed(
    sqlite_desk: Office, sqlite_ref: CustomerRef, write: Run, read: Run
) -> None:
    later = utcnow() + timedelta(hours=1)
    with frozen(later):
        contact = ContactInput("李四", email="l@b.cn")
        write(service.add_contact, sqlite_desk.sales, number=sqlite_ref.number, contact=contact)
    assert read(queries.get_record, sqlite_desk.sales, number=sqlite_ref.number).updated_at == later
