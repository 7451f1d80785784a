"""The two forms of row scope, a condition and a set of ids, mean the same."""

from sqlmodel import col, select

from crm_app.access.permissions import Permission
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.models import Collaborator, Customer
from tests.factories import Office, make_customer


def test_ids_in_reach_are_those_of_the_customers_in_reach(db: Database, office: Office) -> None:
    with db.writing() as session:
        for owner in (office.sales, office.sales2, office.outsider, None):
            for industry in ("MFG", "RET"):
                for deleted_at in (None, utcnow()):
                    customer = make_customer(
                        session, owner=owner, industry=industry, deleted_at=deleted_at, contact=False
                    )
                    for helper in (office.sales, office.manager):
                        if industry == "RET":
                            session.add(Collaborator(customer_id=customer.id or 0, user_id=helper.user_id))
    retail = col(Customer.industry) == "RET"
    for name, actor in office.everybody().items():
        for permission in (Permission.CUSTOMER_VIEW, Permission.DASHBOARD_VIEW):
            with db.reading() as session:
                rows = session.exec(select(Customer.id).where(customers_in_reach(actor, permission), retail)).all()
                ids = session.scalars(customer_ids_in_reach(actor, permission, retail)).all()
            assert set(ids) == set(rows), (name, permission)
