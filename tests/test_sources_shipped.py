"""The facts that are shipped are all taken, and taking them again changes nothing."""

import pytest
from shipped import FIRST, Shipped, facts_of

from innograph import sources
from innograph.sources.run import run

each_source = pytest.mark.parametrize("name", sources.names())


@each_source
def test_every_shipped_fact_is_accepted(shipped: Shipped, name: str) -> None:
    outcome = shipped.outcomes[name]
    # What another source needs was taken with it.
    assert outcome.refusals == [] and len(outcome.states) > 0
    assert {state for _, state in outcome.states} in ({"accepted"}, {"unchanged"})


@each_source
def test_shipped_facts_change_nothing_the_second_time(shipped: Shipped, name: str) -> None:
    revision = shipped.instance.follow()
    again = run(shipped.instance, sources.load(name), facts_of(name), FIRST.get(name))
    assert {state for _, state in again.states} == {"unchanged"} and again.vanished == []
    assert shipped.instance.follow() == revision
