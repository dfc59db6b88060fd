"""Adoptions and a network as netdiffuseR (R) takes them: two tables, and how they are read."""

import csv
import io
from collections.abc import Iterable, Mapping

import numpy as np

from ..errors import NotDefined
from .study import Cell, Study
from .writing import to_csv
from .study import Table

NODES = ("innovation", "id", "name", "toa", "date_kind", "not_before", "not_after", "source")
TIES = ("ego", "alter", "w", "t0", "t1")
