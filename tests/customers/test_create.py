import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import frozen
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden
from crm_app.core.problems import Invalid
from crm_app.customers import queries, rules, service
from crm_app.customers.schemas import ContactInput, SavedBefore
from crm_app.customers.service import DuplicatesFound
from crm_app.models import Collaborator, Contact, Customer, NumberCounter, Tag, User
from tests.customers.forms import CREDIT_CODE, a_contact, a_form, create
from tests.factories import Office, make_customer

Run = Callable[..., Any]


def customer_of(session: Session, number: str) -> Customer:
    return session.exec(select(Customer).where(Customer.number == number)).one()


def problems_of(run: Run, actor: object, cmd: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        run(service.create_customer, actor, cmd=cmd)
    return {key: problem.code for key, problem in caught.value.problems.items()}


def test_a_new_customer_is_stored_normalised_with_all_that_belongs_to_it(desk: Office, write: Run, read: Run) -> None:
    with frozen(datetime(2024, 5, 1, 3, tzinfo=UTC)):
        ref = write(
            create,
            desk.sales,
            a_contact(email=" ZHANG@Example.COM ", phone="(0755)88281234", birthday="1990/5/12"),
            ContactInput(name="李四", email="li@example.com", preferred_channel="wechat"),
            name="  深圳市　星河ＡＩ有限公司 ",
            region="440305",
            founded_on="2015-03-15",
            credit_code="91350100m000100y43",
            source="exhibition",
            note="第一行\r\n第二行",
            collaborator_ids=(desk.outsider.user_id, desk.sales.user_id),
            tag_ids=(1, 2),
        )
    assert ref.number == "MFG-2024-001"
    record = read(queries.get_record, desk.sales, number=ref.number)
    assert record.values["name"] == "深圳市 星河AI有限公司"
    assert record.values["region"] == "440305"
    assert record.values["credit_code"] == CREDIT_CODE
    assert record.values["note"] == "第一行\n第二行"
    assert (record.level, record.values["status"], record.values["customer_type"]) == ("potential", "potential", "new")
    assert (record.owner_name, record.department_name) == ("李销售", "华南销售部")
    assert [person.id for person in record.collaborators] == [desk.outsider.user_id]
    assert [tag.id for tag in record.tags] == [1, 2]
    assert [(c.name, c.mobile, c.phone, c.email, c.birthday, c.is_main) for c in record.contacts] == [
        ("张*", "138****8000", "0755-****1234", "z***g@example.com", "05-12", True),
        ("李*", "", "", "l***@example.com", "", False),
    ]
    customer = read(customer_of, ref.number)
    assert (customer.province, customer.city, customer.district) == ("440000", "440300", "440305")
    assert customer.founded_on == date(2015, 3, 15)
    assert customer.name_key and customer.created_by == desk.sales.user_id
    assert customer.assigned_at == customer.created_at == datetime(2024, 5, 1, 3, tzinfo=UTC)


def test_the_year_of_a_number_is_the_year_where_the_people_are(sqlite_desk: Office, write: Run) -> None:
    with frozen(datetime(2024, 12, 31, 15, 59, tzinfo=UTC)):
        assert write(create, sqlite_desk.sales).number == "MFG-2024-001"
    with frozen(datetime(2024, 12, 31, 16, 1, tzinfo=UTC)):
        assert write(create, sqlite_desk.sales).number == "MFG-2025-001"


def test_other_tabs_hear_of_it_after_the_commit(sqlite_desk: Office, write: Run) -> None:
    heard: list[Change] = []
    stop = changes.listen(heard.extend)
    try:
        ref = write(create, sqlite_desk.sales)
    finally:
        stop()
    assert Change("customer", ref.id, sqlite_desk.sales.user_id, same_reach=True) in heard


def test_a_new_customer_can_be_searched_at_once(desk: Office, write: Run, read: Run, db: Database) -> None:
    from crm_app.customers.search import matches

    ref = write(create, desk.sales)
    condition = matches(desk.sales, "xhzz", dialect=db.engine.dialect.name)
    assert condition is not None
    assert read(lambda s: s.exec(select(Customer.number).where(condition)).all()) == [ref.number]


@pytest.mark.parametrize("who", ["service_lead", "service", "marketing", "finance"])
def test_who_may_not_create_creates_nothing(sqlite_desk: Office, write: Run, read: Run, who: str) -> None:
    with pytest.raises(Forbidden):
        write(create, sqlite_desk.everybody()[who])
    assert read(lambda s: s.exec(select(Customer)).all()) == []


@pytest.mark.parametrize(
    ("who", "owner", "allowed"),
    [
        ("sales", "sales", True),
        ("sales", "sales2", False),
        ("sales", "manager", False),
        ("manager", "sales2", True),
        ("manager", "manager", True),
        ("manager", "outsider", False),
        ("admin", "outsider", True),
    ],
)
def test_owners_are_picked_within_reach(
    sqlite_desk: Office, write: Run, read: Run, *, who: str, owner: str, allowed: bool
) -> None:
    people = sqlite_desk.everybody()
    cmd = a_form(owner_id=people[owner].user_id)
    if not allowed:
        assert problems_of(write, people[who], cmd) == {"owner": "customers.problem.owner_out_of_reach"}
        return
    ref = write(service.create_customer, people[who], cmd=cmd)
    customer = read(customer_of, ref.number)
    assert (customer.owner_id, customer.department_id) == (people[owner].user_id, people[owner].department_id)


def test_somebody_who_left_can_not_own_or_help(sqlite_desk: Office, write: Run) -> None:
    def leave(session: Session) -> None:
        session.get_one(User, sqlite_desk.sales2.user_id).disabled_at = datetime.now(UTC)

    write(leave)
    assert problems_of(write, sqlite_desk.manager, a_form(owner_id=sqlite_desk.sales2.user_id)) == {
        "owner": "customers.problem.owner_out_of_reach"
    }
    assert problems_of(write, sqlite_desk.sales, a_form(collaborator_ids=(sqlite_desk.sales2.user_id,))) == {
        "collaborators": "customers.problem.unknown_person"
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, {"name": "customers.required.name"}),
        ({"industry": ""}, {"industry": "customers.required.industry"}),
        ({"industry": "XXX"}, {"industry": "customers.problem.unknown_option"}),
        ({"founded_on": "2999-01-01"}, {"founded_on": "customers.problem.date_in_future"}),
        ({"credit_code": "91350100M000100Y44"}, {"credit_code": "error.credit_code.check_digit"}),
        ({"name": "字" * 101}, {"name": "customers.problem.too_long"}),
        ({"note": "字" * 1001}, {"note": "customers.problem.too_long"}),
        ({"level": "won"}, {"level": "customers.problem.level_by_step"}),
        ({"tag_ids": (999_999,)}, {"tags": "customers.problem.unknown_tag"}),
        ({"collaborator_ids": (999_999,)}, {"collaborators": "customers.problem.unknown_person"}),
    ],
)
def test_bad_input_is_named_field_by_field_and_leaves_nothing(
    sqlite_desk: Office, write: Run, read: Run, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert problems_of(write, sqlite_desk.sales, a_form(**changes)) == expected
    assert read(lambda s: (s.exec(select(Customer)).all(), s.exec(select(NumberCounter)).all())) == ([], [])


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"mobile": "1380013800"}, {"contacts.0.mobile": "error.mobile.too_short"}),
        ({"mobile": "138001380001"}, {"contacts.0.mobile": "error.mobile.too_long"}),
        ({"mobile": "12345678901"}, {"contacts.0.mobile": "error.mobile.segment"}),
        ({"mobile": "", "email": "nobody@"}, {"contacts.0.email": "error.email.no_domain"}),
        ({"mobile": ""}, {"contacts.0.mobile": "customers.problem.mobile_or_email"}),
        ({"name": ""}, {"contacts.0.name": "customers.required.contact.name"}),
    ],
)
def test_bad_contact_data_is_named(
    sqlite_desk: Office, write: Run, contact: dict[str, str], expected: dict[str, str]
) -> None:
    assert problems_of(write, sqlite_desk.sales, a_form(a_contact(**contact))) == expected


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "火锅🍲店", "𠮷野家", "'; DROP TABLE customer; --", "=1+1"]
)
def test_odd_texts_are_kept_as_they_are(desk: Office, write: Run, read: Run, text: str) -> None:
    contact = a_contact(name=text, position=text)
    ref = write(create, desk.sales, contact, name=text, address=text, main_business=text, note=text)
    customer = read(customer_of, ref.number)
    assert {customer.name, customer.address, customer.main_business, customer.note} == {text}
    stored = read(lambda s: s.exec(select(Contact).where(Contact.customer_id == ref.id)).one())
    assert (stored.name, stored.position) == (text, text)


