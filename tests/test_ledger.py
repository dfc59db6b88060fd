"""The ledger: what is appended stays, in order; what is erased is gone; and both can be checked."""

import hashlib
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sql_event

from innograph.errors import InnographError, LedgerBase
from innograph.ledger import Entry, Event, Ledger

BASE = "https://example.org"
FORK = multiprocessing.get_context("fork")
CHAINED = [field.name for field in fields(Event)]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path, clock: Clock) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{path}", BASE, clock=clock)
    yield opened
    opened.close()


def dossier(name: object) -> str:
    return f"{BASE}/id/dossier/{name}"


def append(ledger: Ledger, name: object, kind: str = "accepted", **given: Any) -> Event:
    given = {"content": b"content", "contributor": "c-1", "licence": "CC0"} | given
    with ledger.writing() as writer:
        return writer.append(Entry(kind=kind, dossier=dossier(name), **given))


def tamper(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def test_a_ledger_keeps_its_id_and_base_for_ever(path: Path, ledger: Ledger) -> None:
    url = f"sqlite:///{path}"
    again = Ledger.open(url, None, default="https://elsewhere.example")
    assert (again.id, again.base) == (ledger.id, BASE)
    again.close()
    with pytest.raises(LedgerBase, match=r"https://elsewhere\.example"):
        Ledger.open(url, "https://elsewhere.example")


def test_a_new_ledger_takes_the_default_base_when_none_is_given(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'new.sqlite'}", None, default=BASE)
    assert ledger.base == BASE
    ledger.close()


def test_what_is_no_ledger_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("not a database, " * 100)
    for place in ("text.sqlite", "absent/ledger.sqlite"):
        with pytest.raises(InnographError, match="cannot be opened"):
            Ledger.open(f"sqlite:///{tmp_path / place}", BASE)


def test_readers_and_the_writer_share_a_file_in_wal_mode(path: Path, ledger: Ledger) -> None:
    append(ledger, 1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_event_is_numbered_dated_and_chained_to_the_one_before(ledger: Ledger) -> None:
    first = append(ledger, 1, thing=f"{BASE}/id/innovation/x", decider="op", reason="good")
    second = append(ledger, 2)
    assert (first.seq, second.seq) == (1, 2)
    assert first.time == "2026-01-31T12:00:05Z"
    assert second.previous == first.hash != second.hash
    assert ledger.history(dossier(1)) == [first]
    assert ledger.verify() == []


def test_content_and_notes_are_read_back_as_they_were_sent(ledger: Ledger) -> None:
    event = append(ledger, 1, content=b'<s> <p> "\xc3\xa9" .\n', notes_content=b"{}")
    assert event.payload and event.notes
    assert ledger.payload(dossier(1), event.payload) == b'<s> <p> "\xc3\xa9" .\n'
    assert ledger.payload(dossier(1), event.notes) == b"{}"
    assert ledger.payload(dossier(2), event.payload) is None


def test_a_batch_that_fails_leaves_nothing(ledger: Ledger) -> None:
    append(ledger, 1)
    with pytest.raises(ZeroDivisionError), ledger.writing() as writer:
        writer.append(Entry(kind="accepted", dossier=dossier(2), content=b"x"))
        writer.mint("c-1", f"{BASE}/id/innovation/x", dossier(2))
        raise ZeroDivisionError
    assert ledger.revision() == 1
    assert not ledger.latest([dossier(2)]) and not ledger.minted([f"{BASE}/id/innovation/x"])
    assert append(ledger, 3).seq == 2
    assert ledger.verify() == []


def test_a_writer_sees_what_it_has_appended_and_others_do_not_yet(ledger: Ledger) -> None:
    with ledger.writing() as writer:
        event = writer.append(Entry(kind="accepted", dossier=dossier(1), content=b"x"))
        assert writer.latest([dossier(1)]) == writer.public([dossier(1)]) == {dossier(1): event}
        assert ledger.latest([dossier(1)]) == {} and ledger.revision() == 0
    assert ledger.public([dossier(1)]) == {dossier(1): event}


def test_the_revision_is_the_number_of_the_last_public_event(ledger: Ledger) -> None:
    seen = [ledger.revision()]
    for kind in ("received", "accepted", "received", "refused", "withdrawn", "received"):
        append(ledger, 1, kind)
        seen.append(ledger.revision())
    assert seen == [0, 0, 2, 2, 2, 5, 5]


def test_the_revision_is_seen_at_once_by_other_ledgers_and_threads(
    path: Path, ledger: Ledger
) -> None:
    other = Ledger.open(f"sqlite:///{path}", None)
    wrong: list[tuple[int, int]] = []

    def follow() -> None:
        for _ in range(20):
            number = append(ledger, random.random()).seq
            for known in (ledger.revision(), other.revision()):
                if known < number:
                    wrong.append((known, number))

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and other.revision() == ledger.revision() == 80
    other.close()


def test_a_dossier_is_public_from_its_acceptance_to_its_withdrawal(ledger: Ledger) -> None:
    append(ledger, 1, "received")
    assert ledger.public([dossier(1)]) == {}
    accepted = append(ledger, 1, "accepted")
    received = append(ledger, 1, "received", content=b"changed")
    assert ledger.public([dossier(1)]) == {dossier(1): accepted}
    assert ledger.latest([dossier(1)]) == {dossier(1): received}
    append(ledger, 1, "refused", content=b"changed")
    assert ledger.public([dossier(1)]) == {dossier(1): accepted}
    append(ledger, 1, "withdrawn")
    assert ledger.public([dossier(1)]) == {}


def test_changes_tell_the_latest_public_event_of_each_dossier_in_order(ledger: Ledger) -> None:
    kinds = [(1, "accepted"), (2, "accepted"), (3, "received"), (1, "accepted"), (4, "accepted")]
    for name, kind in [*kinds, (2, "withdrawn"), (4, "received")]:
        append(ledger, name, kind)
    told = [(e.seq, e.dossier[-1], e.kind) for e in ledger.changes(0)]
    assert told == [(4, "1", "accepted"), (5, "4", "accepted"), (6, "2", "withdrawn")]
    assert [e.seq for e in ledger.changes(4)] == [5, 6]
    assert list(ledger.changes(6)) == []


def test_ten_thousand_dossiers_are_asked_about_at_once(ledger: Ledger) -> None:
    names = [dossier(number) for number in range(10_000)]
    with ledger.writing() as writer:
        for name in names:
            writer.append(Entry(kind="accepted", dossier=name, payload="0" * 64))
    started = time.monotonic()
    assert len(ledger.latest(names)) == len(ledger.public(names)) == 10_000
    assert [e.dossier for e in ledger.changes(0)] == names
    assert ledger.minted(names) == {}
    assert time.monotonic() - started < 3


def test_the_queue_holds_what_waits_for_a_decision(ledger: Ledger) -> None:
    waiting = append(ledger, 1, "received", receipt="a")
    append(ledger, 2, "received", receipt="b")
    assert [e.receipt for e in ledger.queue()] == ["a", "b"]
    accepted = append(ledger, 1, "accepted", receipt="a")
    assert [e.receipt for e in ledger.queue()] == ["b"]
    assert ledger.of_receipt("a") == [waiting, accepted]
    ledger.erase(dossier(2), reason="r", decider="op")
    assert ledger.queue() == []


def test_the_same_content_of_the_same_contributor_is_recognised(ledger: Ledger) -> None:
    first = append(ledger, 1, content=b"a")
    assert first.payload
    with ledger.writing() as writer:
        assert writer.by_content("c-1", first.payload) == first
        assert writer.by_content("c-2", first.payload) is None
    append(ledger, 1, content=b"b")
    with ledger.writing() as writer:
        assert writer.by_content("c-1", first.payload) is None


def test_all_dossiers_of_a_contributor_are_known(ledger: Ledger) -> None:
    append(ledger, 1, "received")
    append(ledger, 2, contributor="c-2")
    append(ledger, 3, "refused")
    assert ledger.dossiers_of("c-1") == {dossier(1), dossier(3)}


def test_a_thing_is_named_once_for_ever(ledger: Ledger) -> None:
    proposed = f"{BASE}/id/innovation/pix"
    with ledger.writing() as writer:
        assert writer.mint("c-1", proposed, dossier(1)) == proposed
        assert writer.mint("c-2", proposed, dossier(2)) == f"{proposed}-2"
        assert writer.mint("c-3", proposed, dossier(3)) == f"{proposed}-3"
    with ledger.writing() as writer:
        assert writer.mint("c-2", proposed, dossier(9)) == f"{proposed}-2"
    asked = [proposed, f"{proposed}-2", f"{proposed}-9"]
    assert ledger.minted(asked) == {proposed: dossier(1), f"{proposed}-2": dossier(2)}
    assert ledger.named("c-2", asked) == {proposed: f"{proposed}-2"}


def test_a_pass_opens_to_its_secret_only_and_until_it_expires(
    path: Path, ledger: Ledger, clock: Clock
) -> None:
    about = f"{BASE}/id/innovation/pix"
    secret = ledger.issue_pass("invitation", "Mairie de X", about=about, days=2)
    held = ledger.holder(secret, "invitation")
    assert held is not None and (held.about, held.label) == (about, "Mairie de X")
    assert held.contributor.startswith("contributor/") and "Mairie" not in held.contributor
    assert ledger.holder(secret, "token") is None
    assert ledger.holder(secret + "x", "invitation") is None
    clock.now += timedelta(days=2)
    assert ledger.holder(secret, "invitation") is None
    ledger.close()
    assert secret.encode() not in path.read_bytes()


def test_a_contributor_may_hold_two_passes_and_lose_both(ledger: Ledger) -> None:
    first = ledger.issue_pass("token", "team")
    held = ledger.holder(first, "token")
    assert held is not None
    second = ledger.issue_pass("token", "team, new laptop", contributor=held.contributor)
    again = ledger.holder(second, "token")
    assert again is not None and again.contributor == held.contributor
    ledger.revoke(held.contributor)
    assert ledger.holder(first, "token") is None and ledger.holder(second, "token") is None


def test_what_is_erased_is_gone_and_the_chain_still_verifies(ledger: Ledger) -> None:
    received = append(ledger, 1, "received", receipt="a", content=b"old", notes_content=b"n")
    accepted = append(ledger, 1, "accepted", receipt="a", content=b"new")
    kept = append(ledger, 2, content=b"new")
    assert ledger.erase(dossier(1), reason="court order", decider="op") == [dossier(1)]
    for hash in (received.payload, received.notes, accepted.payload):
        assert hash and ledger.payload(dossier(1), hash) is None
    assert kept.payload and ledger.payload(dossier(2), kept.payload) == b"new"
    last = ledger.latest([dossier(1)])[dossier(1)]
    assert (last.kind, last.reason, last.decider) == ("erased", "court order", "op")
    assert last.payload == accepted.payload, "the same content sent again is recognised"
    assert ledger.public([dossier(1)]) == {} and ledger.revision() == last.seq
    assert ledger.verify() == []


def test_erasing_again_does_nothing(ledger: Ledger) -> None:
    append(ledger, 1)
    ledger.erase(dossier(1), reason="r", decider="op")
    revision = ledger.revision()
    assert ledger.erase(dossier(1), reason="r", decider="op") == []
    assert ledger.revision() == revision


def test_erasing_a_contributor_takes_all_they_sent_and_their_name(
    path: Path, ledger: Ledger
) -> None:
    secret = ledger.issue_pass("token", "Camille Untel")
    held = ledger.holder(secret, "token")
    assert held is not None
    for name in (1, 2):
        append(ledger, name, contributor=held.contributor)
    append(ledger, 3, contributor="c-2")
    erased = ledger.erase(contributor=held.contributor, reason="asked", decider="op")
    assert erased == [dossier(1), dossier(2)]
    assert ledger.holder(secret, "token") is None
    assert ledger.public([dossier(n) for n in (1, 2, 3)]).keys() == {dossier(3)}
    assert ledger.verify() == []
    assert b"Camille" not in _files(path)


def test_no_erased_byte_stays_in_the_files(path: Path, ledger: Ledger) -> None:
    # Of many sizes: small content lies inside a page of the table, large content on its own.
    chance = random.Random(3)
    sent = {n: chance.randbytes(chance.choice([80, 300, 700, 1500, 6000])) for n in range(1500)}
    for start in range(0, 1500, 100):
        with ledger.writing() as writer:
            for n in range(start, start + 100):
                name = dossier(f"{chance.getrandbits(80):020x}-{n}")
                writer.append(
                    Entry(kind="accepted", dossier=name, content=sent[n], contributor=f"c-{n % 15}")
                )
    gone = [zlib.compress(content)[8:48] for n, content in sent.items() if n % 15 == 7]
    stay = [zlib.compress(content)[8:48] for n, content in sent.items() if n % 15 == 8]
    before = _files(path)
    assert all(piece in before for piece in gone + stay), "the test must look for what is there"
    ledger.erase(contributor="c-7", reason="r", decider="op")
    after = _files(path)
    assert not any(piece in after for piece in gone) and all(piece in after for piece in stay)


def _files(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_content_that_is_lost_or_changed_is_found(path: Path, ledger: Ledger) -> None:
    append(ledger, 1, content=b"a")
    append(ledger, 2, content=b"b")
    where = "WHERE dossier = ?"
    tamper(path, f"UPDATE payloads SET content = ? {where}", zlib.compress(b"c"), dossier(1))
    assert len(ledger.verify()) == 1
    tamper(path, f"UPDATE payloads SET content = ? {where}", b"no zlib", dossier(1))
    assert len(ledger.verify()) == 1
    tamper(path, f"DELETE FROM payloads {where}", dossier(2))
    assert len(ledger.verify()) == 2


@pytest.mark.parametrize("seq", [1, 2])
def test_an_event_that_was_taken_out_is_found(path: Path, ledger: Ledger, seq: int) -> None:
    for name in range(3):
        append(ledger, name)
    tamper(path, "DELETE FROM events WHERE seq = ?", seq)
    assert ledger.verify()


def test_an_event_that_was_changed_together_with_its_hash_is_found_by_the_next(
    path: Path, ledger: Ledger
) -> None:
    told = asdict(append(ledger, 1, licence="CC0", reason="é"))
    append(ledger, 2)
    assert told.pop("hash") == _chain_hash(told)
    told["licence"] = "none"
    change = "UPDATE events SET licence = ?, hash = ? WHERE seq = 1"
    tamper(path, change, "none", _chain_hash(told))
    assert len(ledger.verify()) == 1


def _chain_hash(told: dict[str, Any]) -> str:
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


steps = st.one_of(
    st.tuples(
        st.sampled_from(["received", "accepted", "refused", "withdrawn"]),
        st.integers(0, 3),
        st.binary(max_size=20),
    ),
    st.tuples(st.just("erase"), st.integers(0, 3), st.just(b"")),
)
value = st.one_of(st.none(), st.text(max_size=5))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=12), st.data())
def test_any_history_verifies_and_any_change_to_it_is_found(
    history: list[tuple[str, int, bytes]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        ledger = Ledger.open(f"sqlite:///{path}", BASE)
        append(ledger, 0, reason=data.draw(value), thing=data.draw(value))
        for kind, name, content in history:
            if kind != "erase":
                append(ledger, name, kind, content=content, notes_content=content)
            elif dossier(name) in ledger.latest([dossier(name)]):
                ledger.erase(dossier(name), reason="r", decider="op")
        assert ledger.verify() == []
        numbers = [event.seq for n in range(4) for event in ledger.history(dossier(n))]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))

        seq = data.draw(st.sampled_from(numbers))
        field = data.draw(st.sampled_from(CHAINED))
        put = len(numbers) + 5 if field == "seq" else data.draw(st.text(max_size=5)) + "changed"
        tamper(path, f"UPDATE events SET {field} = ? WHERE seq = ?", put, seq)
        assert ledger.verify(), f"{field} of event {seq} of {len(numbers)}"
        ledger.close()


def _append_many(url: str, name: int, number: int) -> None:
    ledger = Ledger.open(url, BASE)
    for count in range(number):
        append(ledger, f"{name}-{count}", content=f"{name} {count}".encode())


def test_four_processes_write_at_once_and_nothing_is_lost(path: Path) -> None:
    url = f"sqlite:///{path}"
    started = time.monotonic()
    writers = [FORK.Process(target=_append_many, args=(url, name, 100)) for name in range(4)]
    for writer in writers:
        writer.start()  # on a file that is not there yet: they also make it together
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert time.monotonic() - started < 10
    ledger = Ledger.open(url, None)
    assert [event.seq for event in ledger.changes(0)] == list(range(1, 401))
    assert len(ledger.latest(dossier(f"{n}-{c}") for n in range(4) for c in range(100))) == 400
    assert ledger.verify() == []
    ledger.close()


def test_a_forked_child_and_its_parent_write_to_one_open_ledger(ledger: Ledger) -> None:
    def write() -> None:
        for count in range(30):
            append(ledger, f"{os.getpid()}-{count}")

    append(ledger, "before")
    child = FORK.Process(target=write)
    child.start()
    write()
    child.join(60)
    assert child.exitcode == 0 and ledger.revision() == 61 and ledger.verify() == []


def test_readers_are_not_held_up_by_a_writer(ledger: Ledger) -> None:
    append(ledger, 1)
    with ledger.writing() as writer:
        writer.append(Entry(kind="accepted", dossier=dossier(2), content=b"x"))
        started = time.monotonic()
        assert ledger.revision() == 1 and len(ledger.history(dossier(1))) == 1
        assert time.monotonic() - started < 1


BATCH = 50


def _append_batches(url: str, signs: int) -> None:
    """Append two batches, then a third that never ends; tell through `signs` when inside it."""
    ledger = Ledger.open(url, BASE)
    for last in (False, False, True):
        with ledger.writing() as writer:
            number = 0
            while last or number < BATCH:
                name = dossier(f"{os.getpid()}-{number}")
                writer.append(Entry(kind="accepted", dossier=name, content=os.urandom(3000)))
                number += 1
                if last and number == BATCH:
                    os.write(signs, b".")


def test_a_killed_writer_leaves_whole_batches(path: Path) -> None:
    url = f"sqlite:///{path}"
    for trial in range(1, 6):
        reading, writing = os.pipe()
        child = FORK.Process(target=_append_batches, args=(url, writing))
        child.start()
        assert os.read(reading, 1) == b"."
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)  # in the middle of a batch: it has no other end
        child.join(60)
        os.close(reading)
        os.close(writing)
        assert child.exitcode == -signal.SIGKILL
        ledger = Ledger.open(url, None)
        assert ledger.verify() == []
        assert ledger.revision() == trial * 2 * BATCH
        ledger.close()


