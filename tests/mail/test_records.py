"""The records that the mail wants of a domain."""

from __future__ import annotations

from dataclasses import replace

from socle.domains.records import When
from socle.mail import records
from socle.mail.records import DkimKey, Facts, Servers

SERVERS = Servers(
    mx=("mx1.op.example", "mx2.op.example"),
    reads=("imap.op.example", 993),
    sends=("smtp.op.example", 465),
    web="socle.op.example",
    senders="_spf.op.example",
    reports="dmarc@op.example",
    tls_reports="tls@op.example",
)
# A key of 2048 bits in base64 has 392 characters; one of 4096, 736.
KEY = DkimKey("s202611", "MIIB" + "A" * 388)
FACTS = Facts("prisches.fr", SERVERS, (KEY,), dav_path="/dav/agenda/7/")


def told(facts: Facts) -> dict[tuple[str, str], list[str]]:
    made: dict[tuple[str, str], list[str]] = {}
    for one in records.records_of(facts):
        made.setdefault((one.label(facts.domain), one.type), []).append(one.content)
    return made


def test_the_mail_wants_all_that_it_needs_to_arrive_to_be_believed_and_to_set_devices():
    made = told(FACTS)
    assert made["@", "MX"] == ["10 mx1.op.example.", "20 mx2.op.example."]
    assert made["@", "TXT"] == ['"v=spf1 include:_spf.op.example ~all"']
    assert made["_dmarc", "TXT"] == ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@op.example"']
    assert made["_imaps._tcp", "SRV"] == ["0 1 993 imap.op.example."]
    assert made["_submissions._tcp", "SRV"] == ["0 1 465 smtp.op.example."]
    assert made["_caldavs._tcp", "SRV"] == made["_carddavs._tcp", "SRV"] == ["0 1 443 socle.op.example."]
    assert made["_caldavs._tcp", "TXT"] == made["_carddavs._tcp", "TXT"] == ['"path=/dav/agenda/7/"']
    assert made["_autodiscover._tcp", "SRV"] == ["0 1 443 socle.op.example."]
    for label in ("autoconfig", "autodiscover", "mta-sts"):
        assert made[label, "CNAME"] == ["socle.op.example."]
    assert made["_smtp._tls", "TXT"] == ['"v=TLSRPTv1; rua=mailto:tls@op.example"']
    assert made["_mta-sts", "TXT"][0].startswith('"v=STSv1; id=')
    assert all(one.why.endswith(".") for one in records.records_of(FACTS))


def test_what_usurps_the_name_is_refused_once_the_domain_is_old_enough():
    for age, policy in ((None, "quarantine"), (0, "quarantine"), (59, "quarantine"), (60, "reject")):
        assert f"p={policy}" in told(replace(FACTS, age=age))["_dmarc", "TXT"][0]


def test_a_domain_without_mail_says_so():
    made = told(replace(FACTS, has_mail=False))
    assert made["@", "MX"] == ["0 ."]
    assert made["@", "TXT"] == ['"v=spf1 -all"']
    assert made["_dmarc", "TXT"] == ['"v=DMARC1; p=reject; sp=reject"']
    assert not any("domainkey" in label or kind == "SRV" for label, kind in made)


NOBODY = {'"v=spf1 -all"', '"v=DMARC1; p=reject; sp=reject"'}


def test_under_a_name_that_the_operator_gave_nobody_writes_and_under_a_commune_s_own_it_decides():
    """The staged policy is that of the name itself; of those below, the first day."""
    given = told(replace(FACTS, is_own=False))
    assert given["_dmarc", "TXT"] == ['"v=DMARC1; p=quarantine; sp=reject; rua=mailto:dmarc@op.example"']
    assert given["@", "TXT"] == ['"v=spf1 include:_spf.op.example ~all"']
    assert set(given["*", "TXT"]) == NOBODY
    # An alias says nothing of itself, and what is before it is under no wildcard.
    for label in ("mta-sts", "autoconfig", "autodiscover"):
        assert given[f"_dmarc.{label}", "TXT"] == ['"v=DMARC1; p=reject; sp=reject"']
    assert set(told(replace(FACTS, is_own=False, has_mail=False))["*", "TXT"]) == NOBODY
    own = told(FACTS)
    assert not [label for label, _ in own if label.startswith(("*", "_dmarc."))]
    assert all("sp=" not in text for text in own["_dmarc", "TXT"])


