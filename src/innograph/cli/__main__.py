"""`python -m innograph.cli` is `innograph`, wherever that is installed."""

from .command import main

main()
