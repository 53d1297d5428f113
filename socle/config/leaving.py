"""What a person may hold by a role, and how it changes hands when they leave: one table, read from top to bottom.

A new room whose things follow somebody adds its line here, and two functions in its own `leaving.py`: what is held, in
words, and what passes it on. It knows of no door: the pages where these things are seen are named here.
"""

from __future__ import annotations

from socle.people.leaving import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "signatures",
        "Conventions à signer, ou qui le seront",
        "socle.agreements.leaving.signatures",
        "Une convention déjà à la signature attend qui exercera la fonction ; sur un projet, le nom sera à indiquer.",
        "socle.agreements.leaving.pass_signatures",
        {"mairie": "mairie:agreements", "console": "console:agreements"},
    ),
    Kind(
        "conventions",
        "Conventions en préparation suivies",
        "socle.agreements.leaving.followed",
        "Plus personne ne les suit : elles restent dans la liste, où on les confie.",
        "socle.agreements.leaving.pass_followed",
        {"console": "console:agreements"},
    ),
    Kind(
        "fusions",
        "Plans de fusion et de scission suivis",
        "socle.mergers.leaving.plans",
        "Plus personne ne les suit : ils restent dans la liste, où on les confie.",
        "socle.mergers.leaving.pass_plans",
        {"console": "console:mergers"},
    ),
    Kind(
        "jetons",
        "Jetons d’accès",
        "socle.integrations.leaving.tokens",
        "Ils n’ouvrent plus rien, jusqu’à ce que quelqu’un les reprenne.",
        "socle.integrations.leaving.pass_tokens",
        {"mairie": "mairie:tokens", "console": "console:tokens"},
    ),
    Kind(
        "webhooks",
        "Webhooks",
        "socle.integrations.leaving.told_addresses",
        "Ils attendent que quelqu’un les reprenne ; rien de ce qui est à dire n’est perdu.",
        "socle.integrations.leaving.pass_addresses",
        {"mairie": "mairie:webhooks", "console": "console:webhooks"},
    ),
    Kind(
        "demandes",
        "Demandes d’adhésion suivies",
        "socle.joining.leaving.requests",
        "Elles ne sont plus confiées à personne, et restent dans la liste.",
        "socle.joining.leaving.pass_requests",
        {"console": "console:join_requests"},
    ),
    Kind(
        "lots",
        "Lots en cours ou en pause",
        "socle.batches.leaving.batches",
        "Ils sont mis en pause : une personne chargée du programme ou de la technique les reprend, ou les arrête.",
        "socle.batches.leaving.pass_batches",
        {"console": "console:batches"},
    ),
    Kind(
        "filtres",
        "Filtres partagés avec l’opérateur",
        "socle.people.filters.shared_filters",
        "Ils restent dans les listes, et chaque personne de l’opérateur peut les renommer ou les supprimer.",
        "socle.people.filters.pass_shared_filters",
        {"console": "console:filters"},
    ),
    Kind(
        "pages",
        "Pages du site en brouillon ou verrouillées",
        "socle.websites.leaving.pages",
        "Les verrous s’ouvrent ; les brouillons restent, et qui écrit le site les reprend.",
        "socle.websites.leaving.pass_pages",
        {"mairie": "wagtailadmin_home"},
    ),
    Kind(
        "messages",
        "Messages d’habitants confiés",
        "socle.websites.leaving.messages",
        "Ils ne sont plus confiés à personne, et restent dans la liste de la mairie.",
        "socle.websites.leaving.pass_messages",
        {"mairie": "mairie:messages"},
    ),
    Kind(
        "relectures",
        "Pages du site à relire",
        "socle.websites.leaving.reviews",
        "Elles restent à relire\u00a0: toute personne de la mairie peut le faire.",
        "socle.websites.leaving.pass_reviews",
        {"mairie": "wagtailadmin_home"},
    ),
    Kind(
        "agendas",
        "Agendas personnels",
        "socle.agenda.leaving.calendars",
        "Ils se ferment, et sont effacés avec le compte\u00a0; ce qui est dans les agendas de la mairie y reste.",
        "socle.agenda.leaving.pass_calendars",
        {"mairie": "mairie:calendars"},
    ),
    Kind(
        "appareils",
        "Appareils reliés à la messagerie, aux agendas et aux fichiers",
        "socle.people.devices.queries.held",
        "Ils n’ouvrent plus rien dès que la personne n’exerce plus aucune fonction ; ses messages restent.",
    ),
    Kind(
        "boites",
        "Boîte aux lettres personnelle",
        "socle.mail.leaving.boxes",
        "Elle reçoit toujours, et n’est ouverte à personne : transmettez-la quand quelqu’un prend la suite.",
        "socle.mail.leaving.pass_boxes",
        {"mairie": "mairie:mail"},
    ),
    Kind(
        "boites-partagees",
        "Boîtes aux lettres partagées ouvertes à cette personne",
        "socle.mail.leaving.shared_boxes",
        "Elles lui sont fermées, et restent ouvertes aux autres.",
        "socle.mail.leaving.pass_shared_boxes",
        {"mairie": "mairie:mail"},
    ),
    Kind(
        "propositions",
        "Invitations proposées, pas encore acceptées",
        "socle.people.leaving.invitations",
        "Elles restent valables : qui nomme les confirme ou les retire.",
        pages={"mairie": "mairie:people", "console": "console:people"},
    ),
    Kind(
        "liens",
        "Liens de partage faits",
        "socle.files.leaving.links",
        "Ils restent valables jusqu’à leur date, sauf si la mairie les arrête.",
        pages={"mairie": "mairie:file_links"},
    ),
    Kind(
        "assistance",
        "Accès d’assistance ouverts",
        "socle.people.leaving.help_accesses",
        "Ils restent ouverts jusqu’à leur date, sauf si la mairie les ferme.",
        pages={"mairie": "mairie:people"},
    ),
)
