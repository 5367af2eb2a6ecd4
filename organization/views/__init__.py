"""Pages of units, people, accounts, notices and rules."""
