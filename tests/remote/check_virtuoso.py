"""The contract of a store, kept by Virtuoso: `make test-remote`."""

from collections.abc import Iterator
from typing import Any

import engines
import pytest
from test_store import *  # noqa: F403


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with engines.virtuoso(tmp_path_factory.mktemp("virtuoso")) as told:
        yield told
