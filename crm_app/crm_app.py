"""The app object: pages, HTTP routes and jobs are registered here, nothing else happens here."""

import reflex as rx
from starlette.applications import Starlette

from crm_app.access import api as access_api
from crm_app.access.guard import Gate
from crm_app.account import page as account

app = rx.App(
    stylesheets=["/crm.css"],
    toaster=None,
    html_lang="zh-CN",
    api_transformer=[Starlette(routes=[*access_api.routes()])],
)
app.add_middleware(Gate())
account.add_pages(app)
