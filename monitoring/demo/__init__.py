"""The demonstration county: real township names, invented and marked village names, 24 months from a seeded generator."""
