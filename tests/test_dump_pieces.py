"""A dump is read by one process after another, and is the same whatever each of them reads."""

import os
import signal
from collections.abc import Iterator

import pytest

from innograph.engine import pieces
from innograph.errors import QueryTooLarge
from innograph.store import Change, Load
from innograph.store.embedded import Embedded
from innograph.store.sorting import ordered


@pytest.fixture
def store() -> Embedded:
    found = Embedded({})
    lines = [f'<a:s{n}> <a:p{n % 7}> "{n} é" .\n'.encode() for n in range(100)]
    found.fill((Load(f"a:g{n}", lines[n * 10 : n * 10 + 20]) for n in range(9)), [], 1)
    return found


@pytest.mark.parametrize("piece", [1, 13, 10_000])
def test_pieces_of_any_size_are_the_dump(store: Embedded, piece: int) -> None:
    lines = list(pieces.dump(store, piece))
    assert lines == list(store.dump())
    assert len(lines) == 9 * 20 + 100  # each graph's own, and each distinct triple once


def test_an_empty_store_has_an_empty_dump() -> None:
    assert list(pieces.dump(Embedded({}))) == []


def test_a_process_that_is_killed_fails_the_dump(
    store: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(graph: str) -> Iterator[bytes]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield b""

    monkeypatch.setattr(store, "lines", killed)
    with pytest.raises(QueryTooLarge):
        list(pieces.dump(store))


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_lines_are_sorted_whatever_is_held_at_once(piece: int) -> None:
    lines = [b"c\n", b"a\n", b"b\n", b"a\n", b"\xc3\xa9\n"]
    assert list(ordered(lines, piece)) == [b"a\n", b"a\n", b"b\n", b"c\n", b"\xc3\xa9\n"]


def test_a_dump_tells_its_revision_and_does_not_change_while_it_is_read(store: Embedded) -> None:
    dump = store.dump()
    before = list(store.dump())
    store.apply([Change("a:g0", None)], [], 2)
    assert (dump.revision, list(dump)) == (1, before)
    assert store.dump().revision == 2
