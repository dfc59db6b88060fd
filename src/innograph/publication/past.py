"""What was public of a thing at a revision: its dossiers as they were, in a store of their own.

Only what dossiers say, and who said it. What is derived of all that was known is not made again
for one thing.
"""

from rdflib import DCTERMS, SKOS, URIRef

from .. import media, naming, vocab
from ..instance import Instance
from ..ledger.past import Past
from ..projection import Projection
from ..store import Change, Store
from ..store.embedded import Embedded
from .trail import dossiers

_SPEAKING = "SELECT DISTINCT ?g {{ VALUES ?thing {{ {things} }} GRAPH ?g {{ ?thing ?p ?o }} }}"
_LABELS = (str(SKOS.prefLabel), str(DCTERMS.title))


def store_at(instance: Instance, iri: str, revision: int) -> Store:
    """A store that tells of a thing, a part of one, or a dossier what was public at a revision.

    It has the dossiers about what these name, too. One that only said more of a thing, and no
    longer does, is not found.
    """
    ledger = instance.ledger
    merged = ledger.merged(revision)
    names = {iri} | {loser for loser, end in merged.items() if end == iri}
    speaking = _SPEAKING.format(things=" ".join(URIRef(name).n3() for name in sorted(names)))
    about = names | dossiers(ledger, names) | instance.store.find(speaking)
    then = list(Past(ledger, revision, about).changes(0))
    kept = ledger.payloads((event.dossier, event.payload or "") for event in then)
    named = naming.nodes_of(map(media.read, kept.values()))
    past = Past(ledger, revision, about | merged.keys() | dossiers(ledger, named))
    store = Embedded(vocab.prefixes(), f"{ledger.base}/")
    projection = Projection(past, store)
    with projection.putting_off():
        projection.follow()
    # Members of lists are in no dossier: they are called what they are called now.
    listed = {n for n in named if n.startswith(f"{ledger.base}/id/")} - ledger.minted(named).keys()
    if told := instance.store.describe(sorted(listed), _LABELS):
        store.apply([Change(f"{ledger.base}/graph/lists", media.canonical(told))], [], revision)
    return store
