"""`python -m innograph.engine FD`: the engine of the settings in the environment.

FD is its end of the line to the one who supervises it.
"""

import socket
import sys

from ..settings import Settings
from .pieces import die_with_parent
from .process import Engine

if __name__ == "__main__":
    die_with_parent()
    Engine(Settings.from_environment(), socket.socket(fileno=int(sys.argv[1]))).run()
