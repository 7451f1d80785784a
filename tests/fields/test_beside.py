"""Writing into own fields while somebody retires one or makes another kind of it: one waits for the other (R1.8).

On PostgreSQL, where two write at once.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from crm_app.access.permissions import Permission
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import Action, What
from crm_app.bulk.service.writing import write_own as bulk_own
from crm_app.core.db import Database
from crm_app.core.errors import Refused
from crm_app.customers import queries as records
from crm_app.customers import service as record
from crm_app.customers.schemas import EditedForm, UpdateCustomer
from crm_app.fields import queries, service
from crm_app.fields.schemas import FieldInput, OwnFieldDef, RecordKind
from crm_app.importing.service.updating import write_contacts as import_contacts
from crm_app.importing.service.updating import write_own as import_own
from crm_app.models import Contact, ContactValue, Customer, OwnValue
from crm_app.options.service import seed_presets
from crm_app.quality.schemas import MergeRequest
from crm_app.quality.service import merge_customers
from tests.customers.forms import a_contact, a_form
from tests.factories import Office, make_customer

pytestmark = pytest.mark.parametrize("db", ["postgresql"], indirect=True)
DEADLINE = 20
CUSTOMER, CONTACT = RecordKind.CUSTOMER, RecordKind.CONTACT


@dataclass
class Scene:
    """Two customers, and a field of customers and one of contacts; with the first one something stands in both.

    So whoever makes another kind of a field writes of the very customer that the others have.
    """

    db: Database
    office: Office
    numbers: list[str]
    ids: list[int]
    contacts: list[int]
    fields: dict[RecordKind, OwnFieldDef]

    def values(self, field: OwnFieldDef) -> dict[int, str]:
        """What stands in a field, by record."""
        with self.db.reading() as session:
            return dict(queries.list_texts(session, field))

    def wait_for_a_waiting_writer(self, work: Future[Any]) -> None:
        """Until the other one waits for this transaction."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        end = time.monotonic() + DEADLINE
        with self.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as look:
            while not look.execute(waiting).scalar():
                assert not work.done(), f"it didn't wait: {work.exception() or work.result()}"
                assert time.monotonic() < end, "it never waited"

    @contextmanager
    def at_once(self, fn: Callable[[Session], Any]) -> Iterator[Callable[[], Future[Any]]]:
        """Begins `fn` as a unit of work of its own when it is called."""
        with ThreadPoolExecutor(1) as pool:

            def run() -> Any:
                with self.db.writing() as session:
                    return fn(session)

            yield lambda: pool.submit(run)


@pytest.fixture
def scene(db: Database, office: Office) -> Scene:
    with db.writing() as session:
        seed_presets(session)
        for kind in RecordKind:
            service.add_field(session, office.admin, entry=FieldInput("line", "级别"), record=kind)
    with db.writing() as session:
        fields = {kind: queries.list_fields(session, record=kind)[0] for kind in RecordKind}
        made = [make_customer(session, owner=office.sales) for _ in range(2)]
        ids = [one.id or 0 for one in made]
        people = [session.exec(select(Contact.id).where(Contact.customer_id == key)).one() or 0 for key in ids]
        service.write_values(session, ids[0], [fields[CUSTOMER]], {fields[CUSTOMER].key: "7"})
        service.write_values(session, people[0], [fields[CONTACT]], {fields[CONTACT].key: "7"})
    return Scene(db, office, [one.number for one in made], ids, people, fields)


def save_cell(scene: Scene, session: Session) -> None:
    field = scene.fields[CUSTOMER].key
    record.update_field(session, scene.office.sales, number=scene.numbers[0], field=field, value="9", version=1)


def save_several(scene: Scene, session: Session) -> None:
    cmd = UpdateCustomer(scene.numbers[0], 1, {scene.fields[CUSTOMER].key: "9", "note": "备注"})
    record.update_customer(session, scene.office.sales, cmd=cmd)


def save_form(scene: Scene, session: Session) -> None:
    customer = session.exec(select(Customer).where(Customer.number == scene.numbers[0])).one()
    values = records.record_texts(session, scene.office.sales, customer) | {scene.fields[CUSTOMER].key: "9"}
    record.save_form(session, scene.office.sales, form=EditedForm(scene.numbers[0], 1, values))


