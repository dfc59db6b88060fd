"""French or English: as the address asks, as the reader last chose, or as the browser does."""

from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, request
from flask_babel import Babel, format_decimal, get_locale

LANGUAGES = ("en", "fr")


def chosen() -> str:
    """The language of this request."""
    for asked in (request.args.get("lang"), request.cookies.get("lang")):
        if asked in LANGUAGES:
            return asked
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    return request.accept_languages.best_match(LANGUAGES, default) or default


def babel(app: Flask) -> None:
    """Translate pages and sentences of `app`."""
    Babel(app, locale_selector=chosen)

    app.add_template_filter(format_decimal, "number")

    @app.context_processor
    def languages() -> dict[str, object]:
        return {"lang": str(get_locale()), "languages": LANGUAGES, "in_language": in_language}

    @app.after_request
    def remember(response: Response) -> Response:
        if request.args.get("lang") in LANGUAGES and response.mimetype == "text/html":
            response.set_cookie("lang", request.args["lang"], samesite="Lax", httponly=True)
        return response


def in_language(lang: str) -> str:
    """The address of this page in another language."""
    given = request.args.to_dict(flat=False) | {"lang": [lang]}
    return f"{quote(request.path)}?{urlencode(given, doseq=True)}"
