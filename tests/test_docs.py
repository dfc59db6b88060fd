"""The documentation says what is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from innograph import exchange, media
from innograph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    + [*ROOT.glob("requirements/*.md")]
)
FORMS = {"turtle": "text/turtle", "json": "application/json", "csv": "text/csv"}
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


def test_the_dossier_that_is_told_how_to_contribute_is_the_same_in_each_form() -> None:
    text = (ROOT / "docs" / "how-to" / "contribute.md").read_text("utf-8")
    told = {
        kind: exchange.read(body.encode(), media_type, "http://127.0.0.1:8000/")
        for kind, media_type in FORMS.items()
        for body in re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    }
    assert told.keys() == FORMS.keys()
    assert len({media.canonical(graph) for graph in told.values()}) == 1
