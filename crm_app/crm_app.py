"""The app object: pages, HTTP routes and jobs are registered here, nothing else happens here."""

import reflex as rx
from starlette.applications import Starlette

from crm_app import health, serving, watchdog
from crm_app.access import api as access_api
from crm_app.access import receipts, redaction
from crm_app.access.gate import Gate
from crm_app.access.tabs import own_tabs
from crm_app.account import page as account
from crm_app.admin import api as admin_api
from crm_app.admin import page as admin
from crm_app.analysis import page as analysis
from crm_app.anomalies import jobs as anomalies_jobs
from crm_app.anomalies import page as anomalies
from crm_app.anomalies import service as anomalies_service
from crm_app.background import api as background_api
from crm_app.background import page as background
from crm_app.background.kinds import register
from crm_app.background.runner import run_jobs
from crm_app.bulk import jobs as bulk_jobs
from crm_app.bulk import page as bulk
from crm_app.bulk import queries as bulk_queries
from crm_app.core import changes, neighbours
from crm_app.core.daily import run_daily, run_daily_for_each
from crm_app.core.settings import get_settings
from crm_app.customer_page import page as customer_page
from crm_app.customers import jobs as customer_jobs
from crm_app.customers import page as customers
from crm_app.directory import jobs as directory_jobs
from crm_app.directory import page as directory
from crm_app.directory import state as directory_state
from crm_app.fields import page as fields
from crm_app.importing import api as importing_api
from crm_app.importing import jobs as importing_jobs
from crm_app.importing import page as importing
from crm_app.options import page as options
from crm_app.palette.components import command_palette
from crm_app.quality import jobs as quality_jobs
from crm_app.quality import page as quality
from crm_app.recycle_bin import jobs as recycle_bin_jobs
from crm_app.recycle_bin import page as recycle_bin
from crm_app.recycle_bin import queries as recycle_bin_queries
from crm_app.review import jobs as review_jobs
from crm_app.review import page as review
from crm_app.review import queries as review_queries
from crm_app.today import page as today
from crm_app.ui.layout import beside_navigation, on_every_page
from crm_app.ui.live import live_pages
from crm_app.views.components import pinned_views
from crm_app.views.kinds import register as register_views

redaction.install()
settings = get_settings()
app = rx.App(
    stylesheets=[
        "/crm.css",
        "/customers.css",
        "/list.css",
        "/work.css",
        "/bin.css",
        "/import.css",
        "/quality.css",
        "/anomalies.css",
        "/review.css",
        "/views.css",
        "/bulk.css",
        "/table.css",
    ],
    toaster=None,
    html_lang="zh-CN",
    backend_exception_handler=redaction.report_backend_error,
    frontend_exception_handler=redaction.report_frontend_error,
    api_transformer=[
        Starlette(
            routes=[*access_api.routes(), *admin_api.routes(), *background_api.routes(), *importing_api.routes()]
        ),
        own_tabs(lambda: app),
        serving.protect(
            health=health.check,
            allowed_origins=settings.allowed_origins,
            trusted_proxies=settings.trusted_proxies,
            sockets_per_address=settings.sockets_per_address,
            streamed=[importing_api.PATH],
        ),
    ],
)
# The frame says itself that the connection is lost; this icon would say it again, over what stands at the bottom right.
del app.app_wraps[5, "Overlay"]
app.add_middleware(Gate())
account.add_pages(app)
admin.add_pages(app)
customers.add_pages(app)
today.add_pages(app)
customer_page.add_pages(app)
directory.add_pages(app)
recycle_bin.add_pages(app)
quality.add_pages(app)
anomalies.add_pages(app)
review.add_pages(app)
analysis.add_pages(app)
background.add_pages(app)
register(directory_jobs.EXPORT)
register(quality_jobs.FIND)
register(review_jobs.OPEN)
bulk.add_pages(app)
register(bulk_jobs.CHANGE)
register(bulk_jobs.UNDO)
register_views(directory_state.CUSTOMER_VIEWS)
beside_navigation(pinned_views)
on_every_page(command_palette)
importing.add_pages(app)
register(importing_jobs.CHECK)
register(importing_jobs.IMPORT)
register(importing_jobs.UNDO)
options.add_pages(app)
fields.add_pages(app)
app.register_lifespan_task(live_pages)
app.register_lifespan_task(neighbours.heard)
app.register_lifespan_task(run_daily, job=customer_jobs.refresh_value_grades)
app.register_lifespan_task(run_daily, job=receipts.forget_old_receipts)
app.register_lifespan_task(run_daily, job=importing_jobs.remove_expired)
app.register_lifespan_task(
    run_daily_for_each, job=recycle_bin_jobs.remove_expired, due=recycle_bin_queries.list_expired
)
app.register_lifespan_task(run_daily_for_each, job=bulk_jobs.forget_change, due=bulk_queries.list_expired)
app.register_lifespan_task(run_daily_for_each, job=review_jobs.open_due, due=review_queries.list_due_months, long=True)
app.register_lifespan_task(run_jobs)
changes.close_with(anomalies_service.recheck_changed)
app.register_lifespan_task(anomalies_jobs.keep_checked)
if settings.loop_watch:
    app.register_lifespan_task(watchdog.watch, path=settings.loop_watch)
