"""How things are done: audit, steps, limits, lists, sheets, figures. No domain words, no foreign key upward."""
