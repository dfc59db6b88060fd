"""Which pages search engines may list: that of each public thing, in files as sitemaps.org says."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from .. import vocab
from ..instance import Instance
from ..ledger import Event
from .packing import packed

_MOST = 50_000  # addresses in one file (sitemaps.org, "Sitemap file location")
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<%s xmlns="{vocab.SITEMAPS}">\n'


def write(folder: Path, instance: Instance, events: Sequence[Event]) -> None:
    """Write `sitemap-1.xml.gz`, … into a folder: the things of public dossiers, sorted.

    `lastmod` is when the ledger last took something about the thing.
    """
    days: dict[str, str] = {}
    for event in events:
        own = event.thing and event.thing.startswith(f"{instance.base}/id/")
        if own and event.thing and event.kind == "accepted":
            days[event.thing] = max(days.get(event.thing, ""), event.time)
    things = sorted(days)
    for number, start in enumerate(range(0, max(1, len(things)), _MOST), 1):
        with packed(folder / f"sitemap-{number}.xml.gz") as out:
            out.write((_HEAD % "urlset").encode())
            for thing in things[start : start + _MOST]:
                path = thing.removeprefix(f"{instance.base}/id/")
                page = escape(f"{instance.settings.url}/doc/{path}")
                out.write(
                    f"<url><loc>{page}</loc><lastmod>{days[thing]}</lastmod></url>\n".encode()
                )
            out.write(b"</urlset>\n")


def index(files: Sequence[str], url: str, time: str) -> bytes:
    """The sitemap that lists the other ones."""
    listed = "".join(
        f"<sitemap><loc>{escape(f'{url}/{name}')}</loc><lastmod>{time}</lastmod></sitemap>\n"
        for name in files
    )
    return f"{_HEAD % 'sitemapindex'}{listed}</sitemapindex>\n".encode()
