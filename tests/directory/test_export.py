"""The export of the list: what its owner may see, as he sees it, in files that are read back (R4.3, R4.4)."""

import csv
import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdfium2 import PdfDocument
from sqlalchemy import insert
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.access.audit import Action
from crm_app.access.permissions import Permission, Reach
from crm_app.access.sessions import forget_rights
from crm_app.background import files, kinds, runner
from crm_app.background.queries import get_job
from crm_app.background.schemas import JobRow, State
from crm_app.core.clock import local_today
from crm_app.core.db import Database
from crm_app.core.errors import CrmError, Forbidden, Refused
from crm_app.core.settings import get_settings
from crm_app.core.sheets import FileFormat
from crm_app.core.sql import table_of
from crm_app.customers.search import index_customer
from crm_app.directory import jobs
from crm_app.directory.jobs import EXPORT
from crm_app.directory.queries import find_page, list_for, list_rows, load_known
from crm_app.directory.schemas import DIRECTORY, FIELDS, ExportRequest
from crm_app.directory.service import request_export
from crm_app.listing.rules.address import parse_query
from crm_app.models import AuditEntry, Collaborator, Customer, CustomerTag, Role, RoleGrant, Tag, User
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer

SHOWN = tuple(field.key for field in FIELDS if field.shown)
WALL = datetime.fromisoformat
CONTACTS = ("contact", "mobile", "phone", "email")


