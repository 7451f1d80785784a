"""Who may do what with a view, and how it reads."""

from collections.abc import Mapping, Sequence

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.catalogue import say, texts
from crm_app.core.errors import Refused
from crm_app.core.text import clean_line
from crm_app.views.schemas import Audience, AudienceChoice, View, ViewLine

MAX_NAME = 40
MOST_VIEWS = 100
"""Of one person."""
MOST_PINS = 20
"""Each is counted for its person after others' saves."""
_MOST_SHOWN = 9_999_999


def check_name(name: str) -> str:
    """The name as it is kept. Raises Refused."""
    cleaned = clean_line(name)
    if not cleaned:
        raise Refused("views.problem.no_name")
    if len(cleaned) > MAX_NAME:
        raise Refused("views.problem.long_name", max=MAX_NAME)
    return cleaned


def may_change(actor: Actor, *, owner_id: int, audience: str) -> bool:
    """Whether the actor may say what the view keeps and how it is called.

    A shared one only with the function of sharing, or who lost it could still put anything before everybody's eyes;
    others' shared ones where that function reaches all.
    """
    if audience == Audience.PRIVATE:
        return owner_id == actor.user_id
    return actor.reach(Permission.VIEW_SHARE) is Reach.ALL or (
        owner_id == actor.user_id and actor.may(Permission.VIEW_SHARE)
    )


def may_withdraw(actor: Actor, *, owner_id: int, audience: str) -> bool:
    """Whether the actor may delete the view, or take it back to himself: his own he always may."""
    return owner_id == actor.user_id or may_change(actor, owner_id=owner_id, audience=audience)


def make_line(actor: Actor, view: View, *, path: str, icon: str, standard: bool, count: int | None) -> ViewLine:
    """The view in the actor's language."""
    mine = view.owner_id == actor.user_id
    return ViewLine(
        id=view.id,
        kind=view.kind,
        name=view.name,
        note=_note(actor, view),
        href=f"{path}?view={view.id}",
        icon=icon,
        audience=f"role:{view.role}" if view.audience is Audience.ROLE else view.audience,
        mine=mine,
        changeable=may_change(actor, owner_id=view.owner_id, audience=view.audience),
        pinned=view.pin is not None,
        standard=standard,
        version=view.version,
        count="" if count is None else f"{min(count, _MOST_SHOWN):,}",
    )


def role_name(code: str, language: str) -> str:
    """A role's name; its code where the catalogue has none."""
    key = f"role.{code}"
    return say(language, key) if key in texts() else code


def audiences(roles: Sequence[str], language: str) -> list[AudienceChoice]:
    """Whom views can be shared with."""
    return [
        AudienceChoice(Audience.PRIVATE, say(language, "views.audience.private")),
        *(
            AudienceChoice(f"role:{code}", say(language, "views.audience.role", role=role_name(code, language)))
            for code in roles
        ),
        AudienceChoice(Audience.ALL, say(language, "views.audience.all")),
    ]


def read_audience(code: str, roles: Mapping[str, int]) -> tuple[Audience, int | None]:
    """What `audiences` offered. Raises Refused."""
    if code in (Audience.PRIVATE, Audience.ALL):
        return Audience(code), None
    role_id = roles.get(code.removeprefix("role:")) if code.startswith("role:") else None
    if role_id is None:
        raise Refused("views.problem.audience")
    return Audience.ROLE, role_id


def _note(actor: Actor, view: View) -> str:
    language = actor.language
    if view.owner_id != actor.user_id:
        return say(language, "views.note.by", name=view.owner)
    if view.audience is Audience.ROLE:
        return say(language, "views.audience.role", role=role_name(view.role, language))
    return say(language, f"views.audience.{view.audience}")
