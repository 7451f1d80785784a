"""今日工作: what a person has to do now, and what was newly given to him (R7.3)."""
