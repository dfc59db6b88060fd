"""What a contribution, or a decision on it, may be refused for."""

from typing import Any

from .base import InnographError
from .requests import BadRequest


class Unparsable(BadRequest):
    title = "The data cannot be read"
    sentence = (
        "The data cannot be read as %(format)s, at line %(line)s, column %(column)s: %(detail)s"
    )


class Misread(Unparsable):
    """JSON that says something the model has no place for; `place` leads to it from the top."""

    sentence = "The data cannot be read as %(format)s, at %(place)s: %(detail)s"

    def __init__(self, place: tuple[str | int, ...], detail: str) -> None:
        self.place, self.detail = place, detail
        told = "/".join(map(str, place)) or "the top"
        super().__init__(format="JSON", place=told, detail=detail)


class Untellable(InnographError):
    """A dossier that is no tree under one thing, or says what a form has no room for."""

    status = 406
    title = "The dossier cannot be given in this form"
    sentence = "The dossier cannot be given as %(format)s: %(detail)s Ask for another format."


class Invalid(InnographError):
    """A contribution that fails the check; `report` says why."""

    status = 422
    title = "The contribution cannot be taken as it is"
    sentence = "To be mended before it can be taken: %(faults)s."

    def __init__(self, report: Any) -> None:
        self.report = report
        super().__init__(faults=len(report.violations))


class NotMinted(InnographError):
    status = 422
    title = "An address that this server did not give"
    sentence = (
        "The address %(iri)s was not given out by this server. Leave new things without a name "
        "(a blank node) and the server names them."
    )


class NotPending(InnographError):
    status = 409
    title = "Nothing to decide"
    sentence = "The contribution %(receipt)s does not wait for a decision: it is %(state)s."


class Unmergeable(InnographError):
    status = 409
    title = "These cannot be merged"
    sentence = "%(thing)s cannot be merged into %(other)s: %(reason)s"


class NotMerged(InnographError):
    status = 404
    title = "Not merged"
    sentence = "%(thing)s is not merged into anything."
