"""The files in which a study is given beside its page: JSON, CSV, and a drawing as SVG."""

from flask import Response, request

from .. import media
from ..diffusion.drawing import svg
from ..errors import NotFound
from .access import wants_page

_SVG = "image/svg+xml"
FORMATS = tuple(
    media.Format(name, kind, name, media.RESULTS[0].engine)
    for name, kind in (("json", "application/json"), ("csv", "text/csv"), ("svg", _SVG))
)


def asked_format(extension: str | None) -> media.Format | None:
    """The format of a file, by extension or by Accept; None for a page.

    Raises NotFound for an extension that is none, NotAcceptable.
    """
    if extension == "html" or (extension is None and wants_page()):
        return None
    if extension is None:
        return media.negotiate(request.headers.get("Accept"), FORMATS)
    for form in FORMATS:
        if form.extension == extension:
            return form
    raise NotFound(iri=request.path)


def file(body: bytes | str, form: media.Format) -> Response:
    """A file; a drawing may use the styles that it brings, and nothing else."""
    response = Response(body, content_type=media.content_type(form.media_type))
    if form.media_type == _SVG:
        policy = f"default-src 'none'; style-src '{svg.style_hash()}'"
        response.headers["Content-Security-Policy"] = policy
    return response
