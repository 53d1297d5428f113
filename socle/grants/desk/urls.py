"""The addresses of operations, their expenses, their claims, at the operators' door."""

from django.urls import path

from socle.grants.desk import claims, expenses, operations, together

GRANT = "subventions/<int:operation_id>/"
EXPENSE = f"{GRANT}depenses/<int:expense_id>/"
CLAIM = f"{GRANT}demandes/<int:number>/"

PATHS = [
    path("subventions/", operations.show_all, name="grants"),
    path("subventions/nouvelle/", operations.open_one, name="grant_open"),
    path(GRANT, operations.show, name="grant"),
    path(f"{GRANT}partenaire/", operations.set_partner, name="grant_partner"),
    path(f"{GRANT}piece/", operations.add_paper, name="grant_paper"),
    path(f"{GRANT}pieces/<int:paper_id>/", operations.paper_file, name="grant_paper_file"),
    path(f"{GRANT}forfait/", operations.take_flat_rate, name="grant_flat"),
    path(f"{GRANT}etape/", operations.step, name="grant_step"),
    path(f"{GRANT}solder/", operations.close, name="grant_close"),
    path(f"{GRANT}recette/", operations.note_revenue, name="grant_revenue"),
    path(f"{GRANT}comptes/", operations.set_accounts, name="grant_accounts"),
    path(f"{GRANT}conditions/", operations.change_terms, name="grant_terms"),
    path(f"{GRANT}plan/<int:partner_id>/", operations.plan, name="grant_plan"),
    path(f"{GRANT}depenses/", expenses.show_all, name="expenses"),
    path(f"{GRANT}depenses/modele.xlsx", expenses.template, name="expenses_template"),
    path(f"{GRANT}depenses.<table:format>", expenses.export, name="expenses_file"),
    path(f"{GRANT}depenses/importer/", expenses.take_file, name="expenses_import"),
    path(f"{GRANT}depenses/coller/", together.paste, name="expenses_paste"),
    path(f"{GRANT}depenses/corriger/", together.correct, name="expenses_correct"),
    path(f"{GRANT}depenses/nouvelle/", expenses.new, name="expense_new"),
    path(EXPENSE, expenses.show, name="expense"),
    path(f"{EXPENSE}corriger/", expenses.correct, name="expense_correct"),
    path(f"{EXPENSE}piece/", expenses.add_piece, name="expense_piece"),
    path(f"{EXPENSE}retirer/", expenses.withdraw, name="expense_withdraw"),
    path(f"{EXPENSE}pieces/<int:piece_id>/", expenses.piece_file, name="expense_piece_file"),
    path(f"{GRANT}marches/", expenses.contracts, name="contracts"),
    path(f"{GRANT}marches/nouveau/", expenses.contract, name="contract_new"),
    path(f"{GRANT}marches/<int:contract_id>/", expenses.contract, name="contract"),
    path(f"{GRANT}marches/<int:contract_id>/pieces/", expenses.contract_file, name="contract_file"),
    path(f"{GRANT}demandes/preparer/", claims.prepare, name="claim_prepare"),
    path(CLAIM, claims.show, name="claim"),
    path(f"{CLAIM}envoyer/", claims.send, name="claim_send"),
    path(f"{CLAIM}reponse/", claims.answer, name="claim_answer"),
    path(f"{CLAIM}aide-recue/", claims.receive, name="claim_receive"),
    path(f"{CLAIM}certifier-<int:statement_id>/", claims.certify, name="claim_certify"),
    path(f"{CLAIM}viser-<int:statement_id>/", claims.visa, name="claim_visa"),
    path(f"{CLAIM}reverser-<int:statement_id>/", claims.pay_on, name="claim_pay_on"),
    path(f"{CLAIM}etat-<int:statement_id>-<slug:which>.pdf", claims.statement_file, name="claim_statement"),
    path(f"{CLAIM}fichiers/<str:name>", claims.claim_file, name="claim_file"),
]
