"""Every handler and route of the running server, attacked as every role; and proof that the attack finds holes."""

import asyncio
import json
import re
import uuid
from itertools import product
from typing import Any

import pytest
from sqlmodel import Session, select
from yarl import URL

from crm_app.access.permissions import PRESET_ROLES
from crm_app.access.sessions import end_all_sessions, start_session
from crm_app.core.clock import utcnow
from crm_app.models import Role, User
from tests.attack.campaign import NARROWEST, WIDEST, Campaign, read_handlers
from tests.attack.conftest import SOUND, TWIN, Running
from tests.attack.findings import Findings
from tests.attack.mutants import MUTANTS
from tests.attack.outcome import content_of
from tests.attack.wire import HYDRATE, Refused, Server
from tests.attack.world import CANARY, MARK, STRANGERS, remember_grants, server_set, unguessable
from tests.factories import make_user

ROUTES = {
    "": "where the socket and the pages hang",
    "/_event": "the socket: attacked below",
    "/_health": "closed by the edge or harmless",
    "/ping": "tells that the server runs",
    "/api/auth/sign-in": "tests/access/test_api.py",
    "/api/auth/sign-out": "tests/access/test_api.py",
    "/api/auth/password": "tests/access/test_api.py",
    "/api/auth/setup": "tests/admin/test_api.py",
    "/api/imports": "tests/importing/test_api.py",
    "/api/imports/template": "tests/importing/test_api.py",
    "/api/jobs/{job_id:int}/file": "tests/background/test_api.py",
}
"""Every HTTP route with where it is attacked; a new one has to be put here."""


def shown(frames: list[str]) -> str:
    """Everything in the frames, readable."""
    return json.dumps([content_of(frame) for frame in frames], ensure_ascii=False)


async def test_every_handler_as_every_role(running: dict[str, Running]) -> None:
    found = Findings()
    world = running[SOUND].world
    grants = remember_grants(world)
    people = list(world.people)
    # One of each role; the other two sales reps are there to be robbed.
    roles = [who for who in people if who not in ("sales2", "outsider")]
    async with asyncio.TaskGroup() as both:
        both.create_task(_attack_from_outside(running[SOUND], found, roles))
        both.create_task(_attack_from_inside(running[TWIN], found, roles))
    print(found.report((*people, *STRANGERS)))  # noqa: T201 - what `make attack` shows.
    assert not found.violations, found.report((*people, *STRANGERS))
    assert found.attempts > 8_000
    assert {world.people[who].role_code for who in people} == set(PRESET_ROLES)
    for server in (running[SOUND], running[TWIN]):
        assert remember_grants(server.world) == grants
        assert server_set(server.world) == []


async def _attack_from_outside(running: Running, found: Findings, roles: list[str]) -> None:
    """What nobody may do, and malformed calls of who may do least."""
    async with Server.at(running.url) as server:
        campaign = Campaign(server, running.world, read_handlers(running.registered), found)
        await campaign.run(campaign.everything_is_declared)
        await campaign.run(campaign.refused, *STRANGERS, *roles)
        await campaign.run(campaign.out_of_reach, *roles)
        await campaign.run(campaign.undeclared, "anonymous", "admin")
        await campaign.run(campaign.spoofed, "anonymous", "sales")
        await campaign.run(campaign.garbage)
        await campaign.run(campaign.fuzzed, NARROWEST)


async def _attack_from_inside(running: Running, found: Findings, roles: list[str]) -> None:
    """What people may do, and malformed calls of who may do most."""
    async with Server.at(running.url) as server:
        campaign = Campaign(server, running.world, read_handlers(running.registered), found)
        await campaign.run(campaign.works, *STRANGERS, *roles)
        await campaign.run(campaign.fuzzed, WIDEST)


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
async def test_the_attack_finds_a_hole(running: dict[str, Running], mutant: str) -> None:
    broken, (_, words) = running[mutant], MUTANTS[mutant]
    found = Findings(first_only=True)
    async with Server.at(broken.url) as server:
        campaign = Campaign(server, broken.world, read_handlers(broken.registered), found)
        await campaign.run(campaign.everything_is_declared)
        await campaign.run(campaign.refused, "anonymous", "service", "sales")
        await campaign.run(campaign.out_of_reach, "sales", "manager")
        await campaign.run(campaign.works, "sales", "service")
    assert found.violations, f"nobody noticed {mutant}"
    # For this hole, and not for another that every variant has.
    assert words in found.violations[0].problem, str(found.violations[0])


