"""`python -m innograph.engine PARENT`: the engine of the settings in the environment."""

import sys

from ..settings import Settings
from .process import Engine, die_with_parent

if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    Engine(Settings.from_environment()).run()