def test_the_policy_of_encryption_and_its_identifier_change_together():
    policy = records.mta_sts_policy(SERVERS)
    assert policy == (
        "version: STSv1\r\nmode: testing\r\nmx: mx1.op.example\r\nmx: mx2.op.example\r\nmax_age: 86400\r\n"
    )
    other = replace(SERVERS, mx=("mx3.op.example",))
    assert records.mta_sts_identifier(SERVERS) != records.mta_sts_identifier(other)
    assert records.mta_sts_identifier(SERVERS).isalnum()
    assert len(records.mta_sts_identifier(SERVERS)) <= 32


def test_what_leads_the_mail_here_waits_for_the_day_of_the_move():
    waits = {(one.label("prisches.fr"), one.type) for one in records.records_of(FACTS) if one.when == When.MOVE}
    assert waits == {
        ("@", "MX"), ("@", "TXT"), ("_dmarc", "TXT"), ("mta-sts", "CNAME"), ("_mta-sts", "TXT"),
    }  # fmt: skip
    assert not [one for one in records.records_of(replace(FACTS, age=0)) if one.when == When.MOVE]


def test_nothing_is_said_of_servers_that_the_operator_has_not_named():
    bare = Servers(mx=("mx.op.example",), reads=("", 993), sends=("", 465), web="", senders="")
    made = told(Facts("prisches.fr", bare))
    assert set(made) == {("@", "MX"), ("@", "TXT"), ("_dmarc", "TXT")}
    assert made["@", "TXT"] == ['"v=spf1 mx ~all"']


def in_base(servers: Servers, domain: str = "op.example") -> dict[str, set[str]]:
    """The texts of each name of the operator's own zone."""
    made: dict[str, set[str]] = {}
    for one in records.base_records(domain, servers, ("192.0.2.25", "2001:db8::25")):
        if one.type == "TXT":
            made.setdefault(one.name.removesuffix(domain), set()).add(one.content)
    return made


def test_what_every_domain_stands_on_is_in_the_operator_s_zone_only():
    made = in_base(SERVERS)
    assert made["_spf."] == {'"v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"'}
    assert made["*._report._dmarc."] == {'"v=DMARC1"'}
    elsewhere = in_base(SERVERS, "elsewhere.example")
    assert elsewhere == {"": {'"v=spf1 -all"'}, "_dmarc.": {'"v=DMARC1; p=reject; sp=reject"'}, "*.": NOBODY}
    assert records.base_records("", SERVERS, ("192.0.2.25",)) == ()


def test_no_name_of_the_operator_s_zone_sends_but_those_that_do():
    servers = replace(SERVERS, names=("ns1.op.example", "ns2.elsewhere.example"), writers=("note.op.example",))
    made = in_base(servers)
    # Its top, its servers, whatever does not exist.
    for name in ("", "imap.", "smtp.", "socle.", "ns1."):
        assert {*made[name], *made[f"_dmarc.{name}"]} == NOBODY, name
    assert made["*."] == NOBODY
    assert not [name for name in made if "elsewhere" in name]
    # Our servers tell of a failure in their own names; the platform writes in one of its own.
    for name, policy in (("mx1.", "quarantine"), ("mx2.", "quarantine"), ("note.", "none")):
        assert made[name] == {'"v=spf1 include:_spf.op.example ~all"'}
        (told,) = made[f"_dmarc.{name}"]
        assert f"p={policy}" in told
    # When the platform writes in the name of the zone itself, or of its own host.
    for writer, name in (("op.example", ""), ("socle.op.example", "socle.")):
        made = in_base(replace(servers, writers=(writer,)))
        assert made[name] == {'"v=spf1 include:_spf.op.example ~all"'}
        assert made[f"_dmarc.{name}"] == {'"v=DMARC1; p=none"'}


def test_the_servers_of_the_mail_have_the_addresses_that_the_operator_gives_them():
    made = records.base_records("op.example", replace(SERVERS, mail=("192.0.2.26", "2001:db8::26")), ())
    hosts = [(one.name, one.type) for one in made if one.type in ("A", "AAAA")]
    names = ["mx1.op.example", "mx2.op.example", "imap.op.example", "smtp.op.example"]
    assert hosts == [(name, kind) for name in names for kind in ("A", "AAAA")]
    outside = replace(SERVERS, mx=("mx.elsewhere.example",), reads=("localhost", 993), sends=("", 465), mail=("::1",))
    assert not [one for one in records.base_records("op.example", outside, ()) if one.type == "AAAA"]
