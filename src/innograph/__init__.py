"""innograph: the linked-open-data knowledge graph of public innovations."""

import logging

import rdflib

__version__ = "0.1.0"

# A literal is kept as it was told ("+5", "01"): sameness is judged on lexical forms.
rdflib.NORMALIZE_LITERALS = False
# A badly formed date is the shapes' business: rdflib need not log a traceback for it.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