# --- numbers


def test_fifty_people_saving_at_once_get_fifty_numbers_in_a_row(desk: Office, write: Run, read: Run) -> None:
    barrier = threading.Barrier(50)

    def save(n: int) -> str:
        barrier.wait()
        return write(create, desk.sales, a_contact(mobile=f"138{n:08d}"), name=f"第{n}号客户").number

    with ThreadPoolExecutor(50) as pool:
        numbers = list(pool.map(save, range(50)))
    year = read(customer_of, numbers[0]).number.split("-")[1]
    assert sorted(numbers) == [f"MFG-{year}-{n:03d}" for n in range(1, 51)]


def test_a_number_is_not_used_again_after_a_deletion(desk: Office, write: Run) -> None:
    first, second = write(create, desk.sales), write(create, desk.sales)

    def delete(session: Session) -> None:
        for contact in session.exec(select(Contact).where(Contact.customer_id == second.id)).all():
            session.delete(contact)
        session.flush()
        session.delete(session.get_one(Customer, second.id))

    write(delete)
    third = write(create, desk.sales)
    assert [ref.number[-3:] for ref in (first, second, third)] == ["001", "002", "003"]


def test_a_failed_save_takes_no_number(desk: Office, db: Database, write: Run) -> None:
    with pytest.raises(RuntimeError), db.writing() as session:
        create(session, desk.sales)
        raise RuntimeError("power cut")
    assert write(create, desk.sales).number.endswith("-001")


