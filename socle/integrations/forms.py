"""Forms, at both doors, for whoever lets a program in."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.integrations import events, rules
from socle.integrations.models import Scope, Webhook
from socle.integrations.rules import TERMS
from socle.people.models import Beneficiary, Operator
from socle.ui.meanwhile import Filled

# A beneficiary registers nobody, acts on its installations by asking, and leaves its request to join to the operator.
NOT_OF_A_BENEFICIARY = (Scope.BENEFICIARIES_WRITE, Scope.INSTALLATIONS_WRITE, Scope.JOIN_REQUESTS_WRITE)
OF_A_BENEFICIARY = [scope for scope in Scope if scope not in NOT_OF_A_BENEFICIARY]


class TokenForm(forms.Form):
    """The program, what it may do, for how long."""

    name = forms.CharField(
        label="Nom du programme",
        max_length=80,
        help_text="Celui du logiciel qui se servira du jeton : vous le reconnaîtrez dans la liste.",
    )
    scopes = forms.MultipleChoiceField(
        label="Ce qu’il pourra faire",
        widget=forms.CheckboxSelectMultiple,
        help_text="Rien de plus que ce que vous pouvez faire vous-même. Cochez le moins possible.",
    )
    days = forms.TypedChoiceField(
        label="Pendant combien de temps",
        coerce=int,
        choices=[(days, "un an" if days == 365 else f"{days} jours") for days in TERMS],
        initial=90,
        help_text="Passé ce délai, le jeton n’ouvre plus rien : créez-en un autre.",
    )

    def __init__(self, *args: Any, owner: Operator | Beneficiary) -> None:
        super().__init__(*args)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        offered = OF_A_BENEFICIARY if isinstance(owner, Beneficiary) else list(Scope)
        field.choices = [(scope.value, scope.label.capitalize()) for scope in offered]


class EventGroup(forms.MultipleChoiceField):
    """The events of one subject: none of them is an answer, the whole form wants one."""

    widget = forms.CheckboxSelectMultiple

    def validate(self, value: list[str]) -> None:
        """Check what was ticked."""
        if value:
            super().validate(value)


class WebhookForm(Filled, forms.Form):
    """The program, where it listens, what it is told of."""

    name = forms.CharField(
        label="Nom du logiciel",
        max_length=80,
        help_text="Celui qui sera prévenu : vous le reconnaîtrez dans la liste.",
    )
    url = forms.CharField(
        label="Adresse à prévenir",
        max_length=rules.MOST_CHARACTERS,
        help_text="Donnée par le logiciel ; elle commence par « https:// ».",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, owner: Operator | Beneficiary, webhook: Webhook | None = None) -> None:
        initial: dict[str, object] = {}
        chosen = [event.verb for event in webhook.events.all()] if webhook else []
        if webhook:
            initial = {"name": webhook.name, "url": webhook.url}
        super().__init__(*args, initial=initial, is_kept=webhook is not None)
        self.groups = []
        for rank, (subject, verbs) in enumerate(events.groups_of(owner).items()):
            name = f"events_{rank}"
            self.groups.append(name)
            self.fields[name] = EventGroup(
                label=subject,
                choices=[(verb, events.label(verb)) for verb in verbs],
            )
            self.initial[name] = [verb for verb in verbs if verb in chosen]

    @property
    def given(self) -> dict[str, Any]:
        """Return the arguments of an action."""
        verbs = [verb for name in self.groups for verb in self.cleaned_data[name]]
        return {"name": self.cleaned_data["name"], "url": self.cleaned_data["url"], "verbs": verbs}
