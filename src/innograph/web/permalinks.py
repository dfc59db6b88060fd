"""Addresses that ask for the graph at one revision: answered while it is there, then 410."""

from urllib.parse import quote, urlencode

from flask import request

from ..errors import MovedOn, RepeatedParameter
from ..publication import position
from .access import instance
from .parameters import absolute


def asked_revision() -> int | None:
    """The revision that is asked for, if one is; raises MovedOn where it is no more."""
    told = list(filter(None, request.values.getlist("revision")))
    if len(told) > 1:
        raise RepeatedParameter(parameter="revision")
    if not told:
        return None
    ledger = instance().ledger
    revision, now = position.since(ledger, told[0], "revision"), ledger.revision()
    if revision != now:  # known before anything is evaluated
        raise moved(revision, now)
    return revision


def moved(revision: int, now: int) -> MovedOn:
    """What to say to who asks for a revision that the graph has left."""
    dump = absolute(f"/dumps/{revision}/")
    return MovedOn(revision=revision, now=now, again=address(), dump=dump)


def address(**more: str) -> str:
    """The address asked for, without a revision or with another."""
    given = [(k, v) for k, v in request.args.items(multi=True) if k != "revision" and v]
    told = urlencode([*given, *more.items()])
    return absolute(f"{quote(request.path)}?{told}" if told else quote(request.path))
