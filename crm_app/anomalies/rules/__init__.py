"""Pure decisions on anomalies: `judging` what is wrong with a record, `trades` what a business says of its industry."""

from crm_app.anomalies.rules.judging import CHECKS, completeness, day_after, judge, measure_of
from crm_app.anomalies.rules.trades import industry_of_business

__all__ = ["CHECKS", "completeness", "day_after", "industry_of_business", "judge", "measure_of"]
