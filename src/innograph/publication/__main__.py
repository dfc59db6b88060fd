"""The process that makes dumps beside a server."""

from .background import main

main()