async def test_every_route_is_known(running: dict[str, Running]) -> None:
    assert set(running[SOUND].registered["routes"]) - ROUTES.keys() == set()


@pytest.mark.parametrize(
    ("path", "method"), list(product(["/_upload", "/_upload/x", "/_upload/%2e%2e/crm.db"], ["GET", "POST", "PUT"]))
)
async def test_uploads_are_closed_to_everybody(running: dict[str, Running], path: str, method: str) -> None:
    sound = running[SOUND]
    async with Server.at(sound.url) as server:
        for who in ("anonymous", "admin"):
            cookie = f"crm_session={sound.world.cookies[who]}"
            headers = {"Cookie": cookie, "Origin": sound.url, "reflex-client-token": str(uuid.uuid4())}
            url = URL(sound.url + path, encoded=True)
            async with server.http.request(method, url, headers=headers, data=b"x" * 1000) as answer:
                assert answer.status in {404, 405}
                assert not CANARY.search(await answer.text())


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "file://"])
async def test_no_other_site_opens_a_socket(running: dict[str, Running], origin: str) -> None:
    sound = running[SOUND]
    async with Server.at(sound.url) as server:
        with pytest.raises(Refused):
            await server.connect(sound.world.cookies["admin"], origin=origin)


async def test_there_is_no_other_way_to_the_socket_than_a_websocket(running: dict[str, Running]) -> None:
    sound = running[SOUND]
    async with Server.at(sound.url) as server:
        url = f"{sound.url}/_event/?EIO=4&transport=polling&token={uuid.uuid4()}"
        for method in ("GET", "POST"):
            async with server.http.request(method, url, data=b"40/_event,", headers={"Origin": sound.url}) as answer:
                assert answer.status >= 400, await answer.text()


class TestOneTabAndSeveralPeople:
    """What an attacker does who got hold of a tab's token, or of the tab itself."""

    @pytest.fixture
    def sound(self, running: dict[str, Running]) -> Running:
        return running[SOUND]

    async def loaded(self, server: Server, sound: Running, cookie: str, token: str) -> str:
        """Open a tab under a token, fill it, leave it; returns what it held."""
        load = read_handlers(sound.registered)["Sessions.load"]
        async with server.tab(cookie, token=token) as tab:
            await tab.send(load.event, path="/account/sessions")
            return shown(await tab.settled())

    @pytest.mark.parametrize("thief", ["anonymous", "outsider", "disabled", "signed_out", "invented"])
    async def test_a_stolen_token_opens_nothing(self, sound: Running, thief: str) -> None:
        token, cookie = str(uuid.uuid4()), sound.world.cookies.get(thief, unguessable())
        async with Server.at(sound.url) as server:
            assert "陈经理" in await self.loaded(server, sound, sound.world.cookies["manager"], token)
            async with server.tab(cookie, token=token) as tab:
                await tab.send("reflex___state____state.hydrate_and_load", {})
                seen = shown(await tab.settled())
        assert "陈经理" not in seen
        assert '"manager"' not in seen

    async def test_nor_while_its_owner_is_there(self, sound: Running) -> None:
        token = str(uuid.uuid4())
        load = read_handlers(sound.registered)["Sessions.load"]
        owner, thief = sound.world.cookies["manager"], sound.world.cookies["outsider"]
        async with (
            Server.at(sound.url) as server,
            server.tab(owner, token=token) as mine,
            server.tab(thief, token=token) as theirs,
        ):
            await mine.send(load.event, path="/account/sessions")
            assert "陈经理" in shown(await mine.settled())
            assert "陈经理" not in shown(await theirs.settled())

    async def test_a_closed_session_is_not_sent_what_it_had_loaded(self, sound: Running) -> None:
        token = str(uuid.uuid4())
        cookie, _ = sound.world.sign_in("manager")
        async with Server.at(sound.url) as server:
            assert "陈经理" in await self.loaded(server, sound, cookie, token)
            headers = {"Cookie": f"crm_session={cookie}", "Origin": sound.url}
            async with server.http.post(f"{sound.url}/api/auth/sign-out", json={}, headers=headers) as answer:
                assert answer.status == 200
            async with server.tab(cookie, token=token) as tab:
                assert "陈经理" not in shown(await tab.settled())

    async def test_two_tabs_of_one_person_work_side_by_side(self, sound: Running) -> None:
        cookie, _ = sound.world.sign_in("sales")
        load = read_handlers(sound.registered)["Sessions.load"]
        async with Server.at(sound.url) as server, server.tab(cookie) as one, server.tab(cookie) as two:
            for tab in (one, two):
                await tab.send(load.event, path="/account/sessions")
            for tab in (one, two):
                assert "李销售" in shown(await tab.settled())


