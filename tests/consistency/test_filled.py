"""A form filled from what is kept carries what it showed: nobody writes over what another saved meanwhile.

Every form of ours that is given an `initial`, an instance, or fills itself, is `socle.ui.meanwhile.Filled`, or is here
with the reason for which two people cannot undo each other by it. A page that shows one and does not carry it is
refused by the client of every test (`tests/client.py`).
"""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

from django import forms

from socle.ui.meanwhile import Filled
from tests.consistency.house import code, nodes, read

NEW = "it only adds: what it proposes is of nobody"
EXCEPTIONS = {
    "socle.assemblies.forms.MeetingForm": NEW,
    "socle.assemblies.forms.ReplyForm": NEW,
    "socle.assemblies.forms.StatuteForm": NEW,
    "socle.backups.forms.QuotaForm": "one figure, which replaces another by its own name",
    "socle.console.views.attach_acts.AttachForm": "a key of one press",
    "socle.console.views.batches.ConfirmForm": "what was counted is what is done, or it is refused",
    "socle.console.views.deadlines.KeepForm": NEW,
    "socle.console.views.drafts.ActForm": NEW,
    "socle.grants.desk.forms.DayForm": "one day, noted once by its step",
    "socle.mergers.desk.views.ConfirmForm": "what was counted is what is done, or it is refused",
    "socle.revenue.desk.meter.CeilingForm": NEW,
    "socle.revenue.desk.meter.CostForm": NEW,
    "socle.revenue.desk.meter.ReceiptForm": NEW,
    "socle.revenue.desk.reckonings.ReckoningForm": NEW,
    "socle.console.views.signatures.ReadForm": "a document by its digest, which another one does not have",
    "socle.console.views.signatures.ReadThemForm": "documents by their digest, which others do not have",
    "socle.console.views.territory.ConfirmForm": "what was counted is what is done, or it is refused",
    "socle.console.views.texts.TextForm": "it carries the revision that it was written on (`why_not_save`)",
    "socle.inbox.forms.AnswerForm": NEW,
    "socle.lib.stamps.StampedForm": "the seal of a form that anybody fills",
    "socle.mail.forms.BoxForm": NEW,
    "socle.mairie.agenda.forms.BookingForm": NEW,
    "socle.mairie.forms.HeldBackForm": "one word, said again or taken back by two buttons",
    "socle.mairie.forms.KindForm": "one choice, which replaces another by its own name",
    "socle.mairie.forms.SignForm": "a document by its digest, which another one does not have",
    "socle.mairie.forms.NameForm": NEW,
    "socle.mairie.publishing.forms.HolidaysForm": NEW,
    "socle.mail.forms.RestoreForm": NEW,
    "socle.people.forms.DepartureForm": "a departure is noted once",
    "socle.people.forms.HelpForm": NEW,
    "socle.people.forms.InvitationForm": NEW,
    "socle.people.forms.SignatoryForm": "the page of one person, by a link of their own",
    "socle.mairie.forms.SiretForm": "one number, proposed once to be confirmed",
    "socle.sections.waste.forms.TouchedForm": NEW,
    "socle.sites.editor.reviews.AskForm": NEW,
    "socle.sites.editor.forms.DocumentForm": "Wagtail's screen; the name of a file, whose former versions are kept",
    "socle.sites.editor.forms.ImageForm": "Wagtail's screen; the name of an image, whose file alone is published",
}


def qualified(form: type) -> str:
    return f"{form.__module__}.{form.__qualname__}"


def module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def fills(node: ast.AST) -> bool:
    """Whether this gives a form what is kept: `initial=`, `instance=`, `setdefault("initial", …)`, `.initial[…] =`."""
    if isinstance(node, ast.Call):
        named = {one.arg for one in node.keywords}
        said = [one.value for one in node.args if isinstance(one, ast.Constant)]
        return bool(named & {"initial", "instance"}) or "initial" in said
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(re.search(r"\.initial\b", ast.unparse(one)) for one in targets)


@cache
def filled() -> dict[str, type]:
    """Every form of ours that is filled, by its name."""
    found: dict[str, type] = {}
    for path in code():
        text = read(path)
        if "orm" not in text or not ("initial" in text or "instance" in text or "ModelForm" in text):
            continue
        names = vars(importlib.import_module(module(path)))
        for node in nodes(path):
            form = None
            if isinstance(node, ast.ClassDef):
                form = names.get(node.name)
                inside = (one for part in node.body if isinstance(part, ast.FunctionDef) for one in ast.walk(part))
                if not (isinstance(form, type) and (issubclass(form, forms.BaseModelForm) or any(map(fills, inside)))):
                    form = None
            elif isinstance(node, ast.Call) and fills(node):
                try:
                    form = eval(ast.unparse(node.func), dict(names))
                except Exception:
                    form = None
            if isinstance(form, type) and issubclass(form, forms.BaseForm) and form.__module__.startswith("socle."):
                found[qualified(form)] = form
    return found


def test_every_form_filled_from_what_is_kept_carries_what_it_showed() -> None:
    assert len(filled()) > 50  # The reading itself works.
    naked = {name for name, form in filled().items() if not issubclass(form, Filled)}
    assert sorted(naked - EXCEPTIONS.keys()) == []
    assert sorted(EXCEPTIONS.keys() - naked) == []


def test_a_form_that_fills_itself_is_seen_however_it_does() -> None:
    def seen(written: str) -> bool:
        return any(map(fills, ast.walk(ast.parse(written))))

    assert seen("form = RoomForm(request.POST or None, initial=kept)")
    assert seen("form = RoomForm(data, instance=room)")
    assert seen("kwargs.setdefault('initial', {})")
    assert seen("self.initial['name'] = room.name")
    assert seen("self.fields['name'].initial = room.name")
    assert not seen("form = RoomForm(request.POST); self.letter = person.initials")
