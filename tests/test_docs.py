"""The documentation says what is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from innograph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    + [*ROOT.glob("requirements/*.md")]
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


@each_page
def test_links_to_files_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_setting_is_described_with_its_default() -> None:
    rows = "".join(
        f"| `INNOGRAPH_{setting.name.upper()}` | "
        f"{f'`{setting.default}`' if str(setting.default) else ''} | {setting.metadata['help']} |\n"
        for setting in fields(Settings)
    )
    assert rows in (ROOT / "docs/reference/settings.md").read_text("utf-8")
