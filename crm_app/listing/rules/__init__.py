"""Pure decisions of lists: which conditions make sense, their form in an address, typed words, their wording."""
