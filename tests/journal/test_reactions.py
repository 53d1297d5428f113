"""What follows a verb of the journal: by its name, or by the beginning that it shares with others."""

from __future__ import annotations

import pytest

from socle.journal.actions import reactions_to

MAIL = "socle.engines.postfix_dovecot.tasks.follow_mail"


@pytest.mark.parametrize(
    ("verb", "tasks"),
    [
        ("mail.box_handed_over", (MAIL,)),
        ("mail.domain_main", (MAIL,)),
        ("mail.zone_written", ()),
        ("mail.box", ()),
        ("device_password.guessing_slowed", ()),
        (
            "role.given",
            (
                "socle.mail.tasks.welcome",
                "socle.engines.postfix_dovecot.tasks.follow_membership",
                "socle.agreements.tasks.propose_signatories",
            ),
        ),
        ("role.given_otherwise", ()),
    ],
)
def test_a_verb_is_followed_by_the_tasks_of_the_lines_it_answers_to(
    verb: str, tasks: tuple[str, ...], settings: object
) -> None:
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"  # type: ignore[attr-defined]
    assert reactions_to(verb) == tasks
