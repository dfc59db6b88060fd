"""Compiles the translations (.po) into what gettext reads (.mo), for a wheel and for a checkout."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TRANSLATIONS = "src/innograph/translations"


class CompileTranslations(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for source in Path(self.root, TRANSLATIONS).glob("*/LC_MESSAGES/*.po"):
            compile_catalogue(source, source.with_suffix(".mo"))
        # The .mo files are ignored by git, hence by hatchling, unless they are named here.
        build_data["artifacts"].append(f"/{TRANSLATIONS}/**/*.mo")


def compile_catalogue(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parents[1].name, abort_invalid=True)
    # Written beside and moved, because a running server may be reading the old one.
    half = target.with_suffix(f".{os.getpid()}")
    with half.open("wb") as file:
        write_mo(file, catalogue)
    half.replace(target)
