"""The ledger's tables. Content lies apart from events, so that it alone can be destroyed."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

# One row: the ledger's random id, and the address under which it names its data.
identity = Table(
    "ledger",
    metadata,
    Column("id", Text, primary_key=True),
    Column("base", Text, nullable=False),
)

# Columns in the order of Event's fields.
events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("dossier", Text, nullable=False),
    Column("thing", Text),
    Column("receipt", Text, index=True),
    Column("payload", Text),
    Column("notes", Text),
    Column("contributor", Text),
    Column("licence", Text),
    Column("time", Text, nullable=False),
    Column("decider", Text),
    Column("reason", Text),
    Column("previous", Text),
    Column("hash", Text, nullable=False),
    Index("ix_events_dossier", "dossier", "seq", "kind"),
    Index("ix_events_contributor", "contributor", "payload", "dossier"),
    Index("ix_events_thing", "thing", "kind", "seq"),
)
_received = events.c.kind == "received"
Index("ix_events_received", events.c.seq, sqlite_where=_received, postgresql_where=_received)

_merge = events.c.kind.in_(("merged", "unmerged"))
Index(
    "ix_events_merges", events.c.dossier, events.c.seq, sqlite_where=_merge, postgresql_where=_merge
)

payloads = Table(
    "payloads",
    metadata,
    Column("dossier", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# The IRIs of things: given once, to one proposal of one contributor, for ever.
things = Table(
    "things",
    metadata,
    Column("iri", Text, primary_key=True),
    Column("contributor", Text, nullable=False),
    Column("proposed", Text, nullable=False),
    Column("dossier", Text, nullable=False),
    UniqueConstraint("contributor", "proposed"),
)

passes = Table(
    "passes",
    metadata,
    Column("secret", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("contributor", Text, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("about", Text),
    Column("created", Text, nullable=False),
    Column("expires", Text),
    Column("revoked", Text),
)
