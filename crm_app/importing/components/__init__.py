"""Pieces of the import's page, step by step."""

from crm_app.importing.components.check import check_step
from crm_app.importing.components.done import done_step
from crm_app.importing.components.file import file_step, steps
from crm_app.importing.components.mapping import map_step

__all__ = ["check_step", "done_step", "file_step", "map_step", "steps"]
