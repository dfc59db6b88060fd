"""The web doors: parse the request, call one function, shape the answer."""

import gc
import hashlib
from contextlib import suppress

from flask import Flask

from .. import __version__, queries
from ..errors import StoreBusy
from ..instance import Instance
from ..settings import Settings
from . import (
    adopted,
    api,
    artefacts,
    atom,
    catalogue,
    changes,
    contribute,
    diffusing,
    dumps,
    feed,
    harvests,
    pages,
    problems,
    reference,
    sparql,
    statuses,
    suggested,
    things,
)
from .cache import Cache
from .language import babel
from .representation import here
from .turns import Turns


def create_app(settings: Settings) -> Flask:
    """The web application of one instance, which is opened here."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.upload_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.upload_bytes
    app.config["BABEL_DEFAULT_LOCALE"] = settings.lang
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "../translations"
    instance = app.extensions["innograph"] = Instance.open(settings)
    limits = settings.client_queries, settings.client_waiting, settings.queue_seconds
    app.extensions["turns"] = Turns(settings.home / "turns", *limits)
    with suppress(StoreBusy):  # an engine that is away may be back when somebody asks
        instance.follow()  # loaded now, so that the first reader need not wait
    babel(app)
    problems.handle(app)
    app.add_template_filter(here)
    doors = (
        pages,
        sparql,
        api,
        changes,
        things,
        diffusing,
        reference,
        artefacts,
        contribute,
        adopted,
        feed,
        atom,
        harvests,
        catalogue,
        dumps,
        statuses,
        suggested,
    )
    for door in doors:
        app.register_blueprint(door.blueprint)
    kept = settings.cache_bytes, (sparql.PATH,), _edition(settings)
    app.wsgi_app = Cache(app.wsgi_app, instance.ledger.id, instance.follow, *kept)  # type: ignore[assignment]
    return app


def _edition(settings: Settings) -> str:
    """What answers hang on beside the graph: the release, the stored queries, the settings told."""
    texts = (query.text for query in queries.stored().values())
    told = "\0".join((__version__, settings.url, settings.lang, *texts))
    return hashlib.sha256(told.encode()).hexdigest()


def application() -> Flask:
    """The application of the settings in the environment, for a web server."""
    app = create_app(Settings.from_environment())
    # What is loaded now stays: to look through it for circles again and again holds readers up.
    gc.collect()
    gc.freeze()
    return app
