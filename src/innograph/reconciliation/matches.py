"""What a match says: which thing, by which rule, how sure."""

from dataclasses import dataclass, field

CERTAIN = 0.95
BELOW = 0.94  # the most that likeness alone can be
# How sure each rule is, of 1: held against names that a person reconciled (tests/cases/
# reconciliation). From CERTAIN on a link is made; below, a person is asked.
RULES = {
    "code": 1.0,
    "name": 0.99,
    "name-but-form": 0.98,
    "name-but-small-words": 0.98,
    "former-name": 0.97,
    "acronym": 0.97,
    "part": 0.97,
    "larger-namesake": 0.6,
    "several": 0.5,
    "several-bodies": 0.5,
    "accents": 0.9,
    "same-name": 0.9,
}


@dataclass(frozen=True)
class Code:
    """A code in a list: `scheme` is the list as context.jsonld spells it, `name` for people."""

    scheme: str
    code: str
    name: str

    @property
    def key(self) -> str:
        """Scheme and code in one word."""
        return f"{self.scheme}:{self.code}"


@dataclass(frozen=True)
class Match:
    """What a name may stand for, by one rule: one code when it is certain, else several.

    `sure` is of 1.
    """

    rule: str
    sure: float
    codes: tuple[Code, ...]

    @property
    def certain(self) -> bool:
        """Whether a link may be made without asking a person."""
        return self.sure >= CERTAIN and len(self.codes) == 1


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for (or against) two being the same: what each tells, by a rule."""

    field: str
    one: str
    other: str
    rule: str


@dataclass(frozen=True)
class Link:
    """That a thing is, or may be, another thing or what a code stands for.

    `local` names the link for ever; `one` is an address, and so is `other`, unless it is a code's
    key. `names` are theirs, for people.
    """

    local: str
    one: str
    other: str
    names: tuple[str, str]
    rule: str
    sure: float
    code: Code | None = None
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def certain(self) -> bool:
        """Whether it is a link, not a candidate: two things are never the same by a rule alone."""
        return self.code is not None and self.sure >= CERTAIN


def by_rule(rule: str, *codes: Code) -> Match:
    """A match by a rule that is always as sure."""
    return Match(rule, RULES[rule], codes)
