"""What a request may be wrong in."""

from .base import InnographError


class BadRequest(InnographError):
    status = 400
    title = "The request cannot be understood"


class MissingParameter(BadRequest):
    sentence = "The parameter %(parameter)s is missing."


class RepeatedParameter(BadRequest):
    sentence = "The parameter %(parameter)s is given more than once."


class NotUtf8(BadRequest):
    sentence = "The request is not written in UTF-8."


class BadParameter(BadRequest):
    sentence = "The parameter %(parameter)s cannot be %(value)s: %(reason)s"


class Unauthorized(InnographError):
    status = 401
    title = "A token is needed"
    sentence = "Send the token you were given in the header: Authorization: Bearer <token>."


class InvitationClosed(InnographError):
    status = 403
    title = "The invitation is not open"
    sentence = "This invitation is unknown or out of date. Ask the people who sent it for another."


class Forbidden(InnographError):
    status = 403
    title = "This is not yours to change"
    sentence = "The dossier %(dossier)s belongs to another contributor."


class NotFound(InnographError):
    status = 404
    title = "Not found"
    sentence = "Nothing is known here under %(iri)s."


class NotKnownThen(NotFound):
    sentence = "Nothing was known here under %(iri)s at revision %(revision)s."


class Gone(InnographError):
    status = 410
    title = "Withdrawn"
    sentence = "What was said here about %(iri)s was withdrawn on %(time)s. Reason: %(reason)s"


class MovedOn(InnographError):
    """A query is for a revision that the graph has left; `again` asks it of the present one."""

    status = 410
    title = "The graph has moved on"
    sentence = (
        "This query was put to the graph at revision %(revision)s, which is at revision %(now)s "
        "now. Ask again without the revision (%(again)s), or ask the dump of then, for as long as "
        "it is kept: %(dump)s"
    )


class NotAcceptable(InnographError):
    status = 406
    title = "No such format"
    sentence = (
        "None of the formats asked for (%(accept)s) can be given here. Ask for one of: %(offered)s"
    )


class UnsupportedMedia(InnographError):
    status = 415
    title = "The format of the data is not known"
    sentence = "Data of type %(media_type)s cannot be read here. Send one of: %(offered)s"


class TooLarge(InnographError):
    status = 413
    title = "Too large"
    sentence = "At most %(limit)s bytes can be sent at once."
