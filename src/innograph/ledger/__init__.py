"""The truth: an append-only log of what was said, by whom, under which licence, and decided.

Events form a hash chain; what they are about lies apart and can be erased. SQL stays in this room.
"""

from .events import PUBLIC, Entry, Event
from .ledger import Ledger, exists
from .passes import Pass
from .writer import Writer

__all__ = ["PUBLIC", "Entry", "Event", "Ledger", "Pass", "Writer", "exists"]
