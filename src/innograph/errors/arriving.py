"""What a source of data, or a file of one's own, may be wrong in."""

from .base import InnographError
from .requests import BadRequest


class AddressRefused(InnographError):
    status = 403
    title = "Not asked"
    sentence = (
        "%(host)s is not asked: %(address)s. Allow its network in INNOGRAPH_HARVEST_NETWORKS if it"
        " is one of yours."
    )


class NotFetched(InnographError):
    status = 502
    title = "Not to be had"
    sentence = "%(address)s could not be had: %(detail)s"


class HarvestRuns(InnographError):
    status = 409
    title = "Harvested just now"
    sentence = "Another process harvests %(name)s just now."


class UnknownSource(InnographError):
    status = 404
    title = "No such source"
    sentence = "There is no source named %(name)s. Known: %(known)s"


class BadSource(InnographError):
    """A source.toml that cannot be followed; `faults` are all that is wrong in it."""

    status = 400
    title = "The description of a source is to be mended"
    sentence = "%(path)s: %(faults)s"


class BadTable(InnographError):
    status = 400
    title = "The file cannot be read"
    sentence = "%(path)s: %(detail)s"


class BadRow(BadTable):
    sentence = "%(path)s, line %(line)s: %(detail)s"


class NotDefined(BadRequest):
    """A measure that the data at hand do not allow."""

    title = "The data do not allow this"
    sentence = "%(measure)s cannot be computed: %(reason)s."


class OnlyListed(BadRequest):
    """A measure of delays, over adoptions most of which may be much older than their dates."""

    title = "The dates do not bear this measure"
    sentence = (
        "%(measure)s needs dates of adoption, and %(listed)s of %(events)s adoptions are dated "
        "only by when a list first named them. Choose others, or go on anyway (--anyway; on the "
        "web anyway=1)."
    )


class MissingExtra(InnographError):
    status = 501
    title = "A package is not installed"
    sentence = "This needs the package %(package)s: pip install 'innograph[%(extra)s]'"


class UnknownType(InnographError):
    status = 404
    title = "No such type"
    sentence = "No dossier is of the type %(type)s. Known: %(known)s"


class AlreadyThere(InnographError):
    status = 409
    title = "Nothing is written over"
    sentence = "There is something at %(path)s already. Take it away, or choose another name."


class MissingData(InnographError):
    status = 404
    title = "No such file"
    sentence = "There is nothing at %(path)s. %(advice)s"


class ReadingFailed(InnographError):
    title = "The data were not read to their end"
    sentence = (
        "The process that reads the data ended before they did: perhaps the machine has too little"
        " memory. What was imported is kept; import again."
    )
