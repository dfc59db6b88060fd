"""The form "we adopted this": drawn from the shape of an adoption, sent like any contribution."""

import json
import re

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from rdflib import Graph
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from .. import assets, contributions, media, queries
from ..errors import Invalid, InvitationClosed, NotFound
from ..ledger import Pass
from ..sources.mapping import folded, tidy
from ..validation import Report
from .access import instance
from .form import Field, fields
from .language import chosen

blueprint = Blueprint("adopted", __name__)
_DATE = {4: "startYear", 7: "startMonth", 10: "startDay"}
_SIREN = re.compile(r"(?<!\d)(\d{3})\s?(\d{3})\s?(\d{3})(?!\d)")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_LETTER = re.compile(r"[^\W\d_]")
_SHOWN = 8


@blueprint.get("/adopted")
def form() -> str:
    """The empty form, for who holds an invitation."""
    return _page(_fields(_invitation()), {})


@blueprint.post("/adopted")
def send() -> AnyResponse:
    """Send what was filled in; show it again with the errors at their fields when it has some."""
    invitation = _invitation()
    drawn = {field.key: field for field in _fields(invitation)}
    data = _read(drawn, invitation, request.form)
    consent = bool(request.form.get("licence"))
    if consent and not any(field.errors for field in drawn.values()):
        try:
            receipt = _sent_before(data, drawn, invitation) or _submit(data, invitation)
        except Invalid as error:
            _place(error.report, drawn)
        else:
            secret = request.values.get("invitation")
            return redirect(url_for(".received", receipt=receipt, invitation=secret), 303)
    else:
        _check_only(data, drawn)
    missing = {} if consent else {"licence": gettext("Tick this box: without it nothing is sent.")}
    return Response(_page(list(drawn.values()), missing), 422, mimetype="text/html")


@blueprint.get("/adopted/received")
def received() -> str:
    """What happens next."""
    key = request.args.get("receipt", "")
    if not instance().ledger.of_receipt(key):
        raise NotFound(iri=contributions.receipt_iri(instance().base, key))
    return render_template(
        "received.html",
        receipt=url_for("contribute.receipt", key=key),
        again=url_for(".form", invitation=request.args.get("invitation")),
    )


def _invitation() -> Pass:
    found = instance().ledger.holder(request.values.get("invitation", ""), "invitation")
    if found is None:
        raise InvitationClosed
    return found


def _fields(invitation: Pass) -> list[Field]:
    drawn = fields("Adoption", chosen())
    for field in drawn:
        if field.key == "adopts":
            published = _published("find-innovations")
            field.choices = [(iri, label) for iri, label, _ in published]
            if invitation.about:
                labels = [label for iri, label, _ in published if iri == invitation.about]
                field.value, field.editor = (labels or [""])[0], "Preset"
    return drawn


def _page(drawn: list[Field], missing: dict[str, str]) -> str:
    return render_template(
        "adopted.html",
        fields=drawn,
        missing=missing,
        invitation=request.values.get("invitation"),
        licence=instance().settings.licence,
        about=bool(request.form.get("about")),
        consent=bool(request.form.get("licence")),
    )


def _context() -> dict[str, object]:
    text = (assets.root() / "ontology" / "adoption-form.context.jsonld").read_text("utf-8")
    context: dict[str, object] = json.loads(text)["@context"]
    return context


def _read(
    drawn: dict[str, Field], invitation: Pass, given: MultiDict[str, str]
) -> dict[str, object]:
    """What was filled in, in the words of ontology/adoption-form.context.jsonld."""
    for key, field in drawn.items():
        if field.editor != "Preset":
            field.value = given.get(key, field.value).strip()
    data: dict[str, object] = {"type": "Adoption", "certainty": "attested"}
    data["adopter"] = _adopter(drawn["adopter"], given.get("adopter-choice", ""))
    data["adopts"] = invitation.about or _innovation(drawn["adopts"])
    if date := _date(drawn["status"].value):
        kind = "approximate" if given.get("about") else "declared"
        start = {_DATE.get(len(date), "startDay"): date}
        data["statuses"] = [{"type": "StatusPeriod", "status": "in-use", "dateKind": kind, **start}]
    data["evidence"] = _link(drawn["evidence"].value)
    data["note"] = {chosen(): drawn["description"].value} if drawn["description"].value else ""
    return {key: value for key, value in data.items() if value}


