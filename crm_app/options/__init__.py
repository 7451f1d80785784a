"""Drop-down lists 「字典」 and tags: what they hold at the start, how they are read, added to and edited."""
