"""Standard fields on open forms: order, what is required, help; and the first wrong one (R1.8, R2.1)."""

import pytest

from crm_app.core.db import Database
from crm_app.customers.state import CustomerForm
from crm_app.fields.schemas import BUILT_IN, BuiltInInput
from crm_app.fields.service import change_built_in, move_built_in
from crm_app.fields.state import ShownFields
from crm_app.ui.routes import NEW_CUSTOMER
from tests.factories import Office
from tests.tabs import Tab, Tabs

FORM = {"rows": "0", "name": "深圳星河", "contacts.0.name": "张三", "contacts.0.mobile": "13800138000"}


@pytest.fixture
async def tab(sqlite_desk: Office, tabs: Tabs) -> Tab:
    opened = await tabs.open(sqlite_desk.sales)
    await opened.fire(CustomerForm.open(), NEW_CUSTOMER)
    return opened


async def test_an_open_form_follows(tab: Tab, sqlite_desk: Office, sqlite_db: Database) -> None:
    assert tuple((await tab.state(ShownFields)).order) == BUILT_IN
    entry = BuiltInInput(label_zh="获客方式", help_zh="从哪里知道我们", required=True)
    admin = sqlite_desk.admin
    await sqlite_db.write(change_built_in, admin, name="source", version=0, entry=entry)
    await sqlite_db.write(move_built_in, admin, name="source", step=-1)
    news = (await tab.state(CustomerForm)).news
    await tab.fire(CustomerForm.refresh(), NEW_CUSTOMER)  # As the hub sends it.
    shown = await tab.state(ShownFields)
    assert shown.order[:3] == ["name", "source", "industry"]
    assert ("source" in shown.required, shown.helps["source"], shown.helps["note"]) == (True, "从哪里知道我们", "")
    assert (await tab.state(CustomerForm)).news == news + 1, "the form is sent again"
    await tab.fire(CustomerForm.check(FORM, ["source"], ""), NEW_CUSTOMER)
    form = await tab.state(CustomerForm)
    # The first in the order of the page, not of the rules.
    assert (form.first_wrong, form.errors["source"]) == ("source", "请填写获客方式")
    assert form.wrong == "待完善:获客方式、所属行业"
    await tab.fire(CustomerForm.check(FORM | {"source": "website", "industry": "MFG"}, [], ""), NEW_CUSTOMER)
    assert (await tab.state(CustomerForm)).valid
