"""The page of one customer: the record, its timeline and tasks, composed of the slices that own them."""
