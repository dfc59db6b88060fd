"""No constraint can leave the shapes unnoticed; see mutate_shapes.py."""

import pytest
from mutate_shapes import Mutant, Trial, mutants, survivors
from rdflib import URIRef
from shape_cases import cases

from innograph import vocab
from innograph.validation import shapes

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_a_case_fails_when_any_one_constraint_is_removed(part: int) -> None:
    assert [str(mutant) for mutant in survivors(part, PARTS)] == []


def test_all_kinds_of_constraints_are_removed_in_turn() -> None:
    removed = {mutant.constraint.split()[0] for mutant in mutants(shapes.product())}
    assert removed >= {
        *("sh:minCount", "sh:maxCount", "sh:class", "sh:datatype", "sh:nodeKind", "sh:pattern"),
        *("sh:node", "sh:property", "sh:or", "sh:hasValue", "sh:uniqueLang", "sh:minExclusive"),
        *("sh:sparql", "sh:severity", "sh:targetClass", "sh:targetSubjectsOf"),
    }


def test_shapes_with_all_their_constraints_pass_for_unchanged() -> None:
    unchanged = Mutant(URIRef(vocab.SHAPES + "Innovation"), "nothing", [])
    assert Trial(shapes.product(), cases()).survives(unchanged)


def test_a_constraint_that_no_case_speaks_of_is_found_out() -> None:
    """Without the cases of one class, constraints of that class can go unnoticed."""
    others = [case for case in cases() if case.path.parent.name != "coverage"]
    graph = shapes.product()
    trial = Trial(graph, others)
    own = [m for m in mutants(graph) if str(m.shape).endswith("Coverage-population")]
    assert own and any(trial.survives(mutant) for mutant in own)
