"""Follow-ups, tasks, and the timeline that shows them with everything else that happened to a customer (R6)."""
