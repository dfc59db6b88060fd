"""A source that another process reads: the same items, the same errors, and an end that is told."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from innograph import assets, media, sources
from innograph.errors import BadTable, ReadingFailed
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Refusal, Remark
from innograph.sources.ahead import read_made
from innograph.sources.mapping import Made, made
from innograph.sources.run import run

BASE = "https://example.org"
SOURCE = """
licensor = "Ville de Valbourg"
address = "https://example.org/projects"
licence = "https://spdx.org/licenses/etalab-2.0"
snapshot = "invented"
updated = "2024-03-01"
language = "fr"
title = { fr = "Projets", en = "Projects" }
[things.project]
type = "Innovation"
id = "number"
[things.project.fields]
title = "title"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A declared source of invented projects."""
    (tmp_path / "valbourg").mkdir()
    (tmp_path / "valbourg" / "source.toml").write_text(SOURCE, "utf-8")
    return tmp_path / "valbourg"


def projects(folder: Path, number: int) -> Path:
    path = folder / "projects.csv"
    lines = [f"{n},Projet {n} de la ville de Valbourg" for n in range(number)] + ["only one cell"]
    path.write_text("\n".join(["number,title", *lines]), "utf-8")
    return path


def comparable(told: Iterator[Made | Refusal | Remark]) -> list[object]:
    return [
        (t[0], t[1] if isinstance(t[1], Exception) else media.canonical(t[1]))
        if isinstance(t, tuple)
        else t
        for t in told
    ]


def test_another_process_reads_the_same_items_refusals_and_remarks(folder: Path) -> None:
    source, path = sources.load(str(folder)), projects(folder, 250)
    here = comparable(made(sources.read(source, path), source, BASE))
    assert comparable(read_made(source, path, BASE)) == here
    assert len(here) > 251 and any(isinstance(told, Refusal) for told in here)


def test_a_shipped_source_is_read_ahead_as_it_is_read_here() -> None:
    source, path = sources.load("eig"), assets.data() / "facts" / "eig.jsonl"
    here = comparable(made(sources.read(source, path), source, BASE))
    assert comparable(read_made(source, path, BASE)) == here


def test_what_is_wrong_with_the_file_is_told_as_if_it_was_read_here(folder: Path) -> None:
    source = sources.load(str(folder))
    empty = folder / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(BadTable) as here:
        list(sources.read(source, empty))
    with pytest.raises(BadTable) as ahead:
        list(read_made(source, empty, BASE))
    assert str(ahead.value) == str(here.value) and ahead.value.params == here.value.params


def test_a_file_that_cannot_be_opened_is_told_as_if_it_was_read_here(tmp_path: Path) -> None:
    folder = tmp_path / "facts.jsonl"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as ahead:
        list(read_made(sources.load("eig"), folder, BASE))
    assert ahead.value.filename == str(folder)


def test_who_stops_listening_leaves_no_process_behind(folder: Path) -> None:
    found = read_made(sources.load(str(folder)), projects(folder, 5_000), BASE)
    next(found)
    assert multiprocessing.active_children()
    found.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(("number", "processes"), [(20, 0), (20_000, 1)])
def test_only_what_is_long_is_read_by_another_process(
    folder: Path, tmp_path: Path, number: int, processes: int
) -> None:
    instance = Instance.open(Settings(home=tmp_path / "home", base=BASE))
    source, path = sources.load(str(folder)), projects(folder, number)
    seen = set()

    def look(done: int) -> None:
        seen.add(len(multiprocessing.active_children()))

    run(instance, source, path, limit=10, progress=look, apart=True)
    assert seen == {processes}


def test_a_reader_that_is_killed_is_told_and_what_came_before_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    instance = Instance.open(Settings(home=tmp_path / "home", base=BASE))
    source, path = sources.load(str(folder)), projects(folder, 20_000)

    def kill(done: int) -> None:
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGKILL)

    with pytest.raises(ReadingFailed):
        run(instance, source, path, progress=kill, apart=True)
    kept = instance.ledger.dossiers_of(source.contributor)
    assert 0 < len(kept) < 20_000
    instance.follow()
    count = "SELECT (COUNT(*) AS ?n) { ?x a inno:Innovation }"
    told = b"".join(instance.ask(count, "text/csv").body).split()
    assert int(told[1]) == len(kept)
