"""The addresses of contributions, the accessory share, what operators owe each other, at the operators' door."""

from django.urls import path

from socle.revenue.desk import contributions, meter, reckonings

PATHS = [
    path("finances/", meter.show, name="meter"),
    path("finances.<table:format>", meter.export, name="meter_file"),
    path("finances/noter/", meter.note, name="meter_note"),
    path("finances/plafond/", meter.set_ceiling, name="meter_ceiling"),
    path("finances/retirer/", meter.withdraw, name="meter_withdraw"),
    path("finances/noter-un-cout/", meter.note_cost, name="meter_cost"),
    path("finances/couts.<table:format>", meter.export_costs, name="costs_file"),
    path("finances/decomptes/", reckonings.show, name="reckonings"),
    path("finances/decomptes.<table:format>", reckonings.export, name="reckonings_file"),
    path("finances/decomptes/noter/", reckonings.note, name="reckoning_note"),
    path("finances/decomptes/retirer/", reckonings.withdraw, name="reckoning_withdraw"),
    path("finances/decomptes/<int:year>/<str:number>.pdf", reckonings.statement, name="reckoning_statement"),
    path("finances/contributions/", contributions.show, name="contributions"),
    path("finances/contributions.<table:format>", contributions.download, name="contributions_file"),
    path("finances/contributions/exporter/", contributions.export, name="contributions_export"),
    path(
        "finances/contributions/<int:year>/export-<int:rank>.<table:format>",
        contributions.exported,
        name="contributions_exported",
    ),
    path("finances/contributions/<int:contribution_id>.pdf", contributions.letter, name="contributions_letter"),
    path("finances/contributions/relire/", contributions.read_back, name="contributions_read"),
    path("finances/contributions/reglages/", contributions.settings, name="contributions_settings"),
    path("finances/contributions/debiteurs/<str:number>/", contributions.debtor, name="contributions_debtor"),
]
