"""What is measured, and what it must reach on two cores."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table; `known` is what others take, for comparison."""

    key: str
    label: str
    limit: float
    unit: str
    known: str = ""


TARGETS = (
    Target("list_cold_ms", "list cold: navigation to rows", 600, "ms", "Django admin 480, NocoDB 4,000"),
    Target("list_cold_kb", "list cold: bytes on the wire", 450, "KB", "Django admin 176, NocoDB 21,000"),
    Target("filter_ms", "filter of three conditions", 50, "ms", "bare Reflex 42, Django admin 157, NocoDB 644"),
    Target("sort_ms", "sort", 50, "ms", "Django admin 178, NocoDB 248, django-crm 500"),
    Target("next_page_ms", "next page", 50, "ms", "bare Reflex 28, NocoDB 91, Django admin 191"),
    Target("page_1000_ms", "page 1,000", 50, "ms", "NocoDB 175, Django admin 204, django-crm 451"),
    Target("search_ms", "search as typed, after the debounce", 60, "ms", "Django admin 224, django-crm 514"),
    Target("open_customer_ms", "open a customer with 50 timeline entries", 120, "ms", "Django admin 229, NocoDB 505"),
    Target("save_customer_ms", "save a new customer to its confirmation", 120, "ms", "NocoDB 210, Django admin 221"),
    Target("dashboard_cold_ms", "dashboard: first opening, cold", 1500, "ms", "Django admin's plain page 604"),
    Target("dashboard_later_ms", "dashboard: later opening", 250, "ms"),
    Target("dashboard_live_ms", "dashboard: another's save shows", 1000, "ms"),
    Target("load_p95_ms", "50 people, an action a second each: p95", 100, "ms", "Django admin 455, NocoDB 1,356"),
    Target("load_errors", "50 people: errors", 0, "", ""),
    Target("second_start_s", "second start until it serves", 5, "s"),
    Target("memory_idle_mb", "memory of all server processes, idle", 250, "MB", "Django admin 152, NocoDB 326"),
    Target("memory_peak_mb", "memory at the peak of that load", 450, "MB", "Django admin 489, NocoDB 761"),
    Target("loop_block_ms", "longest time the event loop was blocked", 50, "ms"),
    Target("demo_load_s", "loading 100,000 customers and 400,000 follow-ups", 60, "s"),
    Target("import_10k_check_s", "import of 10,000 rows, xlsx: check", 1.2, "s", "Django 2.0"),
    Target("import_10k_commit_s", "import of 10,000 rows, xlsx: writing", 0.8, "s", "Django 2.3"),
    Target(
        "import_10k_total_s", "import of 10,000 rows, xlsx: all of it", 2, "s", "Django 4.3, django-crm 32, NocoDB 88"
    ),
    Target("import_100k_total_s", "import of 100,000 rows, csv: all of it", 15, "s"),
    Target("import_100k_memory_mb", "import of 100,000 rows, csv: memory above idle", 200, "MB", "Django 906"),
    Target("export_csv_s", "export of 100,000 rows × 12 fields, csv", 3, "s", "Django 9.3, NocoDB 21"),
    Target("export_csv_memory_mb", "its memory above idle", 150, "MB"),
    Target(
        "export_xlsx_s", "export of 100,000 rows × 12 fields, xlsx", 10, "s", "NocoDB 25, Django 26, django-crm 178"
    ),
    Target("export_xlsx_memory_mb", "its memory above idle", 150, "MB", "NocoDB 913, Django 973"),
    Target("export_pdf_s", "export of 100,000 rows × 12 fields, pdf", 60, "s"),
    Target("export_pdf_memory_mb", "its memory above idle", 150, "MB"),
    Target("duplicates_s", "search for duplicates among 100,000", 60, "s"),
    Target("beside_p95_ms", "ten others while an import and an export run: p95", 150, "ms"),
    Target("beside_errors", "their errors", 0, ""),
    Target("own_filter_sort_ms", "filter and order by own fields at 100,000", 100, "ms"),
    Target("bulk_change_s", "bulk edit of 100,000 rows with history and undo record", 20, "s"),
    Target("bulk_undo_s", "its undo", 20, "s"),
    Target("bulk_held_ms", "longest time that it kept other writers waiting", 100, "ms"),
    Target("growth_factor", "indexed queries at 1,000,000 customers against 100,000", 3, "×"),
)
