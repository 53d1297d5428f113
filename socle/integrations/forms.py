"""What both doors ask of whoever lets a program in."""

from __future__ import annotations

from django import forms

from socle.integrations.models import Scope
from socle.integrations.rules import TERMS

# A beneficiary registers nobody, and acts on its installations by asking.
OF_A_BENEFICIARY = [
    scope
    for scope in Scope
    if scope not in (Scope.BENEFICIARIES_WRITE, Scope.INSTALLATIONS_WRITE)
]  # fmt: skip


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

    def __init__(self, *args: object, for_beneficiary: bool = False) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        offered = OF_A_BENEFICIARY if for_beneficiary else list(Scope)
        field.choices = [(scope.value, scope.label.capitalize()) for scope in offered]
