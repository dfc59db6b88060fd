"""How many answers a second a server gives, asked by wrk over connections that stay open."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from processes import HOST, Server

INSTALL = "apt-get install wrk"
# An answer that is asked for within the time is waited for, if it comes not much later.
_PATIENCE = 60
# With a mark, each request has a text of its own: a comment that no other request has.
_SCRIPT = """
local path, mark, number, same = nil, nil, 0, nil
function init(arguments)
  path, mark = arguments[1], arguments[2]
  wrk.headers["Accept"] = arguments[3]
  same = wrk.format("GET", path)
end
function request()
  if mark == "" then return same end
  number = number + 1
  return wrk.format("GET", path .. "%0A%23" .. mark .. "-" .. number)
end
function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, errors.status, broken,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Rate:
    """What a run of wrk counted; good answers only make the rate."""

    answers: int
    errors: int
    seconds: float
    median: float  # seconds
    p99: float

    @property
    def a_second(self) -> float:
        """Good answers a second; 0 when none came within the time."""
        return self.answers / self.seconds

    @property
    def most(self) -> float:
        """A rate that the server did not exceed: where no answer came, one in all the time."""
        return max(self.answers, 1) / self.seconds


def missing() -> str:
    """How to install wrk, where it is not."""
    return "" if shutil.which("wrk") else INSTALL


def measure(
    server: Server, query: str, accept: str, connections: int, seconds: float, mark: str = ""
) -> Rate:
    """Ask a query for some seconds, over and over; with a `mark`, never with the same text twice.

    The texts depend on query and mark alone: all servers get the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        script.write_text(_SCRIPT)
        time = f"{max(1, round(seconds))}s"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{time}", f"--timeout={_PATIENCE}s"]
        command += ["-s", str(script), f"http://{HOST}:{server.port}/", "--"]
        command += [server.path(query.rstrip()), mark, accept]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    [told] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    requests, status, broken, duration, median, p99 = map(int, told.split()[1:])
    return Rate(requests - status, status + broken, duration / 1e6, median / 1e6, p99 / 1e6)