def test_a_number_that_came_along_from_elsewhere_is_stepped_over(sqlite_desk: Office, write: Run) -> None:
    with frozen(datetime(2024, 5, 1, tzinfo=UTC)):
        write(make_customer, owner=sqlite_desk.sales, number="MFG-2024-002")
        assert [write(create, sqlite_desk.sales).number for _ in range(2)] == ["MFG-2024-001", "MFG-2024-003"]


def test_numbers_grow_past_three_digits(sqlite_desk: Office, write: Run) -> None:
    with frozen(datetime(2024, 5, 1, tzinfo=UTC)):
        taken = write(service.take_numbers, industry="MFG", on=date(2024, 5, 1), count=999)
        assert (taken[0], taken[-1], len(set(taken))) == ("MFG-2024-001", "MFG-2024-999", 999)
        assert write(create, sqlite_desk.sales).number == "MFG-2024-1000"


def test_the_administrator_can_choose_another_pattern(desk: Office, write: Run) -> None:
    write(service.set_number_pattern, desk.admin, pattern="C{yyyymmdd}{seq:03d}")
    with frozen(datetime(2024, 5, 1, tzinfo=UTC)):
        assert [write(create, desk.sales).number for _ in range(2)] == ["C20240501001", "C20240501002"]
    with pytest.raises(Invalid):
        write(service.set_number_pattern, desk.admin, pattern="{industry}{seq}")
    with pytest.raises(Forbidden):
        write(service.set_number_pattern, desk.manager, pattern="{seq}")


# --- duplicates at save


def test_an_exact_duplicate_is_saved_only_when_confirmed(desk: Office, write: Run, read: Run) -> None:
    write(create, desk.outsider, credit_code=CREDIT_CODE, name="甲公司")
    for cmd in (a_form(name="乙公司"), a_form(a_contact(mobile="13900139000"), name="丙", credit_code=CREDIT_CODE)):
        with pytest.raises(DuplicatesFound) as caught:
            write(service.create_customer, desk.sales, cmd=cmd)
        (hint,) = caught.value.hints
        assert (hint.owner, hint.number, hint.name, hint.openable, hint.exact) == ("赵北方", "", "", False, True)
    assert len(read(lambda s: s.exec(select(Customer)).all())) == 1
    write(service.create_customer, desk.sales, cmd=a_form(name="乙公司", confirmed_duplicates=True))
    assert len(read(lambda s: s.exec(select(Customer)).all())) == 2


def test_tags_and_collaborators_named_twice_are_put_on_once(sqlite_desk: Office, write: Run, read: Run) -> None:
    ref = write(
        create,
        sqlite_desk.sales,
        tag_ids=(1, 1),
        collaborator_ids=(sqlite_desk.sales2.user_id, sqlite_desk.sales2.user_id),
    )
    assert read(queries.tag_ids_of, ref.id) == {1}
    assert len(read(lambda s: s.exec(select(Collaborator).where(Collaborator.customer_id == ref.id)).all())) == 1
    assert read(lambda s: s.exec(select(Tag).where(col(Tag.id) == 1)).one()).name


def test_a_form_that_was_saved_already_is_no_duplicate_of_itself(desk: Office, write: Run, read: Run) -> None:
    cmd = a_form()
    probe = rules.probe_of(cmd.values, cmd.contacts)
    ref = write(service.create_customer, desk.sales, cmd=cmd, ticket="t-1")

    def review(actor: object, **changes: Any) -> Any:
        return read(service.review_customer, actor, **{"cmd": cmd, "probe": probe, "ticket": "t-1"} | changes)

    again = review(desk.sales)
    assert (again.saved, again.hints, again.problems) == (ref, (), {})
    assert write(service.create_customer, desk.sales, cmd=cmd, ticket="t-1") == ref, "no confirmation is asked for"
    # Changed since, it is no duplicate either: it says what it became.
    changed = review(desk.sales, cmd=a_form(note="补充", region="440305"))
    assert (changed.saved, changed.hints) == (None, ())
    assert changed.before == SavedBefore(ref, editable=True, fields=("region", "note"))
    # Hidden digits are told of only where nothing else is other than what was sent, whatever is stored by now.
    hidden = a_contact(mobile="13899998000")
    assert review(desk.sales, cmd=a_form(hidden)).before.others == ("contact",)
    both = review(desk.sales, cmd=a_form(hidden, note="补充")).before
    assert (both.fields, both.others) == (("note",), ())
    # Another form or another person would make a second customer: these are warned.
    for other in (review(desk.sales, ticket="t-2"), review(desk.sales, ticket=""), review(desk.outsider)):
        assert (other.saved, other.before) == (None, None)
        assert [hint.exact for hint in other.hints] == [True]
