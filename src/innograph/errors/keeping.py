"""What may be wrong in what is kept: settings, the ledger, dumps."""

from .base import InnographError


class BadSetting(InnographError):
    title = "A setting is wrong"
    sentence = "The setting %(setting)s cannot be %(value)s: %(reason)s"


class LedgerBase(InnographError):
    title = "This ledger names its data under another address"
    sentence = (
        "The ledger was made with INNOGRAPH_BASE=%(base)s and cannot be opened with %(given)s. "
        "Set INNOGRAPH_BASE=%(base)s, or another INNOGRAPH_HOME."
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
