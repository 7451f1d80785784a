"""The list engine: fields, conditions, their form in an address and in typed words, pages; knows no record kind."""
