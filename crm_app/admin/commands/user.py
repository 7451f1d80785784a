"""`crm user add|disable|reset`: accounts from the machine's own terminal."""

from typing import Annotated

import typer

from crm_app.access.permissions import PRESET_ROLES
from crm_app.admin import service
from crm_app.admin.commands import ready_database, refusals_told
from crm_app.admin.queries import get_department
from crm_app.admin.schemas import NewPassword
from crm_app.catalogue import say

app = typer.Typer(name="user", no_args_is_help=True, add_completion=False, help="Accounts 账号.")

Username = Annotated[str, typer.Argument(help="What the person types at sign-in 用户名")]


@app.command()
def add(
    username: Annotated[str, typer.Option(prompt="用户名 Username")],
    name: Annotated[str, typer.Option(prompt="姓名 Name")],
    role: Annotated[
        str,
        typer.Option(prompt=f"角色 Role ({', '.join(PRESET_ROLES)})", help=f"One of {', '.join(PRESET_ROLES)} 角色"),
    ],
    department: Annotated[str, typer.Option(help="The department's name 部门")] = "",
) -> None:
    """Make an account; its password is printed once and must be changed at the first sign-in 新建账号."""
    with refusals_told() as language, ready_database().writing() as session:
        department_id = get_department(session, department).id if department else None
        made = service.create_account(
            session, None, username=username, name=name, role_code=role, department_id=department_id
        )
    _tell(made, language, "admin.user.added")


@app.command()
def disable(username: Username) -> None:
    """Shut an account out; its sessions end at once 停用账号."""
    with refusals_told() as language, ready_database().writing() as session:
        service.disable_account(session, None, username=username)
    typer.echo(say(language, "admin.user.disabled", username=username))


@app.command()
def reset(username: Username) -> None:
    """Give an account a new password; it is printed once and must be changed at the next sign-in 重置密码."""
    with refusals_told() as language, ready_database().writing() as session:
        made = service.reset_password(session, None, username=username)
    _tell(made, language, "admin.user.reset")


def _tell(made: NewPassword, language: str, key: str) -> None:
    typer.echo(say(language, key, username=made.username))
    typer.echo(say(language, "admin.user.password", password=made.password))
