"""The command line: wiring only, one function a command."""

from .command import main

__all__ = ["main"]
