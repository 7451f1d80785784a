"""Long work: asked for on a page, done beside it, with progress, and its file kept for a day."""
