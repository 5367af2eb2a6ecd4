"""A block of villages × indicators of one form and period: shown, pasted or imported, checked, then written."""
