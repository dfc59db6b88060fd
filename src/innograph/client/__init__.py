"""Asks other servers: files, pages of an API, SPARQL endpoints. Polite, limited.

`Client` is for whoever asks addresses that others name, and never asks inwards; `Innograph` is for
a researcher, and asks the graph that they name.
"""

from .answers import Answer
from .asking import AGENT, Client, Reply
from .graph import Innograph

__all__ = ["AGENT", "Answer", "Client", "Innograph", "Reply"]
