"""A ledger in which much happens: things are told, told anew, withdrawn, merged and erased."""

import random
from contextlib import suppress

from invented import LICENCE, turtle

from innograph import contributions, decisions, media
from innograph.contributions import Submission
from innograph.errors import NotFound, NotWiped, Unmergeable
from innograph.instance import Instance

CONTRIBUTOR = "source/changing"


def dossier(number: int, edition: int) -> str:
    """Turtle of an innovation as it is told in an edition; accents and quotes included."""
    return f"""
<id/innovation/changing-{number}> a inno:Innovation ;
    dcterms:title "Idée n° {number}"@fr , "Idea {number} \\"{edition}\\""@en ;
    dcterms:description "Dite {edition} fois, l'été."@fr ;
    inno:hasStatus <id/status-period/changing-{number}> .
<id/status-period/changing-{number}> a inno:StatusPeriod ; inno:status stage:piloting ;
    schema:startDate "{2000 + edition % 20}"^^xsd:gYear .
"""


class Changing:
    """Changes the ledger of an instance by steps that hang on a seed only."""

    def __init__(self, instance: Instance, seed: int = 1) -> None:
        self._instance, self._chance = instance, random.Random(seed)
        self._iris: list[str] = []
        self._public: dict[int, int] = {}  # which edition of what is public
        self._withdrawn: dict[int, int] = {}

    def elsewhere(self, instance: Instance) -> "Changing":
        """One that goes on as this would, with an instance that holds a copy of the ledger."""
        other = Changing(instance)
        other._chance.setstate(self._chance.getstate())
        other._iris, other._public = [*self._iris], dict(self._public)
        other._withdrawn = dict(self._withdrawn)
        return other

    def change(self, times: int) -> None:
        """Append so many public events, in transactions of one to nine of them."""
        revision = self._instance.ledger.revision()
        while (left := revision + times - self._instance.ledger.revision()) > 0:
            act, known = self._chance.random(), list(self._public)
            if act < 0.15 and known:
                number = self._chance.choice(known)
                contributions.withdraw(self._instance, self._iris[number], CONTRIBUTOR, "no more")
                self._withdrawn[number] = self._public.pop(number)
            elif act < 0.2 and known:
                self._erase(self._chance.choice(known))
            elif act < 0.28 and len(known) > 1:
                self._merge(*self._chance.sample(known, 2))
            elif act < 0.31 and (merged := sorted(self._instance.ledger.merged())):
                decisions.unmerge(self._instance, self._chance.choice(merged), "us", "not the same")
            else:
                self.tell(self._chosen(min(left, self._chance.randint(1, 9))))

    def _chosen(self, many: int) -> list[int]:
        """Some that are public, some that were withdrawn, and new ones."""
        chosen = self._chance.sample(list(self._public), min(many // 2, len(self._public)))
        again = min(1, len(self._withdrawn), many - len(chosen))
        chosen += self._chance.sample(list(self._withdrawn), again)
        fresh = len(self._iris)
        return [*chosen, *range(fresh, fresh + many - len(chosen))]

    def tell(self, numbers: list[int]) -> None:
        """Tell of innovations by their numbers, anew where they are known; new ones in order."""
        base, submissions = self._instance.base, []
        for number in numbers:
            known = self._withdrawn.pop(number, 0) or self._public.get(number, 0)
            self._public[number] = known + 1
            text = turtle(dossier(number, known + 1), base)
            graph = media.parse(text, "text/turtle", base)
            submissions.append(Submission(graph, CONTRIBUTOR, LICENCE, str(number)))
        receipts = contributions.submit_trusted(self._instance, submissions)
        assert {receipt.state for receipt in receipts} == {"accepted"}
        fresh = len(self._iris)
        pairs = zip(numbers, receipts, strict=True)
        self._iris += [receipt.dossier for number, receipt in pairs if number >= fresh]

    def _merge(self, loser: int, survivor: int) -> None:
        """Unless they are one already, or the first is one with another."""
        things = (f"{self._instance.base}/id/innovation/changing-{n}" for n in (loser, survivor))
        with suppress(Unmergeable, NotFound):
            decisions.merge(self._instance, *things, "us", "the same")

    def _erase(self, number: int) -> None:
        """For good: what is told of it later would wait for a person."""
        del self._public[number]
        iri = self._iris[number]
        with suppress(NotWiped):  # gone from the ledger, and its bytes in the file do not matter
            self._instance.ledger.erase(dossier=iri, reason="asked for", decider="us")
