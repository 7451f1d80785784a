"""Sessions on both engines: how they start, what they resolve to, and everything that ends them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from crm_app.access import people, sessions
from crm_app.access.audit import Action
from crm_app.access.permissions import Permission, Reach
from crm_app.core.clock import frozen, utcnow
from crm_app.core.db import Database
from crm_app.core.errors import NotFound, Refused
from crm_app.models import AuditEntry, Department, RoleGrant, SignInTry, User, UserSession
from tests.factories import PASSWORD, Office, sign_in

HOME, AWAY = "10.0.0.5", "198.51.100.7"


def fail(db: Database, username: str, address: str = AWAY) -> str:
    """One try with a wrong password, committed as the route does; returns what the person is told."""
    with db.writing() as session:
        try:
            attempt = sessions.begin_attempt(session, username=username, address=address)
        except Refused as refused:
            return refused.code
        fits = attempt.fits("wrong")
        assert sessions.finish_sign_in(session, attempt, fits=fits, device="") is None
        return "error.sign_in.wrong"


def succeed(db: Database, username: str, address: str = AWAY) -> str:
    with db.writing() as session:
        return sign_in(session, username=username, password=PASSWORD, address=address)


def resolves(db: Database, token: str) -> bool:
    with db.reading() as session:
        return sessions.resolve(session, token) is not None


def audit(session: Session, action: Action) -> list[AuditEntry]:
    return list(session.exec(select(AuditEntry).where(AuditEntry.action == action)).all())


class TestSigningIn:
    def test_the_database_never_holds_the_cookies_value(self, quick_people: Office, db: Database) -> None:
        token = succeed(db, " SALES ")
        with db.reading() as session:
            stored = session.exec(select(UserSession.digest)).all()
        assert token not in stored
        assert sessions.digest(token) in stored
        assert len(token) >= 43

    def test_each_sign_in_gets_a_value_of_its_own(self, quick_people: Office, db: Database) -> None:
        assert len({succeed(db, "sales") for _ in range(5)}) == 5

    def test_unknown_wrong_and_disabled_read_alike_and_take_one_hash_check_each(
        self, quick_people: Office, db: Database, hashes: list[str]
    ) -> None:
        with db.writing() as session:
            session.get_one(User, quick_people.sales2.user_id).disabled_at = utcnow()
        assert {fail(db, name) for name in ("nobody-here", "sales", "sales2")} == {"error.sign_in.wrong"}
        assert len(hashes) == 3
        with pytest.raises(Refused, match=r"error\.sign_in\.wrong"), db.writing() as session:
            sign_in(session, username="sales2", password=PASSWORD, address=AWAY)

    def test_a_password_changed_while_it_was_checked_opens_nothing(self, quick_people: Office, db: Database) -> None:
        with db.writing() as session:
            attempt = sessions.begin_attempt(session, username="sales", address=AWAY)
            session.get_one(User, quick_people.sales.user_id).password_hash = "quick:another"
            assert sessions.finish_sign_in(session, attempt, fits=True, device="") is None

    def test_what_is_typed_into_the_name_field_by_mistake_is_not_kept(self, quick_people: Office, db: Database) -> None:
        fail(db, "my-secret-password")
        with db.reading() as session:
            tries = session.exec(select(SignInTry.username)).all()
            entries = [entry.model_dump_json() for entry in audit(session, Action.SIGN_IN_FAILED)]
        assert len(tries) == len(entries) == 1
        assert "my-secret-password" not in str(tries) + str(entries)


class TestLocking:
    def test_five_failures_lock_before_any_hashing_and_a_thousand_guesses_cost_five_checks(
        self, quick_people: Office, db: Database, hashes: list[str]
    ) -> None:
        answers = [fail(db, "sales") for _ in range(1000)]
        assert answers[:5] == ["error.sign_in.wrong"] * 5
        assert set(answers[5:]) == {"error.sign_in.locked"}
        assert len(hashes) == 5

    def test_even_the_right_password_waits(self, quick_people: Office, db: Database) -> None:
        for _ in range(5):
            fail(db, "sales")
        with pytest.raises(Refused) as refused, db.writing() as session:
            sign_in(session, username="sales", password=PASSWORD, address=AWAY)
        assert (refused.value.code, refused.value.params) == ("error.sign_in.locked", {"minutes": 10})

    def test_a_name_that_does_not_exist_locks_the_same(self, quick_people: Office, db: Database) -> None:
        assert [fail(db, "nobody-here") for _ in range(6)][-1] == "error.sign_in.locked"

    def test_one_address_trying_many_names_is_stopped(
        self, quick_people: Office, db: Database, hashes: list[str]
    ) -> None:
        for n in range(200):
            fail(db, f"name{n}")
        assert len(hashes) == sessions.STRANGER_TRIES

    def test_one_name_tried_from_many_addresses_is_stopped(
        self, quick_people: Office, db: Database, hashes: list[str]
    ) -> None:
        for n in range(200):
            fail(db, "sales", f"198.51.100.{n}")
        assert len(hashes) == sessions.STRANGER_TRIES

    def test_nobody_can_lock_a_person_out_of_where_he_has_signed_in_before(
        self, quick_people: Office, db: Database
    ) -> None:
        succeed(db, "sales", HOME)
        for n in range(50):
            fail(db, "sales", f"198.51.100.{n}")
        for n in range(50):
            fail(db, f"name{n}", HOME)
        assert succeed(db, "sales", HOME)
        assert fail(db, "sales2", HOME) == "error.sign_in.locked"

    def test_a_familiar_place_is_still_counted(self, quick_people: Office, db: Database, hashes: list[str]) -> None:
        succeed(db, "sales", HOME)
        before = len(hashes)
        for _ in range(100):
            fail(db, "sales", HOME)
        assert len(hashes) - before == sessions.TRIES

    def test_the_lock_ends_after_ten_minutes_and_old_failures_stop_counting(
        self, quick_people: Office, db: Database
    ) -> None:
        start = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
        with frozen(start):
            for _ in range(5):
                fail(db, "sales")
        with frozen(start + timedelta(minutes=9)):
            assert fail(db, "sales") == "error.sign_in.locked"
        with frozen(start + timedelta(minutes=10)):
            assert fail(db, "sales") == "error.sign_in.wrong"
            assert fail(db, "sales") == "error.sign_in.locked"
        with frozen(start + timedelta(minutes=26)):
            assert [fail(db, "sales") for _ in range(5)] == ["error.sign_in.wrong"] * 5

    def test_success_ends_the_count(self, quick_people: Office, db: Database) -> None:
        for _ in range(3):
            for _ in range(4):
                fail(db, "sales")
            succeed(db, "sales")
        assert fail(db, "sales") == "error.sign_in.wrong"

    def test_a_lock_is_traced_once_and_tries_are_forgotten_after_a_day(
        self, quick_people: Office, db: Database
    ) -> None:
        for _ in range(30):
            fail(db, "sales")
        with db.reading() as session:
            assert len(audit(session, Action.ACCOUNT_LOCKED)) == 1
            assert len(audit(session, Action.SIGN_IN_FAILED)) == 5
        with frozen(utcnow() + timedelta(days=2)):
            fail(db, "sales2")
        with db.reading() as session:
            assert len(session.exec(select(SignInTry)).all()) == 1


class TestEnding:
    def test_idle(self, quick_people: Office, db: Database) -> None:
        token = succeed(db, "sales")
        with frozen(utcnow() + timedelta(hours=11, minutes=59)):
            assert resolves(db, token)
        with frozen(utcnow() + timedelta(hours=12, minutes=1)):
            assert not resolves(db, token)

    def test_use_keeps_it_alive_but_not_for_ever(self, quick_people: Office, db: Database) -> None:
        start = utcnow()
        token = succeed(db, "sales")
        for hours in range(6, 7 * 24, 6):
            with frozen(start + timedelta(hours=hours)), db.writing() as session:
                actor = sessions.resolve(session, token)
                assert actor is not None, hours
                sessions.touch(session, actor.session_id)
        with frozen(start + timedelta(days=7, seconds=1)):
            assert not resolves(db, token)

    def test_touching_writes_at_most_once_a_minute(self, quick_people: Office, db: Database) -> None:
        token = succeed(db, "sales")
        with db.writing() as session:
            row = session.exec(select(UserSession).where(UserSession.digest == sessions.digest(token))).one()
            seen_at = row.seen_at
            with frozen(seen_at + timedelta(seconds=59)):
                sessions.touch(session, row.id or 0)
            session.refresh(row)
            assert row.seen_at == seen_at
            with frozen(seen_at + timedelta(seconds=61)):
                sessions.touch(session, row.id or 0)
            session.refresh(row)
            assert row.seen_at == seen_at + timedelta(seconds=61)

    def test_ended_by_its_owner_only(self, quick_people: Office, db: Database) -> None:
        token = succeed(db, "sales")
        with db.reading() as session:
            actor = sessions.resolve(session, token)
        assert actor is not None
        for session_id in (actor.session_id, 999_999):
            with pytest.raises(NotFound), db.writing() as session:
                sessions.end_session(session, quick_people.sales2, session_id)
        assert resolves(db, token)
        with db.writing() as session:
            sessions.end_session(session, actor, actor.session_id)
        assert not resolves(db, token)

    def test_ending_the_others_keeps_the_one_that_asks(self, quick_people: Office, db: Database) -> None:
        mine, other, colleagues = succeed(db, "sales"), succeed(db, "sales"), succeed(db, "sales2")
        with db.writing() as session:
            actor = sessions.resolve(session, mine)
            assert actor is not None
            sessions.end_other_sessions(session, actor)
        assert [resolves(db, t) for t in (mine, other, colleagues)] == [True, False, True]
        with db.reading() as session:
            assert [e.username for e in audit(session, Action.SESSION_ENDED)] == ["sales"]

    def test_a_disabled_account_resolves_to_nobody(self, quick_people: Office, db: Database) -> None:
        token = succeed(db, "sales")
        with db.writing() as session:
            session.get_one(User, quick_people.sales.user_id).disabled_at = utcnow()
        assert not resolves(db, token)

    @pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 50, "a" * 100_000, "' OR 1=1 --"])
    def test_an_invented_cookie_resolves_to_nobody(self, quick_people: Office, db: Database, token: str) -> None:
        assert not resolves(db, token)

    def test_sessions_that_ended_long_ago_are_forgotten(self, quick_people: Office, db: Database) -> None:
        succeed(db, "sales")
        with frozen(utcnow() + timedelta(days=60)):
            succeed(db, "sales")
            with db.reading() as session:
                rows = session.exec(select(UserSession).where(UserSession.user_id == quick_people.sales.user_id)).all()
        assert len(rows) == 1

    def test_the_list_shows_open_sessions_of_the_actor_only(self, quick_people: Office, db: Database) -> None:
        mine = succeed(db, "sales", HOME)
        succeed(db, "sales2", AWAY)
        with db.writing() as session:
            actor = sessions.resolve(session, mine)
            assert actor is not None
            sessions.end_other_sessions(session, actor)
            rows = sessions.list_sessions(session, actor)
        assert [(row.address, row.current) for row in rows] == [(HOME, True)]


class TestRights:
    def test_what_the_database_holds_and_the_code_does_not_know_grants_nothing(
        self, quick_people: Office, db: Database
    ) -> None:
        token = succeed(db, "sales")
        with db.writing() as session:
            role_id = session.get_one(User, quick_people.sales.user_id).role_id
            session.add(RoleGrant(role_id=role_id, permission="customer:own_everything", reach="all"))
            grant = session.exec(
                select(RoleGrant).where(RoleGrant.role_id == role_id, RoleGrant.permission == "customer:view")
            ).one()
            grant.reach = "universe"
        sessions.forget_rights()
        with db.reading() as session:
            actor = sessions.resolve(session, token)
        assert actor is not None
        assert "customer:own_everything" not in actor.grants
        assert not actor.may(Permission.CUSTOMER_VIEW)
        assert actor.reach(Permission.CUSTOMER_EDIT) is Reach.OWN

    def test_departments_below_whatever_their_order_and_even_in_a_circle(self, db: Database) -> None:
        with db.writing() as session:
            nodes = [Department(name=str(n)) for n in range(5)]
            session.add_all(nodes)
            session.flush()
            ids = [node.id or 0 for node in nodes]
            for child, parent in ((1, 0), (2, 1), (3, 0)):
                nodes[child].parent_id = ids[parent]
            session.flush()
            assert set(people.departments_below(session, ids[0])) == set(ids[:4])
            assert people.departments_below(session, ids[2]) == (ids[2],)
            assert people.departments_below(session, None) == ()
            nodes[0].parent_id = ids[2]
            session.flush()
            assert set(people.departments_below(session, ids[1])) == set(ids[:4])


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) MicroMessenger/8.0 Safari/604", "微信 · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130", "Edge · Windows"),
        ("curl/8", "curl/8"),
        ("", ""),
    ],
)
def test_devices_have_short_names(agent: str, name: str) -> None:
    assert sessions.device_name(agent) == name
