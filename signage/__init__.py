"""The signboard catalogue and the signs."""
