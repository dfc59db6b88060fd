"""The truth: an append-only log of what was said, by whom, under which licence, and decided.

Events form a hash chain; what they are about lies apart and can be erased. SQL stays in this room.
"""

from .events import MERGES, PUBLIC, Entry, Event
from .ledger import Ledger, exists
from .log import Span
from .passes import Pass
from .reader import became
from .writer import Writer

__all__ = [
    "MERGES",
    "PUBLIC",
    "Entry",
    "Event",
    "Ledger",
    "Pass",
    "Span",
    "Writer",
    "became",
    "exists",
]
