"""The parameters of an address: what is empty is not given, and most are given once."""

from flask import request

from ..errors import BadParameter, RepeatedParameter
from .access import instance


def every(name: str) -> list[str]:
    """All values of a parameter."""
    return [value for value in request.args.getlist(name) if value]


def single(name: str) -> str | None:
    """The value of a parameter that is given at most once; raises RepeatedParameter."""
    values = every(name)
    if len(values) > 1:
        raise RepeatedParameter(parameter=name)
    return values[0] if values else None


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number, given at most once; raises BadParameter where it is out of bounds."""
    told = single(name) or str(default)
    if not (told.isascii() and told.isdigit() and len(told) < 10) or int(told) < least:
        raise BadParameter(parameter=name, value=told, reason=f"a whole number from {least}")
    if int(told) > most:
        raise BadParameter(parameter=name, value=told, reason=f"at most {most}")
    return int(told)


def absolute(path: str) -> str:
    """A path with the address at which this server is reached."""
    return f"{instance().settings.url}{path}"
