"""`crm demo`: demonstration data of any size."""

import time
from datetime import datetime
from datetime import time as clock
from typing import Annotated

import typer

from crm_app.access.passwords import hash_password, make_password
from crm_app.admin.commands import ready_database, refusals_told
from crm_app.admin.demo.service import SEED, SMALL, DemoLoaded, load_demo
from crm_app.admin.queries import has_customers
from crm_app.admin.service import seed_roles
from crm_app.catalogue import say
from crm_app.core.clock import utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.options.service import seed_presets

app = typer.Typer(add_completion=False, help="Demonstration data 演示数据.")
_END_OF_WORK = clock(18, 0)


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many customers 客户数")] = SMALL[0],
    follow_ups: Annotated[int, typer.Option(min=0, help="How many follow-ups 跟进数")] = SMALL[1],
    seed: Annotated[int, typer.Option(help="The same seed and date give the same data 随机种子")] = SEED,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; else as of now 日期")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Also where there are customers already 追加到已有数据")] = False,
) -> None:
    """Load made-up customers with contacts, follow-ups, tasks and deals; all of it or nothing 载入虚构数据."""
    settings = get_settings()
    password = settings.demo_password or make_password()
    now = datetime.combine(on, _END_OF_WORK, tzinfo=settings.zone) if on else utcnow()
    began = time.monotonic()
    with refusals_told() as language, ready_database().writing() as session:
        if not add and has_customers(session):
            raise Refused("error.demo.not_empty")
        seed_roles(session)
        seed_presets(session)
        loaded = load_demo(
            session,
            customers=customers,
            follow_ups=follow_ups,
            seed=seed,
            now=now,
            password_hash=hash_password(password),
        )
    _tell(loaded, language, password, time.monotonic() - began)


def _tell(loaded: DemoLoaded, language: str, password: str, seconds: float) -> None:
    typer.echo(
        say(
            language,
            "admin.demo.loaded",
            customers=f"{loaded.customers:,}",
            follow_ups=f"{loaded.follow_ups:,}",
            seconds=f"{seconds:.1f}",
        )
    )
    if loaded.hired:
        typer.echo(say(language, "admin.demo.hired", accounts=loaded.hired, password=password))
