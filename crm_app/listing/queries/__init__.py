"""What a list asks of the database: conditions in SQL, and pages in order."""

from crm_app.listing.queries.pages import Grouped, Ordered, Parts, Records, Segment, count_records, list_page
from crm_app.listing.queries.sources import (
    Asker,
    ChoiceSource,
    Column,
    NumberSource,
    Rows,
    RowSource,
    Source,
    TextSource,
    TimeSource,
    Where,
    compile_conditions,
    compile_group,
    midnight_before,
)

__all__ = [
    "Asker",
    "ChoiceSource",
    "Column",
    "Grouped",
    "NumberSource",
    "Ordered",
    "Parts",
    "Records",
    "RowSource",
    "Rows",
    "Segment",
    "Source",
    "TextSource",
    "TimeSource",
    "Where",
    "compile_conditions",
    "compile_group",
    "count_records",
    "list_page",
    "midnight_before",
]
