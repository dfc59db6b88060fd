"""What a query, or who answers it, may fail by."""

from .base import InnographError
from .requests import BadRequest


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


class BadQueryFile(InnographError):
    title = "A stored query is wrong"
    sentence = "The stored query %(name)s is wrong: %(reason)s"
