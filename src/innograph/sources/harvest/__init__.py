"""Sources that are asked over the network, each named by an operator in a source.toml.

`description` reads what it says of that; one module a kind of server asks it, and `run` takes what
comes: `sparql` an endpoint, `innograph` another graph like this one, `catalogue` a DCAT catalogue.
"""
