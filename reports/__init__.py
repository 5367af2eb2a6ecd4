"""The indicator library, form admission, filling and review."""