def save_new(scene: Scene, session: Session) -> None:
    form = a_form(a_contact(own={scene.fields[CONTACT].key: "9"}), **{scene.fields[CUSTOMER].key: "9"})
    record.create_customer(session, scene.office.sales, cmd=form)


def change_many(scene: Scene, session: Session) -> None:
    records.lock_customer(session, scene.office.sales, scene.numbers[0], Permission.CUSTOMER_EDIT)
    task = Task(Action(What.FIELD, scene.fields[CUSTOMER].key, "9"), own=scene.fields[CUSTOMER])
    bulk_own(session, task, {scene.ids[0]: "9"})


def import_rows(scene: Scene, session: Session) -> None:
    records.lock_customer(session, scene.office.sales, scene.numbers[0], Permission.CUSTOMER_EDIT)
    import_own(session, [(scene.ids[0], scene.fields[CUSTOMER].key, "9")])


def merge(scene: Scene, session: Session) -> None:
    versions = dict.fromkeys(scene.numbers, 1)
    merge_customers(session, scene.office.admin, request=MergeRequest(scene.numbers[1], versions, {}))


def save_contact(scene: Scene, session: Session) -> None:
    record.update_contact(
        session,
        scene.office.sales,
        number=scene.numbers[0],
        contact_id=scene.contacts[0],
        changes={scene.fields[CONTACT].key: "9"},
        version=1,
    )


def import_contact(scene: Scene, session: Session) -> None:
    records.lock_customer(session, scene.office.sales, scene.numbers[0], Permission.CUSTOMER_EDIT)
    import_contacts(session, [(scene.contacts[0], {scene.fields[CONTACT].key: "9"})])


OF_CUSTOMERS = (save_cell, save_several, save_form, save_new, change_many, import_rows, merge)
OF_CONTACTS = (save_contact, save_new, import_contact)
WRITERS = [*((fn, CUSTOMER) for fn in OF_CUSTOMERS), *((fn, CONTACT) for fn in OF_CONTACTS)]


def retire(scene: Scene, session: Session, field: OwnFieldDef) -> None:
    service.retire_field(session, scene.office.admin, field_id=field.id, version=1)


def convert(scene: Scene, session: Session, field: OwnFieldDef) -> None:
    entry = FieldInput("number", "级别")
    service.change_field(session, scene.office.admin, field_id=field.id, version=1, entry=entry)


@pytest.mark.parametrize("change", [retire, convert])
@pytest.mark.parametrize(("write", "kind"), WRITERS)
def test_nothing_is_written_into_a_field_that_went_away(
    scene: Scene, write: Callable[..., None], kind: RecordKind, change: Callable[..., None]
):
    field = scene.fields[kind]
    before = scene.values(field)
    with scene.at_once(lambda session: write(scene, session)) as begin:
        with scene.db.writing() as session:
            queries.lock_field(session, field.id)
            work = begin()
            scene.wait_for_a_waiting_writer(work)
            change(scene, session, field)  # What it writes refers to the customer that the other one has.
        with pytest.raises(Refused) as told:
            work.result(DEADLINE)
    assert told.value.code == "fields.problem.gone"
    assert scene.values(field) == before


@pytest.mark.parametrize(("write", "kind"), WRITERS)
def test_whoever_changes_a_field_waits_for_those_who_write_into_it(
    scene: Scene, write: Callable[..., None], kind: RecordKind
):
    field = scene.fields[kind]
    with scene.at_once(lambda session: convert(scene, session, field)) as begin:
        with scene.db.writing() as session:
            write(scene, session)
            session.flush()
            work = begin()
            scene.wait_for_a_waiting_writer(work)
        work.result(DEADLINE)
    with scene.db.reading() as session:
        (made,) = queries.list_fields(session, record=kind)
    assert made.kind == "number"
    assert scene.values(made) == scene.values(field), "all that was written was converted"
    assert set(scene.values(made).values()) & {"9"} or write is merge
    model = OwnValue if kind is CUSTOMER else ContactValue
    with scene.db.reading() as session:
        rows = session.exec(select(model).where(model.field_id == made.id)).all()
    assert all(row.number == int(row.text) * 10_000 for row in rows)
