"""What came of the last harvest of each source, for those who look after it."""

from flask import Blueprint, render_template

from ..errors import NotFound
from ..sources.harvest import state
from .access import instance

blueprint = Blueprint("harvests", __name__, url_prefix="/harvests")


@blueprint.get("")
def harvests() -> str:
    """The sources that were harvested, each with its last run."""
    return render_template("harvests.html", runs=list(state.known(instance().settings.home)))


@blueprint.get("/<name>")
def report(name: str) -> str:
    """What came in the last run of a source, what failed and what vanished."""
    given = instance()
    for run in state.known(given.settings.home):
        if run.source == name:
            return render_template("harvested.html", run=run)
    raise NotFound(iri=f"{given.settings.url}/harvests/{name}")
