"""A process that ends with the one that started it."""

import contextlib
import ctypes
import signal

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)


def die_with_parent() -> None:
    """End this process when the one that started it ends, where the system can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
