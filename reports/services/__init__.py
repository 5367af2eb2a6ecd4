"""What is done with indicators, forms, assignments and values; no service sees a request."""
