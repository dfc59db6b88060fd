"""What can go wrong between the graph and JSON or tables."""

from ..errors import InnographError, Unparsable


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