def _adopter(field: Field, choice: str) -> object:
    """A published organisation, by name or number; else one by that name, described here."""
    known = _published("find-organisations")
    siren, name = _number_and_name(field.value)
    found = {iri: (label, code) for iri, label, code in known if siren and code == siren}
    found = found or {
        iri: (label, code) for iri, label, code in known if name and folded(label) == folded(name)
    }
    if len(found) == 1:
        return next(iter(found))
    if found:
        field.choices = [
            (iri, ", ".join(filter(None, told))) for iri, told in sorted(found.items())
        ]
        if choice in found:
            field.choice = choice
            return choice
        field.errors.append(gettext("Several organisations have this name. Choose one."))
    elif siren and not name:
        field.errors.append(
            gettext("No organisation with this number is known here. Give its name too.")
        )
    elif name and not _LETTER.search(name):
        field.errors.append(gettext("A SIREN number has nine digits. Give all of them, or a name."))
    elif name:
        return _described(field.value)
    return None


def _innovation(field: Field) -> str | None:
    """A published innovation by its title; the nearest titles are offered when none is the same."""
    wanted = folded(tidy(field.value))
    exact = [iri for iri, label in field.choices if folded(label) == wanted]
    if len(set(exact)) == 1:
        return exact[0]
    if wanted:
        near = [label for _, label in field.choices if wanted in folded(label)][:_SHOWN]
        hint = gettext(" Did you mean: %(titles)s?", titles=", ".join(near)) if near else ""
        field.errors.append(gettext("No innovation by this title is published here.") + hint)
    return None


def _link(text: str) -> object:
    """An address; what is none stays text, which the shape refuses (JSON-LD would drop it)."""
    return text if not text or _ADDRESS.fullmatch(text) else {"@value": text}


def _date(text: str) -> str:
    """2021, 2021-05, 2021-5-3, 05/2021 and 03/05/2021 are understood; anything else is kept."""
    parts = text.split("/")[::-1] if "/" in text else text.split("-")
    if len(parts) in (2, 3) and len(parts[0]) == 4:
        return "-".join(part.zfill(2) for part in parts)
    return text


def _graph(data: dict[str, object]) -> Graph:
    document = json.dumps({"@context": _context(), **data}).encode()
    return media.parse(document, "application/ld+json", f"{instance().base}/")


def _submit(data: dict[str, object], invitation: Pass) -> str | None:
    licence = instance().settings.licence
    return contributions.submit(instance(), _graph(data), invitation.contributor, licence).key


def _sent_before(data: dict[str, object], drawn: dict[str, Field], invitation: Pass) -> str | None:
    """The receipt of the same answer, sent when its organisation was not published yet."""
    if not isinstance(data.get("adopter"), str):
        return None
    told = _graph(data | {"adopter": _described(drawn["adopter"].value)})
    known = contributions.sent_before(instance(), told, invitation.contributor)
    return known.receipt if known else None


def _described(text: str) -> dict[str, object]:
    """A new organisation by its name, and its SIREN number where one is given."""
    siren, name = _number_and_name(text)
    number = [{"type": "Identifier", "code": siren, "kind": "siren"}] if siren else []
    return {"type": "PublicOrganisation", "name": {"fr": name}, "identifiers": number}


def _number_and_name(text: str) -> tuple[str, str]:
    siren = "".join(match.groups()) if (match := _SIREN.search(text)) else ""
    return siren, tidy(_SIREN.sub("", text)).strip(" ,;()-")


def _check_only(data: dict[str, object], drawn: dict[str, Field]) -> None:
    """Tell the other faults too, where one field alone stops the sending."""
    if not (report := contributions.check(instance(), _graph(data))).conforms:
        _place(report, drawn)


def _place(report: Report, drawn: dict[str, Field]) -> None:
    """Put each sentence at its field; what concerns a date goes to the date."""
    by_path = {field.path: field for field in drawn.values()}
    faulty = {result.field for result in report.violations}
    for path, sentences in report.by_field(chosen()).items():
        field = by_path.get(path, drawn["status"])
        if path in faulty and not field.errors:
            field.errors.extend(sentences[:1])


def _published(query: str) -> list[tuple[str, str, str]]:
    """(address, label, code) of what is published, from a stored query."""
    rows = instance().ask(queries.load(query).text, media.JSON_ROWS).rows()
    cells = [[row.get(n, "") for n in ("thing", "label", "code")] for row in rows]
    return [(thing, label, code) for thing, label, code in cells]