def test_a_copy_holds_the_same_and_goes_its_own_way(tmp_path: Path, ledger: Ledger) -> None:
    event = append(ledger, 1)
    append(ledger, 2)
    ledger.erase(dossier(2), reason="r", decider="op")
    ledger.copy(tmp_path / "copy.sqlite")
    copy = Ledger.open(f"sqlite:///{tmp_path / 'copy.sqlite'}", None)
    assert (copy.id, copy.base, copy.revision()) == (ledger.id, BASE, ledger.revision())
    assert copy.history(dossier(1)) == [event] and copy.verify() == []
    assert event.payload and copy.payload(dossier(1), event.payload) == b"content"
    append(copy, 3)
    assert ledger.latest([dossier(3)]) == {}
    copy.close()


@pytest.mark.parametrize("until", [None, 5])
def test_merges_are_found_without_reading_the_other_events(
    ledger: Ledger, path: Path, until: int | None
) -> None:
    """Each page of a thing asks for them, and nearly all events are something else."""
    asked: list[tuple[str, Any]] = []
    sql_event.listen(
        ledger._database._engine,
        "before_cursor_execute",
        lambda connection, cursor, text, values, context, many: asked.append((text, values)),
    )
    assert ledger.merges(until) == []
    [(text, values)] = [each for each in asked if "events" in each[0]]
    with closing(sqlite3.connect(path)) as database:
        [(*_, plan)] = database.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    assert plan == "SCAN events USING INDEX ix_events_merges"
