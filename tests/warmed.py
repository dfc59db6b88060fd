"""Read by the process that children are forked from: what each of them would read for itself."""

from pathlib import Path
from tempfile import TemporaryDirectory

from child import BASE

import innograph.cli.arrivals
import innograph.cli.graph
import innograph.cli.people  # noqa: F401
from innograph import validation
from innograph.instance import Instance
from innograph.settings import Settings

with TemporaryDirectory() as _home:
    _instance = Instance.open(Settings(home=Path(_home), base=BASE))
    _instance.follow()
    _instance.ledger.close()
    del _instance
validation.default()
