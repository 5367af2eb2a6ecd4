"""The API as integrators use it."""
