"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "agendas",
        "Agendas et carnets d’adresses des mairies\u00a0: ce que leurs personnes y écrivent",
        "agents, élus, habitants et partenaires que la mairie note dans ses agendas et ses contacts",
        "",
        None,
        "Mission d’intérêt public (RGPD, art. 6, 1, e)\u00a0: la mairie en décide, la plateforme les garde pour elle. "
        "L’agenda personnel de quelqu’un est effacé avec son compte.",
        Fate.KEPT,
        ends=Ending.GESTURE,
        because="La mairie en décide\u00a0: le visa des Archives départementales lui revient.",
    ),
    Rule(
        "reservations",
        "Réservations des salles\u00a0: objet, pour qui, comment joindre",
        "associations et personnes qui réservent une salle",
        "après la fin de la réservation",
        400,
        CHOICE,
        Fate.ERASED,
        ends=Ending.SLIP,
        because="Qui a occupé une salle publique, et quand\u00a0: une archive publique.",
        archives="socle.agenda.erasure.BOOKINGS",
    ),
    Rule(
        "agendas-supprimes",
        "Événements et contacts supprimés, qui peuvent encore être rétablis",
        "agents, élus, habitants et partenaires que la mairie y avait notés",
        "après la suppression",
        60,
        CHOICE,
        Fate.ERASED,
        "socle.agenda.erasure.erase_removed",
        ends=Ending.GESTURE,
        because="La mairie a supprimé l’événement ou le contact\u00a0: le visa des Archives "
        "départementales lui revient avant de le faire.",
    ),
)
