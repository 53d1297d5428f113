"""The records of a domain: complete, readable by any DNS, of sizes that the DNS accepts."""

from __future__ import annotations

from dataclasses import replace

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.mail import records
from socle.mail.records import DkimKey, Facts, Servers, When

SERVERS = Servers(
    mx=("mx1.op.example", "mx2.op.example"),
    reads=("imap.op.example", 993),
    sends=("smtp.op.example", 465),
    web="socle.op.example",
    senders="_spf.op.example",
    reports="dmarc@op.example",
    tls_reports="tls@op.example",
    authorities=("letsencrypt.org",),
    ipv4=("192.0.2.80",),
    ipv6=("2001:db8::80",),
)
# A key of 2048 bits in base64 has 392 characters; one of 4096, 736.
KEY = DkimKey("s202611", "MIIB" + "A" * 388)
FACTS = Facts("prisches.fr", SERVERS, (KEY,), ("prisches.fr", "www.prisches.fr"), dav_path="/dav/agenda/7/")


def told(facts: Facts) -> dict[tuple[str, str], list[str]]:
    made: dict[tuple[str, str], list[str]] = {}
    for one in records.records_of(facts):
        made.setdefault((one.label(facts.domain), one.type), []).append(one.content)
    return made


def test_a_zone_is_born_complete():
    made = told(FACTS)
    assert made["@", "A"] == ["192.0.2.80"]
    assert made["www", "AAAA"] == ["2001:db8::80"]
    assert made["@", "MX"] == ["10 mx1.op.example.", "20 mx2.op.example."]
    assert made["@", "TXT"] == ['"v=spf1 include:_spf.op.example ~all"']
    assert made["_dmarc", "TXT"] == ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@op.example"']
    assert made["@", "CAA"] == ['0 issue "letsencrypt.org"']
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
    assert made["_dmarc", "TXT"] == ['"v=DMARC1; p=reject"']
    assert not any("domainkey" in label or kind == "SRV" for label, kind in made)


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


def test_nothing_is_said_of_servers_that_the_operator_has_not_named():
    bare = Servers(mx=("mx.op.example",), reads=("", 993), sends=("", 465), web="", senders="")
    made = told(Facts("prisches.fr", bare))
    assert set(made) == {("@", "MX"), ("@", "TXT"), ("_dmarc", "TXT")}
    assert made["@", "TXT"] == ['"v=spf1 mx ~all"']


def test_what_every_domain_stands_on_is_in_the_operator_s_zone_only():
    made = records.base_records("op.example", SERVERS, ("192.0.2.25", "2001:db8::25"))
    assert [(one.name, one.content) for one in made] == [
        ("_spf.op.example", '"v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"'),
        ("*._report._dmarc.op.example", '"v=DMARC1"'),
    ]
    assert records.base_records("elsewhere.example", SERVERS, ("192.0.2.25",)) == ()


def test_the_servers_of_the_mail_have_the_addresses_that_the_operator_gives_them():
    made = records.base_records("op.example", replace(SERVERS, mail=("192.0.2.26", "2001:db8::26")), ())
    hosts = [(one.name, one.type) for one in made if one.type in ("A", "AAAA")]
    names = ["mx1.op.example", "mx2.op.example", "imap.op.example", "smtp.op.example"]
    assert hosts == [(name, kind) for name in names for kind in ("A", "AAAA")]
    outside = replace(SERVERS, mx=("mx.elsewhere.example",), reads=("localhost", 993), sends=("", 465), mail=("::1",))
    assert not [one for one in records.base_records("op.example", outside, ()) if one.type == "AAAA"]


@pytest.mark.parametrize(
    ("existing", "merged"),
    [
        ("v=spf1 include:spf.old.fr -all", "v=spf1 include:_spf.op.example include:spf.old.fr -all"),
        ("v=spf1 mx a +all", "v=spf1 include:_spf.op.example mx a ~all"),
        ("v=spf1 ip4:192.0.2.1", "v=spf1 include:_spf.op.example ip4:192.0.2.1 ~all"),
        ("v=spf1 include:_spf.op.example ?all", "v=spf1 include:_spf.op.example ?all"),
    ],
)
def test_our_servers_join_the_spf_that_is_there(existing, merged):
    assert records.merged_spf(existing, SERVERS) == merged


# --- Sizes and quoting, whatever is given -----------------------------------------------------------------------------
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABEL, min_size=2, max_size=6).map(".".join)


@given(st.text(max_size=900))
def test_any_text_is_cut_quoted_and_read_again(text):
    text = text.encode("utf-8", "ignore").decode()
    content = records.as_text(text)
    assert content.isascii()
    assert content.isprintable()
    read = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, content)
    assert all(len(one) <= 255 for one in read.strings)
    assert b"".join(read.strings) == text.encode()
    assert records.read_text(content) == text
    assert records.read_text(read.to_text()) == text


@pytest.mark.slow
@given(DOMAINS, st.text("ABCDEFGHIJ+/=", min_size=1, max_size=740))
def test_any_domain_gives_records_that_the_dns_accepts(domain, key):
    if sentence := records.why_not_domain(domain):
        assert len(domain) > records.LONGEST_DOMAIN
        with pytest.raises(ValueError, match="trop long"):
            records.records_of(Facts(domain, SERVERS, (DkimKey("s" * 63, key),)))
        assert sentence
        return
    made = records.records_of(Facts(domain, SERVERS, (DkimKey("s" * 63, key),), (domain,)))
    for one in made:
        assert len(one.name) <= 253
        dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(one.type), one.content)
    zone = dns.zone.from_text(records.as_zone_file(made, domain), check_origin=False)
    assert len(list(zone.iterate_rdatas())) == len({(one.name, one.type, one.content) for one in made})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "fr",
        "prisches..fr",
        "-a.fr",
        "a-.fr",
        "Prisches.fr",
        "hœdic.fr",
        "a b.fr",
        'a".fr',
        "a\n.fr",
        "*.fr",
        "_dmarc.prisches.fr",
        "a/b.fr",
        "prisches.fr.",
        "a" * 64 + ".fr",
        "$ORIGIN.fr",
        ";.fr",
        "²a.fr",
    ],
)
def test_what_is_no_domain_has_no_records(name):
    assert records.why_not_domain(name)
    with pytest.raises(ValueError, match="nom"):
        records.records_of(replace(FACTS, domain=name))


def test_each_part_is_what_a_form_asks_for():
    by_type = {}
    for one in records.records_of(FACTS):
        by_type.setdefault(one.type, one)
    assert [part.value for part in records.parts_of(by_type["MX"])] == ["10", "mx1.op.example."]
    assert [part.label for part in records.parts_of(by_type["SRV"])] == ["Priorité", "Poids", "Port", "Cible"]
    assert [part.value for part in records.parts_of(by_type["CAA"])] == ["0", "issue", "letsencrypt.org"]
    assert records.parts_of(by_type["TXT"])[0].value == "v=spf1 include:_spf.op.example ~all"
    assert [part.label for part in records.parts_of(by_type["CNAME"])] == ["Valeur"]
