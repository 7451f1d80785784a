"""Pure decisions: which customers are compared (`blocking`), whether two are one (`matching`), what goes together
(`grouping`), and what a merge makes of fields and contacts (`merging`)."""

from crm_app.quality.rules.blocking import Blocks, unpack
from crm_app.quality.rules.grouping import LARGEST, group_pairs, twos_of
from crm_app.quality.rules.matching import compare

__all__ = ["LARGEST", "Blocks", "compare", "group_pairs", "twos_of", "unpack"]
