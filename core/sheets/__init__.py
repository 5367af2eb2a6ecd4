"""Spreadsheets: one gate, one bounded reader, checks by column, and everything we write ourselves."""
