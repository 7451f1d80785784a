"""Pure decisions of an import: where columns go (`targets`), what texts mean (`values`), what rows become (`rows`)."""

from crm_app.importing.rules.rows import LISTED, Known, RowChecker
from crm_app.importing.rules.targets import (
    IGNORED,
    NOTED,
    OLD_NUMBER,
    Target,
    all_targets,
    doubled_targets,
    match_headings,
    same_headings,
)
from crm_app.importing.rules.values import SYNONYMS, Vocabulary, vocabulary

__all__ = [
    "IGNORED",
    "LISTED",
    "NOTED",
    "OLD_NUMBER",
    "SYNONYMS",
    "Known",
    "RowChecker",
    "Target",
    "Vocabulary",
    "all_targets",
    "doubled_targets",
    "match_headings",
    "same_headings",
    "vocabulary",
]
