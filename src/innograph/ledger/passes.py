"""Passes: tokens and invitations, whose holder contributes under a pseudonymous id."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, or_, select, update

from .tables import passes

_shown = select(*(column for column in passes.c if column is not passes.c.secret))


@dataclass(frozen=True, slots=True)
class Pass:
    """A right to contribute; `label` says whose: personal data, for operators only."""

    kind: str
    contributor: str
    label: str
    about: str | None
    created: str
    expires: str | None
    revoked: str | None


def issue(connection: Connection, made: Pass) -> str:
    """Record a pass under a new secret, which is returned and not kept."""
    secret = secrets.token_urlsafe(24)
    row = {name: getattr(made, name) for name in Pass.__slots__}
    connection.execute(insert(passes), row | {"secret": _digest(secret)})
    return secret


def new_contributor() -> str:
    return f"contributor/{secrets.token_hex(6)}"


def holder(connection: Connection, secret: str, kind: str, now: str) -> Pass | None:
    """The pass of this kind that a secret opens; None when unknown, revoked or expired."""
    row = connection.execute(
        _shown.where(
            passes.c.secret == _digest(secret),
            passes.c.kind == kind,
            passes.c.revoked.is_(None),
            or_(passes.c.expires.is_(None), passes.c.expires > now),
        )
    ).first()
    return Pass(*row) if row else None


def issued(connection: Connection, contributor: str | None) -> list[Pass]:
    """The passes of a contributor, or all, oldest first."""
    chosen = _shown if contributor is None else _shown.where(passes.c.contributor == contributor)
    return [Pass(*row) for row in connection.execute(chosen.order_by(passes.c.created))]


def revoke(connection: Connection, contributor: str, now: str) -> int:
    """Close the open passes of a contributor; return how many there were."""
    open_ones = passes.c.contributor == contributor, passes.c.revoked.is_(None)
    return connection.execute(update(passes).where(*open_ones).values(revoked=now)).rowcount


def forget(connection: Connection, contributor: str) -> None:
    """Blank for whom the passes of a contributor were made."""
    of_theirs = passes.c.contributor == contributor
    connection.execute(update(passes).where(of_theirs).values(label=""))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
