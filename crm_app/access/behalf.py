"""The actor of work that somebody asked for earlier: no session of a browser vouches for him any more."""

from sqlmodel import Session

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.models import User


def resolve_person(session: Session, user_id: int) -> Actor | None:
    """The person with the rights of now; None when the account is gone, disabled, or waits for a new password."""
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None or user.must_change_password:
        return None
    rights = sessions.rights_of(session, user.role_id, user.department_id)
    return Actor(
        user_id=user_id,
        username=user.username,
        name=user.name,
        role_code=rights.role_code,
        department_id=user.department_id,
        department_ids=rights.department_ids,
        language=user.language,
        grants=rights.grants,
    )