class TestATabThatStaysOpen:
    """What is pushed to a page whose person may not see it any more."""

    @staticmethod
    def ended(session: Session, user: User, how: str) -> None:
        """What happens elsewhere: no event of the tab itself tells the server."""
        if how == "disabled":
            user.disabled_at = utcnow()
        elif how == "signed out elsewhere":
            end_all_sessions(session, user.id or 0)
        else:
            role = session.exec(select(Role).where(Role.code == "sales_rep")).one()
            user.role_id = role.id or 0

    @pytest.mark.parametrize("how", ["disabled", "signed out elsewhere", "demoted"])
    async def test_is_sent_nothing_of_what_others_save(self, running: dict[str, Running], how: str) -> None:
        world, url = running[TWIN].world, running[TWIN].url
        handlers = read_handlers(running[TWIN].registered)
        target = world.make_target("sales")
        with world.db.writing() as session:
            finance = world.people["finance"]
            role_id = session.get_one(User, finance.user_id).role_id
            visitor = make_user(session, username=f"v{target.no}", role_id=role_id, department_id=finance.department_id)
            visitor_id = visitor.id or 0
            cookie = start_session(session, user=visitor, address="127.0.0.1", device="attack")
        page: dict[str, Any] = {"path": f"/customers/{target.number}", "number": target.number}
        save = handlers["Facts.save"].event
        async with (
            Server.at(url) as server,
            server.tab(cookie) as watching,
            server.tab(world.cookies["sales"]) as owner,
        ):
            await watching.send(handlers["CustomerPage.load"].event, **page)
            assert f"CNRT{target.no:06d}" in shown(await watching.settled(**page))
            await owner.send(save, {"field": "note", "value": "while he sees it", "version": target.version}, **page)
            await watching.heard("while he sees it")
            with world.db.writing() as session:
                self.ended(session, session.get_one(User, visitor_id), how)
            await owner.send(save, {"field": "note", "value": "ever after", "version": target.version + 1}, **page)
            pushed = await watching.heard('"missing"' if how == "demoted" else "/login")
        assert "ever after" not in shown(pushed)
        assert not CANARY.search("".join(pushed))


async def test_the_server_answers_others_while_one_tab_floods(running: dict[str, Running]) -> None:
    sound = running[SOUND]
    async with Server.at(sound.url) as server, server.tab() as flooder:
        for _ in range(500):
            await flooder.send(HYDRATE)
        async with asyncio.timeout(2):
            answer = await server.http.get(f"{sound.url}/ping")
        assert answer.status == 200


@pytest.mark.parametrize("name", [SOUND, TWIN])
def test_z_no_secret_reached_a_log(running: dict[str, Running], name: str) -> None:
    """Last of all: what everything before made the sound servers write."""
    sound = running[name]
    written = sound.log.read_text(encoding="utf-8", errors="replace")
    secrets = {cookie for cookie in sound.world.cookies.values() if cookie}
    assert not [line for line in written.splitlines() if any(secret in line for secret in secrets)]
    assert not CANARY.search(written)
    assert [line for line in written.splitlines() if MARK in line and "a browser reports: " not in line] == []
    assert not re.search(r"token=(?!…)\S", written)
    assert "Traceback" not in written
    assert "Application callable raised" not in written
    assert not re.search(r"handler \S+ failed", written), written[-3000:]
