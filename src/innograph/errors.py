"""The few things that can go wrong, each with its HTTP status and the sentence a person will read.

A sentence is an English message of the translation catalogue; the doors translate it and then put
the parameters in.
"""

from functools import partial
from typing import Any, ClassVar


class InnographError(Exception):
    """Something that a person can understand and mostly mend.

    `params` fill the sentence; those named in `members` are also told to machines (RFC 9457).
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    sentence: ClassVar[str] = "Something went wrong."

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence % params)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.params), ()


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


class QuerySyntax(BadRequest):
    title = "The query has a mistake"
    sentence = (
        "The query has a mistake at line %(line)s, column %(column)s, in: %(clause)s. %(detail)s"
    )


class UnknownPrefix(BadRequest):
    title = "The query uses an unknown prefix"
    sentence = (
        "The prefix %(prefix)s: (line %(line)s, column %(column)s) is not declared. "
        "Begin the query with a line PREFIX %(prefix)s: and the address it stands for."
    )


class MisspeltPrefix(UnknownPrefix):
    sentence = (
        "The prefix %(prefix)s: (line %(line)s, column %(column)s) is not declared. "
        "Did you mean %(suggestion)s: ?"
    )


class ServiceRefused(BadRequest):
    title = "The query asks another server"
    sentence = "SERVICE is refused: this server never sends requests to other servers."


class QueryTooDeep(BadRequest):
    title = "The query is nested too deeply"
    sentence = (
        "The query nests more than %(limit)s brackets or signs, or lists a thousand things in one "
        "list. Use VALUES for long lists."
    )


class QueryTooLong(InnographError):
    status = 504
    title = "The query takes too long"
    sentence = (
        "The query was stopped after %(seconds)s seconds. Ask for less at once: name a thing or a "
        "class, or count in parts."
    )


class QueryTooLarge(InnographError):
    status = 503
    title = "The query needs too much memory"
    sentence = (
        "The query was stopped because it needed more memory than one query may take. Ask for "
        "less at once, or sort and group fewer rows."
    )


class AnswerTooLarge(InnographError):
    status = 413
    title = "The answer is too large"
    sentence = (
        "The answer has more than %(limit)s bytes. Ask for parts of it, with LIMIT and OFFSET."
    )


class StoreBusy(InnographError):
    """No worker took a request for so many seconds."""

    status = 503
    title = "The server is busy"
    sentence = (
        "All is in use, or being loaded: nothing was free for %(seconds)s seconds. Ask later."
    )


class EngineAway(StoreBusy):
    """The engine that is asked over HTTP is not there, or full."""

    title = "The engine does not answer"
    sentence = "The engine that holds the graph does not answer. Ask later."


class EngineRefuses(InnographError):
    status = 502
    title = "The engine does not do what it is asked"
    sentence = "The engine that holds the graph did not do what it was asked: %(detail)s"


class QueryRefused(BadRequest):
    title = "The engine does not take the query"
    sentence = "The engine that holds the graph does not take this query: %(detail)s"


class EngineFailed(InnographError):
    title = "The engine does not start"
    sentence = (
        "The process that holds the graph ended %(tries)s times before it could answer. What it "
        "said stands above."
    )


class TooManyQueries(InnographError):
    status = 429
    title = "Too many queries at once"
    sentence = "At most %(limit)s of your queries may wait or run at once. Ask again when one ends."


class UpdateRefused(InnographError):
    status = 403
    title = "The graph is not written to directly"
    sentence = "Updates are refused here. Send what you know as a contribution: %(contributions)s"


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


class TooLarge(InnographError):
    status = 413
    title = "Too large"
    sentence = "At most %(limit)s bytes can be sent at once."


class BadSetting(InnographError):
    title = "A setting is wrong"
    sentence = "The setting %(setting)s cannot be %(value)s: %(reason)s"


class LedgerBase(InnographError):
    title = "This ledger names its data under another address"
    sentence = (
        "The ledger was made with INNOGRAPH_BASE=%(base)s and cannot be opened with %(given)s. "
        "Set INNOGRAPH_BASE=%(base)s, or another INNOGRAPH_HOME."
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
        "only by when a list first named them. Choose others, or go on with --anyway."
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


class BadQueryFile(InnographError):
    title = "A stored query is wrong"
    sentence = "The stored query %(name)s is wrong: %(reason)s"


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


class DumpsBusy(InnographError):
    status = 503
    title = "A dump is being made"
    sentence = "Another process is making a dump. Try again when it is done."


class DumpGone(InnographError):
    status = 410
    title = "No longer kept"
    sentence = (
        "The dump of revision %(revision)s is no longer kept. The last one is at %(latest)s; a "
        "person who runs this server can make an earlier one again."
    )


class NoDump(InnographError):
    status = 503
    title = "Nothing to harvest yet"
    sentence = "The first dump of this graph is being made. Ask again in a few minutes."


class LedgerUnusable(InnographError):
    title = "The ledger cannot be opened"
    sentence = "The ledger cannot be opened or made: %(detail)s. Check INNOGRAPH_LEDGER."


class LedgerBusy(InnographError):
    status = 503
    title = "The ledger is busy"
    sentence = "Others have been writing for %(seconds)s seconds without a pause. Try again later."


class NotWiped(InnographError):
    status = 503
    title = "Erased, but not yet wiped"
    sentence = (
        "What was to be erased is gone from the ledger, but its bytes are still in the files: "
        "somebody is using them. Erase it once more."
    )
