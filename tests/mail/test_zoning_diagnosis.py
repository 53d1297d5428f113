"""What the DNS said of a domain of mail, explained to whoever has to mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from socle.mail.contract import Heard, Told
from socle.mail.records import records_of
from socle.mail.zoning.diagnosis import Diagnosis, Level, diagnose, questions, tags
from tests.mail.test_records import FACTS, SERVERS

RECORDS = records_of(replace(FACTS, site_hosts=()))
NAME = "prisches.fr"


def heard(changes: dict[tuple[str, str], list[str] | None] | None = None, *, source: str = "") -> Heard:
    """What a well-led domain says, but for these changes; None: nobody answered."""
    said: dict[tuple[str, str], list[str] | None] = {}
    for one in RECORDS:
        values = said.setdefault((one.name, one.type), [])
        assert values is not None
        values.append(one.content)
    lines = []
    for which in ("here", "there"):
        of_it = {**said, **(changes or {})} if source in ("", which) else said
        for (name, kind), values in of_it.items():
            if values is None:
                lines.append(Told(which, name, kind, "FAILED"))
            elif values:
                lines += [Told(which, name, kind, kind, one, 5000) for one in values]
            else:
                lines.append(Told(which, name, kind, "NONE"))
    return Heard(tuple(lines))


def explained(what: Heard, *, is_in_service: bool = False, records=RECORDS) -> Diagnosis:
    return diagnose(what, records, servers=SERVERS, is_in_service=is_in_service)


def test_a_well_led_domain_is_right_everywhere():
    found = explained(heard())
    assert {one.level for one in found.findings} == {Level.OK}
    assert found.is_right
    assert found.is_mail_here
    assert found.former == ()
    assert all(one.to_copy == () for one in found.findings)


def test_nothing_written_yet_is_all_to_copy():
    found = explained(heard({question: [] for question in questions(RECORDS)}))
    assert {one.level for one in found.findings} == {Level.MISSING, Level.ADVICE}
    assert found.is_right is False
    assert found.is_mail_here is False
    assert {record for one in found.findings for record in one.to_copy} == set(RECORDS)


def test_silence_says_nothing():
    found = explained(heard(dict.fromkeys(questions(RECORDS))))
    assert {one.level for one in found.findings} == {Level.UNKNOWN}
    assert found.is_right is None
    assert found.is_mail_here is None


MX, TXT, DMARC = (NAME, "MX"), (NAME, "TXT"), (f"_dmarc.{NAME}", "TXT")
KEY = (f"s202611._domainkey.{NAME}", "TXT")
SPF = "v=spf1 include:_spf.op.example"


@pytest.mark.parametrize(
    ("which", "values", "level", "words"),
    [
        (MX, ["10 mx.ancien.fr."], Level.DANGER, "arrive aujourd’hui à mx.ancien.fr"),
        (MX, ["10 mx.ancien.fr.", "20 mx1.op.example."], Level.WRONG, "va encore à mx.ancien.fr"),
        (MX, ["10 mx1.op.example."], Level.ADVICE, "serveur de secours"),
        (MX, ["5 MX2.op.example.", "1 mx1.OP.example."], Level.OK, "arrive ici"),
        (MX, ["0 ."], Level.WRONG, "ne reçoit aucun courrier"),
        (TXT, ['"v=spf1 include:spf.ancien.fr ~all"'], Level.WRONG, "ne sont pas|n’y sont pas nommés"),
        (TXT, [f'"{SPF} -all"', '"v=spf1 a -all"'], Level.WRONG, "2 textes"),
        (TXT, [f'"{SPF} +all"'], Level.WRONG, "n’importe qui"),
        (TXT, [f'"{SPF} a mx include:a.fr include:b.fr include:c.fr include:d.fr include:e.fr include:f.fr include:g.fr'
               ' include:h.fr ~all"'], Level.WRONG, "plus de 10"),
        (TXT, [f'"{SPF} ip4:192.0.2.1 -all"', '"google-site-verification=x"'], Level.OK, "Juste"),
        (TXT, ['"google-site-verification=x"'], Level.MISSING, "Manque"),
        (DMARC, ['"v=DMARC1; p=none"'], Level.WRONG, "usurper"),
        # The criterion that others read wrong: `sp=` before `p=`.
        (DMARC, ['"v=DMARC1; sp=none; p=reject; rua=mailto:dmarc@op.example"'], Level.OK, "Juste"),
        (DMARC, ['"v=DMARC1; p=quarantine; pct=20"'], Level.WRONG, "une partie"),
        (DMARC, ['"v=DMARC1; p=reject; rua=mailto:autre@exemple.fr"'], Level.ADVICE, "rapports"),
        (DMARC, ['"v=DMARC1;p=reject;rua=mailto:a@b.fr,mailto:DMARC@op.example"'], Level.OK, "Juste"),
        (KEY, ['"v=DKIM1; k=rsa; p=MIIBAAAA"'], Level.WRONG, "une partie"),
        ((f"autodiscover.{NAME}", "CNAME"), ["autodiscover.ancien.fr."], Level.WRONG, "Mène à autodiscover.ancien.fr"),
        ((f"_imaps._tcp.{NAME}", "SRV"), ["10 5 993 imap.op.example."], Level.OK, "Juste"),
        ((f"_imaps._tcp.{NAME}", "SRV"), ["0 1 993 imap.ancien.fr."], Level.WRONG, "imap.ancien.fr"),
        ((NAME, "CAA"), ['0 issue "pki.example"'], Level.WRONG, "n’autorise que pki.example"),
        ((NAME, "CAA"), ['0 issue ";"'], Level.WRONG, "interdit tout certificat"),
        ((NAME, "CAA"), ['0 issue "pki.example"', '0 issue "letsencrypt.org; a=b"'], Level.OK, "Juste"),
        ((NAME, "CAA"), ['0 iodef "mailto:a@b.fr"'], Level.OK, "Juste"),
        ((f"_smtp._tls.{NAME}", "TXT"), ['"v=TLSRPTv1; rua=mailto:a@b.fr"'], Level.ADVICE, "rapports"),
    ],
)  # fmt: skip
def test_what_is_there_is_judged_by_what_it_means(which, values, level, words):
    found = explained(heard({which: values}))
    (one,) = [one for one in found.findings if one.level != Level.OK] or [
        one for one in found.findings if (one.name, one.type) == which
    ]
    assert (one.name, one.type) == which
    assert one.level == level, one
    assert any(word in one.sentence for word in words.split("|")), one.sentence
    assert one.level in (Level.OK, Level.MISSING) or one.remedy


def test_the_spf_to_copy_keeps_the_former_servers():
    found = explained(heard({TXT: ['"v=spf1 include:spf.ancien.fr -all"']}))
    (one,) = found.of(Level.WRONG)
    assert [record.text for record in one.to_copy] == [
        "v=spf1 include:_spf.op.example include:spf.ancien.fr -all",
    ]


def test_a_former_provider_is_named_and_in_service_it_is_a_fault():
    what = heard({MX: ["10 mx.ancien.fr.", "20 mx2.ancien.fr."]})
    assert explained(what).former == ("mx.ancien.fr", "mx2.ancien.fr")
    assert explained(what).is_mail_here is False
    (one,) = explained(what, is_in_service=True).of(Level.WRONG)
    assert "et non ici" in one.sentence


def test_a_change_on_its_way_is_told_with_what_it_takes():
    found = explained(heard({MX: ["10 mx.ancien.fr."]}, source="here"))
    (one,) = found.of(Level.SOON)
    assert "84\u00a0minutes" in one.remedy
    assert found.is_mail_here is False
    assert found.is_right is None
    found = explained(heard({MX: None}, source="here"))
    assert "DNSSEC" in found.of(Level.UNKNOWN)[0].remedy
    assert found.is_mail_here is None


def test_the_servers_of_the_domain_may_be_mute():
    found = explained(heard(dict.fromkeys(questions(RECORDS)), source="there"))
    assert found.is_right


def test_an_old_domain_is_told_to_have_refused_what_usurps_it():
    records = records_of(replace(FACTS, site_hosts=(), age=100))
    what = heard({DMARC: ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@op.example"']})
    (one,) = explained(what, records=records, is_in_service=True).of(Level.ADVICE)
    assert "quarantine par reject" in one.remedy


@pytest.mark.parametrize(
    "values",
    [
        ['"' + "\\000\\255" * 100 + '"'],
        ['"v=spf1' + " include:x" * 400 + '"'],
        ['"v=DMARC1' + ";" * 900 + '"'],
        ['"v=DMARC1; p"', '"v=DMARC1; p"'],
        ['"unfinished', "\\", '"\\9"', ""],
        ['"v=DKIM1; p=; p=x; =;;"'],
    ],
)
def test_nonsense_is_wrong_or_missing_and_never_breaks(values):
    every = dict.fromkeys(questions(RECORDS), values)
    found = explained(heard(every))
    assert not found.is_right
    assert all(one.sentence for one in found.findings)


def test_what_was_heard_is_written_and_read_again():
    what = heard({TXT: ['"a\\010b  c"', '"v=spf1 mx ~all" " x"']})
    assert Heard.read(str(what)).facts == what.facts
    assert Heard.read("here\nhere a b c d\n\nsomewhere a MX 3 MX x\nhere a.fr MX 60 MX 10 b.fr.").lines == (
        Told("here", "a.fr", "MX", "MX", "10 b.fr.", 60),
    )


def test_tags_are_read_as_the_standard_says():
    assert tags("v=DMARC1; sp=none ;P = reject;p=none; x") == {"v": "DMARC1", "sp": "none", "p": "reject"}
