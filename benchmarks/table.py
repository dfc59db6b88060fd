"""What was measured, as Markdown: rates, and how many times the peer's the product's are."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agree import Said
from load import Rate

PRODUCT = "innograph"
KINDS = {"cold": "each request with a text of its own", "repeated": "the same text again and again"}


@dataclass
class Question:
    """One query on one engine: seconds to the first answer, rates, or why there are none."""

    first: float = 0.0
    failed: str = ""
    said: Said | None = None
    differs: str = ""
    rates: dict[tuple[str, int], Rate] = field(default_factory=dict)

    def cell(self, run: tuple[str, int], product: "Question | None" = None) -> str:
        """The rate and, for a peer, the ratio of the product's to it."""
        rate = self.rates.get(run)
        if rate is None:
            return "–"
        mark = "*" if rate.errors else ""
        told = _short(rate.a_second) if rate.answers else f"<{_short(rate.most)}"
        own = product and product.rates.get(run)
        if not own:
            return told + mark
        if not own.answers:
            return f"{told}{mark} (≤{_short(own.most / rate.most)}×)" if rate.answers else told
        more = "" if rate.answers else ">"
        return f"{told}{mark} ({more}{_short(own.a_second / rate.most)}×)"


@dataclass
class Measured:
    """One engine: its version, seconds until it answered, bytes it takes, and its questions."""

    version: str
    ready: float = 0.0
    memory: int = 0
    loaded: int = 0
    failed: str = ""
    questions: dict[str, Question] = field(default_factory=dict)


def rows(header: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(line)} |" for line in lines)
    yield ""


def rates(found: Mapping[str, Measured], names: Sequence[str]) -> Iterator[str]:
    """A table a kind of run: requests a second, in brackets the product's to the peer's."""
    runs = {run: None for m in found.values() for q in m.questions.values() for run in q.rates}
    for kind, connections in sorted(runs):
        plural = "" if connections == 1 else "s"
        yield f"## Answers a second, {kind}, {connections} connection{plural}: {KINDS[kind]}"
        yield ""
        lines = []
        for name in names:
            own = found[PRODUCT].questions.get(name) if PRODUCT in found else None
            cells = [
                measured.questions.get(name, Question()).cell(
                    (kind, connections), None if engine == PRODUCT else own
                )
                for engine, measured in found.items()
            ]
            lines.append([name, *cells])
        yield from rows(["question", *found], lines)


def costs(found: Mapping[str, Measured]) -> Iterator[str]:
    """Versions, the time until the first answer and memory."""
    yield "## Versions, time until the first answer, memory"
    yield ""
    lines = [
        [name, m.version, m.failed or f"{m.ready:.1f}", _mega(m.loaded), _mega(m.memory)]
        for name, m in found.items()
    ]
    header = ["engine", "version", "ready after s", "MB when ready", "MB at the end"]
    yield from rows(header, lines)


def remarks(found: Mapping[str, Measured], names: Sequence[str]) -> Iterator[str]:
    """Where engines differ or give no answer."""
    yield "## Where answers differ or are absent"
    yield ""
    told = [
        f"- {name}, {engine}: {question.failed or question.differs}"
        for name in names
        for engine, measured in found.items()
        if (question := measured.questions.get(name)) and (question.failed or question.differs)
    ]
    yield from told or ["All engines give the same answers."]
    yield ""


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def machine() -> str:
    """What this machine is, without its name."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    processor = models[0] if models else platform.machine()
    return (
        f"{cores()} cores ({processor}), {memory:.0f} GB of memory, Linux {platform.release()},"
        f" Python {platform.python_version()}"
    )


def _short(number: float) -> str:
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.2g}" if number < 10 else f"{number:.0f}"


def _mega(size: int) -> str:
    return f"{size / 1e6:,.0f}" if size else "–"
