"""Tools around the product: the embedded servers, the supervisor, the assets. Never imported by the product."""