@dataclasses.dataclass(frozen=True)
class Shop:
    """An office with customers, and exports of them."""

    db: Database
    office: Office

    def ask(self, actor: Actor, **asked: Any) -> int:
        wanted: dict[str, Any] = {"address": "", "rows": "filter", "fields": ["name"], "format": "csv", "full": False}
        request = ExportRequest.of(**(wanted | asked))
        today = local_today(tz=get_settings().zone)
        with self.db.writing() as session:
            return request_export(session, actor, kind=EXPORT, request=request, today=today)

    def look(self, actor: Actor, job_id: int) -> JobRow:
        with self.db.reading() as session:
            row = get_job(session, actor, job_id)
        assert row
        return row

    async def export(self, actor: Actor, **asked: Any) -> Path:
        """Ask and wait; the file."""
        job_id = self.ask(actor, **asked)
        assert await runner.run_next(self.db)
        row = self.look(actor, job_id)
        assert row.state is State.DONE, (row.message, row.message_params)
        return files.file_of(job_id, 1)

    async def rows(self, actor: Actor, **asked: Any) -> list[list[str]]:
        """The lines of a CSV file, without the header."""
        with (await self.export(actor, **asked)).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]

    async def names(self, actor: Actor, **asked: Any) -> list[str]:
        return [row[0] for row in await self.rows(actor, **asked)]

    def seen(self, actor: Actor, address: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
        """What the list itself shows."""
        with self.db.reading() as session:
            known = load_known(session, today=local_today(tz=get_settings().zone))
            query = parse_query(list_for(actor, known), {"f": address, "size": "200"}, known).query
            page = find_page(session, actor, query, known)
            return [row.cells for row in list_rows(session, actor, page.ids, ("name", *columns), known)]

    def recorded(self) -> list[AuditEntry]:
        with self.db.reading() as session:
            return list(session.exec(select(AuditEntry).where(AuditEntry.action == Action.CUSTOMER_EXPORTED)).all())


@pytest.fixture
def shop(db: Database, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Two customers of a rep, one of his colleague, one of another department, and a deleted one."""
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "jobs")
    monkeypatch.setitem(kinds.KINDS, EXPORT.code, EXPORT)
    with db.writing() as session:
        seed_presets(session)
        for n, (owner, name, more) in enumerate(
            (
                (office.sales, "甲公司", {"level": "intent"}),
                (office.sales, "乙公司", {"level": "won", "total_amount": Decimal("12345.60"), "order_count": 2}),
                (office.sales2, "丙公司", {"level": "intent"}),
                (office.outsider, "丁公司", {"level": "intent"}),
                (office.sales, "已删公司", {"deleted_at": datetime(2024, 1, 1, tzinfo=UTC)}),
            )
        ):
            made_at = datetime(2024, 5, 1 + n, 16, 30, tzinfo=UTC)
            fields: dict[str, Any] = {"name": name, "created_at": made_at, **more}
            made = make_customer(session, owner=owner, **fields)
            index_customer(session, made.id or 0)
    return Shop(db, office)


def by_name(db: Database, name: str) -> Customer:
    with db.reading() as session:
        return session.exec(select(Customer).where(Customer.name == name)).one()


class TestWhichRows:
    async def test_the_filter_in_the_order_of_the_list(self, shop: Shop) -> None:
        admin = shop.office.admin
        assert await shop.names(admin) == ["丁公司", "丙公司", "乙公司", "甲公司"]
        assert await shop.names(admin, address="f=level.in.intent&sort=created") == ["甲公司", "丙公司", "丁公司"]
        assert await shop.names(admin, address="q=乙公司&page=7&size=20&cols=name") == ["乙公司"]
        assert await shop.names(admin, address="f=level.in.intent&sort=level", rows="all") != []
        assert len(await shop.names(admin, address="f=level.in.intent&q=丁公司", rows="all")) == 4

    async def test_nobody_gets_what_he_does_not_reach(self, shop: Shop) -> None:
        office = shop.office
        assert await shop.names(office.manager, rows="all") == ["丙公司", "乙公司", "甲公司"]
        assert len(await shop.names(office.marketing, rows="all")) == 4
        for who in (office.sales, office.service, office.service_lead, office.finance):
            with pytest.raises(Forbidden):
                shop.ask(who, rows="all")

    async def test_the_narrower_of_seeing_and_exporting_counts(self, shop: Shop) -> None:
        with shop.db.writing() as session:
            role_id = session.get_one(User, shop.office.manager.user_id).role_id
            for grant in session.exec(select(RoleGrant).where(RoleGrant.role_id == role_id)).all():
                if grant.permission == Permission.CUSTOMER_EXPORT:
                    grant.reach = Reach.OWN
            session.add(
                Collaborator(customer_id=by_name(shop.db, "丙公司").id or 0, user_id=shop.office.manager.user_id)
            )
        forget_rights()
        assert await shop.names(shop.office.manager, rows="all") == ["丙公司"]
        forget_rights()

    async def test_a_filter_that_makes_no_sense_any_more_exports_nothing(self, shop: Shop) -> None:
        with pytest.raises(Refused, match=r"directory\.export\.nonsense"):
            shop.ask(shop.office.admin, address="f=level.in.intent;tags.any.99999")
        with shop.db.writing() as session:
            tag = Tag(kind="free", name="展会")
            session.add(tag)
            session.flush()
            tag_id = tag.id
        job_id = shop.ask(shop.office.admin, address=f"f=tags.any.{tag_id}")
        with shop.db.writing() as session:
            session.delete(session.get_one(Tag, tag_id))
        assert await runner.run_next(shop.db)
        row = shop.look(shop.office.admin, job_id)
        assert (row.state, row.message) == (State.FAILED, "directory.export.nonsense")
        assert not files.file_of(job_id, 1).exists()

    async def test_many_come_in_chunks_and_in_order(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "CHUNK", 7)
        first = datetime(2025, 1, 1, tzinfo=UTC)
        with shop.db.writing() as session:
            session.execute(
                insert(table_of(Customer)),
                [
                    {
                        "number": f"X-{n}",
                        "number_sort": f"{n:03d}",
                        "name": f"批量{n:03d}",
                        "industry": "MFG",
                        "created_at": first,
                        "updated_at": first,
                        "owner_id": shop.office.sales.user_id,
                    }
                    for n in range(100)
                ],
            )
        names = await shop.names(shop.office.admin, address="f=created.within.2025&sort=number")
        assert names == [f"批量{n:03d}" for n in range(100)]

    @pytest.mark.parametrize("format", [FileFormat.XLSX, FileFormat.PDF])
    async def test_more_than_a_file_holds_is_refused(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, format: FileFormat
    ) -> None:
        monkeypatch.setitem(jobs.MOST_ROWS, format, 3)
        job_id = shop.ask(shop.office.admin, format=format)
        assert await runner.run_next(shop.db)
        row = shop.look(shop.office.admin, job_id)
        assert (row.message, row.message_params["format"]) == ("directory.export.too_many", format.upper())
        assert len(await shop.names(shop.office.admin)) == 4


class TestMasking:
    @pytest.mark.parametrize("who", ["manager", "marketing", "admin"])
    async def test_contacts_are_as_the_list_shows_them(self, shop: Shop, who: str) -> None:
        actor = getattr(shop.office, who)
        rows = await shop.rows(actor, fields=CONTACTS)
        assert rows == [list(cells) for cells in shop.seen(actor, "", CONTACTS)]
        assert all("****" in mobile and name == "张*" for name, mobile, *_ in rows)
        assert shop.recorded()[0].detail["revealed"] == 0

    async def test_whoever_may_gets_them_in_full_and_that_is_recorded(self, shop: Shop) -> None:
        with shop.db.writing() as session:
            session.add(
                Collaborator(customer_id=by_name(shop.db, "丁公司").id or 0, user_id=shop.office.manager.user_id)
            )
        rows = await shop.rows(shop.office.manager, fields=["name", "contact", "mobile"], full=True)
        assert len(rows) == 4
        assert all(contact == "张三" and len(mobile) == 11 and "*" not in mobile for _, contact, mobile in rows)
        assert shop.recorded()[0].detail["revealed"] == 4

    async def test_full_is_full_only_where_it_may_be(self, shop: Shop) -> None:
        with shop.db.writing() as session:
            role = session.exec(select(Role).where(Role.code == "marketing_manager")).one()
            session.add(RoleGrant(role_id=role.id or 0, permission=Permission.CUSTOMER_REVEAL, reach=Reach.OWN))
            session.add(
                Collaborator(customer_id=by_name(shop.db, "甲公司").id or 0, user_id=shop.office.marketing.user_id)
            )
        forget_rights()
        grants = {**shop.office.marketing.grants, Permission.CUSTOMER_REVEAL: Reach.OWN}
        actor = dataclasses.replace(shop.office.marketing, grants=grants)
        rows = await shop.rows(actor, fields=["name", "contact"], full=True)
        assert dict(rows) == {"甲公司": "张三", "乙公司": "张*", "丙公司": "张*", "丁公司": "张*"}
        assert shop.recorded()[0].detail["revealed"] == 1
        forget_rights()

    async def test_whoever_may_not_can_not_ask(self, shop: Shop) -> None:
        with pytest.raises(Forbidden):
            shop.ask(shop.office.marketing, full=True)

    async def test_the_right_is_that_of_the_run(self, shop: Shop) -> None:
        job_id = shop.ask(shop.office.manager, full=True)
        with shop.db.writing() as session:
            role = session.exec(select(Role).where(Role.code == "marketing_manager")).one()
            session.get_one(User, shop.office.manager.user_id).role_id = role.id or 0
        assert await runner.run_next(shop.db)
        assert shop.look(shop.office.manager, job_id).message == "error.forbidden"


class TestContent:
    @pytest.fixture
    def rich(self, shop: Shop) -> Shop:
        """甲公司 with something in every field."""
        with shop.db.writing() as session:
            customer = session.exec(select(Customer).where(Customer.name == "甲公司")).one()
            customer.note = "第一行\n第二行 🚀"
            customer.name = "=1+1"
            customer.main_business = "+86 开头"
            customer.province, customer.city, customer.district = "440000", "440300", "440305"
            customer.founded_on = date(2001, 2, 3)
            customer.next_follow_up_at = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
            customer.expected_amount = Decimal("1000000.01")
            tags = [Tag(kind="free", name=name) for name in ("展会", "@重点")]
            session.add_all(tags)
            session.flush()
            session.add_all(CustomerTag(customer_id=customer.id or 0, tag_id=tag.id or 0) for tag in tags)
        return shop

    async def test_a_workbook_has_all_fields_with_real_types(self, rich: Shop) -> None:
        path = await rich.export(rich.office.admin, fields=SHOWN, format="xlsx", address="f=founded.filled")
        with path.open("rb") as file:
            head, row = list(load_workbook(file)["客户"].iter_rows(values_only=True))
        assert head[:4] == ("客户名称", "客户编号", "客户等级", "所属行业")
        assert len(head) == len(SHOWN)
        cells = dict(zip(SHOWN, row, strict=True))
        assert cells["name"] == "=1+1"
        assert cells["note"] == "第一行\n第二行 🚀"
        assert cells["business"] == "+86 开头"
        assert cells["tags"] == "展会、@重点"
        assert (cells["level"], cells["industry"], cells["owner"]) == ("意向客户", "制造业", "李销售")
        assert cells["region"] == "广东 深圳 南山区"
        assert cells["founded"] == WALL("2001-02-03")
        assert cells["created"] == WALL("2024-05-02 00:30")
        assert cells["next_follow_up"] == WALL("2027-01-01 00:30")
        assert (cells["expected"], cells["orders"], cells["silent"]) == (1000000.01, 0, None)
        assert str(cells["mobile"]).startswith("138****")

    async def test_a_text_file_has_the_same_with_formulas_made_text(self, rich: Shop) -> None:
        fields = ["name", "note", "business", "expected", "orders", "created", "founded", "total"]
        (row,) = await rich.rows(rich.office.admin, fields=fields, address="f=founded.filled")
        assert row == [
            "'=1+1", "第一行\n第二行 🚀", "'+86 开头", "1000000.01", "0", "2024-05-02 00:30", "2001-02-03", "0.00",
        ]  # fmt: skip

    async def test_a_printed_list_says_what_it_is(self, rich: Shop) -> None:
        fields = ["name", "mobile", "level", "expected", "founded", "created", "note"]
        path = await rich.export(rich.office.admin, fields=fields, format="pdf", address="f=founded.filled")
        with PdfDocument(path) as document:
            assert len(document) == 1
            text = document[0].get_textpage().get_text_range()
        for said in ("成立时间 不为空", "共 1 个客户", "导出人:管理员", "客户名称", "预计金额", "第 1 / 1 页"):
            assert said in text
        for cell in ("=1+1", "138****", "意向客户", "1,000,000.01", "2001-02-03", "2024-05-02 00:30", "第二行 □"):
            assert cell in text

    async def test_fields_stand_in_the_order_that_was_asked_for(self, shop: Shop) -> None:
        rows = await shop.rows(shop.office.admin, fields=["owner", "number", "name"], address="f=name.is.乙公司")
        assert [row[0::2] for row in rows] == [["李销售", "乙公司"]]

    async def test_labels_are_in_the_owners_language(self, shop: Shop) -> None:
        with shop.db.writing() as session:
            session.get_one(User, shop.office.admin.user_id).language = "en"
        path = await shop.export(shop.office.admin, fields=["name", "level"], address="f=name.is.乙公司")
        assert path.read_text(encoding="utf-8-sig").splitlines() == ["Name,Level", "乙公司,Won"]

    @pytest.mark.parametrize(
        "fields",
        [[], ["nothing"], ["name", "deal"], ["name", "deleted_at"], ["followed"], ["name; DROP TABLE customer"]],
    )
    def test_fields_that_no_list_shows_can_not_be_asked_for(self, shop: Shop, fields: list[str]) -> None:
        with pytest.raises(CrmError):
            shop.ask(shop.office.admin, fields=fields)

    def test_every_field_of_the_list_can_be_exported(self) -> None:
        from crm_app.directory.queries import values

        linked = {*CONTACTS, "tags", "collaborator", "anomaly"}
        assert values._COLUMNS.keys() | linked == {key for key, field in DIRECTORY.fields.items() if field.shown}


class TestTrace:
    async def test_who_filter_fields_rows_and_format(self, shop: Shop) -> None:
        await shop.export(
            shop.office.manager,
            fields=["name", "mobile"],
            address="f=level.in.intent;mobile.contains.13800000001&q=公司",
        )
        (entry,) = shop.recorded()
        assert (entry.username, entry.subject_kind) == ("manager", "customer")
        assert entry.detail == {
            "filter": "level.in.intent;mobile.contains.… q=公司",
            "fields": "name,mobile",
            "format": "csv",
            "rows": 0,
            "revealed": 0,
        }

    async def test_numbers_that_were_searched_for_are_not_kept(self, shop: Shop) -> None:
        await shop.export(shop.office.manager, address="q=13812345678")
        assert "12345678" not in str(shop.recorded()[0].detail)
