"""What an engine keeps of itself for this program, in a graph that no query finds."""

import secrets
from dataclasses import dataclass, field

STATE = "urn:x-innograph:state"
# Of what it is true; its default graph if that is a graph with a name; graphs of its own.
IS, DEFAULT, BESIDE = (f"urn:x-innograph:{name}" for name in ("is", "default", "beside"))


@dataclass(frozen=True)
class State:
    """Of which ledger and revision a store is; `token` is another one after each change.

    While it is `busy`, what it holds is of no revision.
    """

    ledger: str
    revision: int = -1
    day: str = ""
    busy: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def read(cls, text: str) -> "State":
        ledger, revision, day, busy, token = text.split("|")
        return cls(ledger, int(revision), day, bool(busy), token)

    def __str__(self) -> str:
        busy = "busy" if self.busy else ""
        return f"{self.ledger}|{self.revision}|{self.day}|{busy}|{self.token}"


# What an engine seems to say when it was ended in the middle of saying it.
LOST = State(ledger="", busy=True)
