"""What schemathesis cannot know: how a query is sent as it stands (docs/how-to/develop.md)."""

import schemathesis


@schemathesis.serializer("application/sparql-query")
def query(ctx, value):  # type: ignore[no-untyped-def]
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
