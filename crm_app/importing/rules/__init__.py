"""Pure decisions of an import: where columns go (`targets`), what texts mean (`values`, `own`), what rows become."""

from crm_app.importing.rules.known import Known, There
from crm_app.importing.rules.rows import RowChecker
from crm_app.importing.rules.seen import FirstRows, Marks
from crm_app.importing.rules.targets import (
    IGNORED,
    NEW_FIELD,
    NOTED,
    OLD_NUMBER,
    Target,
    all_targets,
    doubled_targets,
    key_targets,
    match_export,
    match_headings,
    new_field,
    place_of,
    same_headings,
)
from crm_app.importing.rules.values import SYNONYMS, Vocabulary, read_key, vocabulary

__all__ = [
    "IGNORED",
    "NEW_FIELD",
    "NOTED",
    "OLD_NUMBER",
    "SYNONYMS",
    "FirstRows",
    "Known",
    "Marks",
    "RowChecker",
    "Target",
    "There",
    "Vocabulary",
    "all_targets",
    "doubled_targets",
    "key_targets",
    "match_export",
    "match_headings",
    "new_field",
    "place_of",
    "read_key",
    "same_headings",
    "vocabulary",
]
