"""The embedded stack behind `make run` and `make test`: real servers out of wheels, under one supervisor."""
