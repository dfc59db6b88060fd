"""What all that can go wrong has in common."""

from functools import partial
from typing import Any, ClassVar


class Sentence(str):
    """An English text that keeps its pattern and values, to be told in other languages.

    Values can be sentences or errors themselves.
    """

    pattern: str
    values: dict[str, object]

    def __new__(cls, pattern: str, **values: object) -> "Sentence":
        told = super().__new__(cls, pattern % values if values else pattern)
        told.pattern, told.values = pattern, values
        return told


class InnographError(Exception):
    """Something that a person can understand and mostly mend.

    `params` fill the sentence; those named in `members` are also told to machines (RFC 9457).
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    sentence: ClassVar[str] = "Something went wrong."

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence % params)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.params), ()
