"""YAML read as plain text: each value a text as written, each key with its line.

Nothing is guessed (a version 0.10 stays one, a country NO stays one), nothing is built, and a fault
is told with its line. It works on the parser's events: the ready-made loaders take a key told twice
without a word, and a text that is nested deeply enough makes the fast one stop the whole process.
"""

from collections.abc import Iterator
from typing import TypeAlias

import yaml

Value: TypeAlias = "str | list[Value] | Fields"

_DEEPEST = 32
_NOTHING = ("", "~", "null", "Null", "NULL")


class BadYaml(ValueError):
    """What cannot be read, or is not what it should be; the message begins with the line."""

    def __init__(self, message: str, kind: str = "not readable") -> None:
        super().__init__(message)
        self.kind = kind


class Fields(dict[str, Value]):
    """Keys and values in the order told; `lines` are the lines of the keys, from 1.

    What is not told is an empty text, list or set of fields; a value of the wrong make raises
    BadYaml.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}

    def wrong(self, name: str, why: str, kind: str = "missing or wrong field") -> BadYaml:
        """The fault that a field has, to be raised."""
        return BadYaml(f"line {self.lines.get(name, 1)}: {name} {why}", kind)

    def fields(self, *path: str) -> "Fields":
        """The fields under a path."""
        found = self
        for name in path:
            value = found.get(name) or Fields()
            if not isinstance(value, Fields):
                raise found.wrong(name, "is no list of keys and values")
            found = value
        return found

    def text(self, *path: str) -> str:
        """The text at a path."""
        holder = self.fields(*path[:-1])
        value = holder.get(path[-1], "")
        if not isinstance(value, str):
            raise holder.wrong(path[-1], "is no text")
        return value

    def several(self, *path: str) -> list[Value]:
        """The values at a path, where one may stand for a list of one."""
        holder = self.fields(*path[:-1])
        value = holder.get(path[-1]) or []
        if isinstance(value, Fields):
            raise holder.wrong(path[-1], "is no list")
        return [value] if isinstance(value, str) else value

    def texts(self, *path: str) -> list[str]:
        """The texts at a path, where one may stand for a list of one."""
        found = [value for value in self.several(*path) if isinstance(value, str)]
        if len(found) < len(self.several(*path)):
            raise self.fields(*path[:-1]).wrong(path[-1], "is no list of texts")
        return found

    def all_fields(self, *path: str) -> "list[Fields]":
        """The sets of fields in a list at a path."""
        found = [value for value in self.several(*path) if isinstance(value, Fields)]
        if len(found) < len(self.several(*path)):
            raise self.fields(*path[:-1]).wrong(path[-1], "is no list of keys and values")
        return found


def read(content: bytes) -> Fields:
    """The one document of `content`, which is a list of keys and values; raises BadYaml."""
    try:
        value = _Reader(content.decode()).document()
    except UnicodeDecodeError as error:
        raise BadYaml(f"line {_line_at(content, error.start)}: this is not in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadYaml(f"line {line}: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        line = _line_at(content, error.position)
        raise BadYaml(f"line {line}: {error.reason}") from None
    if not isinstance(value, Fields):
        raise BadYaml("line 1: this is no list of keys and values")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, yaml.CSafeLoader))
        self._anchors: dict[str, Value] = {}

    def document(self) -> Value:
        next(self._events)  # the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise BadYaml("line 1: there is nothing here")
        value = self._value(next(self._events), _DEEPEST)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise BadYaml(f"line {_line(after)}: a second document begins")
        return value

    def _value(self, event: yaml.Event, deeper: int) -> Value:
        if not deeper:
            raise BadYaml(f"line {_line(event)}: nested too deeply")
        value: Value
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise BadYaml(f"line {_line(event)}: nothing complete is named {event.anchor}")
            return self._anchors[event.anchor]
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and event.value in _NOTHING
            value = "" if plain else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(event_ := next(self._events), yaml.SequenceEndEvent):
                value.append(self._value(event_, deeper - 1))
        else:
            value = self._fields(deeper)
        if getattr(event, "anchor", None):
            self._anchors[event.anchor] = value  # type: ignore[attr-defined]
        return value

    def _fields(self, deeper: int) -> Fields:
        fields = Fields()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, line = self._value(event, deeper - 1), _line(event)
            if not isinstance(key, str):
                raise BadYaml(f"line {line}: a key is no text")
            if key in fields:
                raise BadYaml(f"line {line}: {key} is told already in line {fields.lines[key]}")
            fields[key] = self._value(next(self._events), deeper - 1)
            fields.lines[key] = line
        return fields


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 1


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
