"""Reads all the others: workbench, tallies, dashboards."""
