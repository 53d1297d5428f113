"""What the DNS said of a name, explained to whoever has to mend it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from socle.domains.contract import Heard, Told
from socle.domains.diagnosis import Diagnosis, Level, diagnose, questions, tags
from socle.domains.records import TTL, Record
from socle.mail.records import records_of
from tests.mail.test_records import FACTS

CAA = Record("prisches.fr", "CAA", TTL, '0 issue "letsencrypt.org"', "Pour essayer.", is_advised=True)
RECORDS = (*records_of(FACTS), CAA)
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


def explained(what: Heard, records=RECORDS) -> Diagnosis:
    return diagnose(what, records)


def test_a_well_led_domain_is_right_everywhere():
    found = explained(heard())
    assert {one.level for one in found.checks} == {Level.OK}
    assert found.is_right
    assert found.is_mail_here
    assert found.former == ()
    assert all(one.to_copy == () for one in found.checks)


def test_nothing_written_yet_is_all_to_copy():
    found = explained(heard({question: [] for question in questions(RECORDS)}))
    assert {one.level for one in found.checks} == {Level.MISSING, Level.ADVICE}
    assert found.is_right is False
    assert found.is_mail_here is False
    assert {record for one in found.checks for record in one.to_copy} == set(RECORDS)


def test_silence_says_nothing():
    found = explained(heard(dict.fromkeys(questions(RECORDS))))
    assert {one.level for one in found.checks} == {Level.UNKNOWN}
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
    (one,) = [one for one in found.checks if one.level != Level.OK] or [
        one for one in found.checks if (one.name, one.type) == which
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
    (one,) = explained(what, records_of(replace(FACTS, age=1))).of(Level.WRONG)
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
    records = records_of(replace(FACTS, age=100))
    what = heard({DMARC: ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@op.example"']})
    (one,) = explained(what, records).of(Level.ADVICE)
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
    assert all(one.sentence for one in found.checks)


def test_what_was_heard_is_written_and_read_again():
    what = heard({TXT: ['"a\\010b  c"', '"v=spf1 mx ~all" " x"']})
    assert Heard.read(str(what)).facts == what.facts
    assert Heard.read("here\nhere a b c d\n\nsomewhere a MX 3 MX x\nhere a.fr MX 60 MX 10 b.fr.").lines == (
        Told("here", "a.fr", "MX", "MX", "10 b.fr.", 60),
    )


def test_tags_are_read_as_the_standard_says():
    assert tags("v=DMARC1; sp=none ;P = reject;p=none; x") == {"v": "DMARC1", "sp": "none", "p": "reject"}


# --- Where visitors are led -------------------------------------------------------------------------------------------
ADDRESSES = ("192.0.2.80", "2001:db8::80")
HOSTS = (
    Record("prisches.fr", "A", TTL, "192.0.2.80", "Site."),
    Record("prisches.fr", "AAAA", TTL, "2001:db8::80", "Site."),
    Record("www.prisches.fr", "CNAME", TTL, "prisches.sites.example.", "Site.", addresses=ADDRESSES),
)
RIGHT = """here prisches.fr A 60 A 192.0.2.80
here prisches.fr AAAA 60 AAAA 2001:db8::80
here www.prisches.fr A 60 CNAME prisches.sites.example.
here www.prisches.fr AAAA 60 CNAME prisches.sites.example.
there prisches.fr A 60 A 192.0.2.80
there prisches.fr AAAA 60 AAAA 2001:db8::80
there www.prisches.fr A 60 CNAME prisches.sites.example.
there www.prisches.fr AAAA 60 CNAME prisches.sites.example."""
ELSEWHERE = RIGHT.replace("192.0.2.80", "203.0.113.7")
HERE_A = RIGHT.splitlines()[0]
PLAIN = re.sub(r"(\w+) www.prisches.fr A 60 CNAME .*", r"\1 www.prisches.fr A 60 A 192.0.2.80", RIGHT)
PLAIN = re.sub(r"(\w+) www.prisches.fr AAAA 60 CNAME .*", r"\1 www.prisches.fr AAAA 0 NONE", PLAIN)
NAMES = "here prisches.fr CAA 60 CAA 0 issue"


def all_say(kind: str) -> str:
    return re.sub(r"(A+) 60 (A+|CNAME) \S+", rf"\1 0 {kind}", RIGHT)


@pytest.mark.parametrize(
    ("seen", "is_right", "words", "copied", "removed"),
    [
        (RIGHT, True, "mène au bon endroit", [], []),
        (PLAIN, True, "IPv6", ["www AAAA"], []),
        (ELSEWHERE, False, "mène à 203.0.113.7, qui n’est pas ici", ["@ A"], ["@ A"]),
        (RIGHT.replace("2001:db8::80", "2001:db8::1"), False, "a été oubliée", ["@ AAAA"], ["@ AAAA"]),
        (RIGHT.replace("prisches.sites.example", "autre.example"), False, "alias de «\u00a0autre.example",
         ["www CNAME"], ["www CNAME"]),
        # The alias of someone else that leads to our addresses does the job.
        (RIGHT.replace("prisches.sites.example", "autre.example") + "\nhere www.prisches.fr A 60 A 192.0.2.80", True,
         "mène au bon endroit", [], []),
        (all_say("NONE"), False, "nulle part", ["@ A", "@ AAAA", "www CNAME"], []),
        (all_say("FAILED"), None, "n’a pas répondu", [], []),
        # Corrected at the source, not yet everywhere.
        (RIGHT.replace(HERE_A, "here prisches.fr A 5000 A 203.0.113.7", 1), None, "en 84\u00a0minutes", [], []),
        (RIGHT.replace(HERE_A, "here prisches.fr A 0 FAILED", 1), None, "DNSSEC", [], []),
        (f'{RIGHT}\n{NAMES} "autre.example"', False, "n’autorise que autre.example", ["@ CAA"], []),
        (f'{RIGHT}\n{NAMES} ";"', False, "interdit tout certificat", ["@ CAA"], []),
        (f'{RIGHT}\n{NAMES} "a.example"\n{NAMES} "letsencrypt.org; a=b"', True, "bon endroit", [], []),
        (f'{RIGHT}\nhere www.prisches.fr CAA 60 CAA 0 issue "a.example"', False, "de «\u00a0www", ["www CAA"], []),
        (re.sub(r"(\S+ \S+) A 60 .*", r"\1 A 0 NONE", PLAIN).replace("AAAA 0 NONE", "AAAA 60 AAAA 2001:db8::80"), False,
         "pas d’adresse IPv4", ["@ A", "www A"], []),
        # One of the two servers of the domain still says the former address.
        (RIGHT + "\nthere prisches.fr A 60 A 203.0.113.7", False, "203.0.113.7", [], ["@ A"]),
    ],
)  # fmt: skip
def test_where_a_host_leads_is_explained_with_what_to_do(seen, is_right, words, copied, removed):
    found = explained(Heard.read(seen), (*HOSTS, CAA))
    assert found.is_right is is_right, found
    assert words in " ".join(f"{one.sentence} {one.remedy}" for one in found.checks)

    def told(records):
        return [f"{one.label('prisches.fr')} {one.type}" for one in records]

    # To name an authority where none is named is an advice of every name.
    told_of = [check for check in found.checks if (check.type, check.level) != ("CAA", Level.ADVICE)]
    assert told(one for check in told_of for one in check.to_copy) == copied
    assert told(one for check in found.checks for one in check.to_remove) == removed


def test_nothing_is_right_while_the_operator_has_not_said_where_its_front_is():
    found = explained(Heard.read(RIGHT), [replace(HOSTS[2], addresses=())])
    assert (found.is_right, [one.level for one in found.checks]) == (None, [Level.UNKNOWN])
