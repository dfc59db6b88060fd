"""Where a reader of changes stands: after so many events of the ledger."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

from ..errors import BadParameter
from ..ledger import Ledger

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of what changed. Who has taken it is at `revision`; `is_last`: now there is no more."""

    found: list[T]
    revision: int
    is_last: bool


def since(ledger: Ledger, text: str, parameter: str = "since") -> int:
    """The number of a revision; raises BadParameter when it is none, or is still to come."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadParameter(parameter=parameter, value=text, reason="a whole number is needed")
    return _reached(ledger, parameter, text, int(text))


def cursor(ledger: Ledger, text: str) -> int:
    """Where a cursor of this ledger stands; raises BadParameter when it is none."""
    match = re.fullmatch(r"([0-9a-f]+)-([0-9]{1,15})", text, re.ASCII)
    if match is None:
        reason = "take it as it stands in the address of the next page"
        raise BadParameter(parameter="cursor", value=text, reason=reason)
    if match[1] != ledger.id:
        reason = "it is of another ledger; begin without it"
        raise BadParameter(parameter="cursor", value=text, reason=reason)
    return _reached(ledger, "cursor", text, int(match[2]))


def written(ledger: Ledger, position: int) -> str:
    """The cursor that stands at a position."""
    return f"{ledger.id}-{position}"


def modified_since(ledger: Ledger, text: str) -> int:
    """Just before the first public event at or after a date or time (UTC if it does not say).

    Raises BadParameter when it is neither, or is still to come.
    """
    return _before(ledger, _time("modified_since", text))


def at(ledger: Ledger, text: str) -> int:
    """The number of a revision, or that which held at a time, or at the end of a day (UTC).

    Raises BadParameter when it is none of these, or is still to come.
    """
    if text.isascii() and text.isdigit() and len(text) < 16:
        return _reached(ledger, "at", text, int(text))
    # A plus sign that was sent as it stands is read as a space.
    time = _time("at", text.replace(" ", "+"))
    try:
        date.fromisoformat(text)
    except ValueError:
        return _before(ledger, time + timedelta(seconds=1))  # the ledger counts seconds
    return _before(ledger, time + timedelta(days=1))


def _time(parameter: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        reason = "a date or a time such as 2026-01-31 or 2026-01-31T12:00:00Z is needed"
        raise BadParameter(parameter=parameter, value=text, reason=reason) from None
    if time > datetime.now(UTC):
        raise BadParameter(parameter=parameter, value=text, reason="it is in the future")
    return time.replace(tzinfo=None)


def _before(ledger: Ledger, time: datetime) -> int:
    """The last revision before the first public event at or after a UTC time."""
    first = ledger.first_since(f"{time.isoformat(timespec='seconds')}Z")
    return ledger.revision() if first is None else first - 1


def _reached(ledger: Ledger, parameter: str, text: str, number: int) -> int:
    if number > (revision := ledger.revision()):
        reason = f"this graph is at revision {revision}"
        raise BadParameter(parameter=parameter, value=text, reason=reason)
    return number
