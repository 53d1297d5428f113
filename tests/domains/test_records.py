"""Records as a zone file and a form write them: of sizes that the DNS accepts, read again as they were written."""

from __future__ import annotations

from dataclasses import replace

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.domains.records import (
    LONGEST_DOMAIN,
    as_text,
    as_zone_file,
    merged_spf,
    parts_of,
    read_text,
    why_not_domain,
)
from socle.mail.records import DkimKey, Facts, records_of
from tests.mail.test_records import FACTS, SERVERS


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
    assert merged_spf(existing, "v=spf1 include:_spf.op.example ~all") == merged


# --- Sizes and quoting, whatever is given -----------------------------------------------------------------------------
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABEL, min_size=2, max_size=6).map(".".join)


@given(st.text(max_size=900))
@pytest.mark.slow
def test_any_text_is_cut_quoted_and_read_again(text):
    text = text.encode("utf-8", "ignore").decode()
    content = as_text(text)
    assert content.isascii()
    assert content.isprintable()
    read = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, content)
    assert all(len(one) <= 255 for one in read.strings)
    assert b"".join(read.strings) == text.encode()
    assert read_text(content) == text
    assert read_text(read.to_text()) == text


@given(DOMAINS, st.text("ABCDEFGHIJ+/=", min_size=1, max_size=740))
@pytest.mark.slow
@pytest.mark.both
def test_any_domain_gives_records_that_the_dns_accepts(domain, key):
    if sentence := why_not_domain(domain):
        assert len(domain) > LONGEST_DOMAIN
        with pytest.raises(ValueError, match="trop long"):
            records_of(Facts(domain, SERVERS, (DkimKey("s" * 63, key),)))
        assert sentence
        return
    made = records_of(Facts(domain, SERVERS, (DkimKey("s" * 63, key),)))
    for one in made:
        assert len(one.name) <= 253
        dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(one.type), one.content)
    zone = dns.zone.from_text(as_zone_file(made, domain), check_origin=False)
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
    assert why_not_domain(name)
    with pytest.raises(ValueError, match="nom"):
        records_of(replace(FACTS, domain=name))


def test_each_part_is_what_a_form_asks_for():
    by_type = {}
    for one in records_of(FACTS):
        by_type.setdefault(one.type, one)
    assert [part.value for part in parts_of(by_type["MX"])] == ["10", "mx1.op.example."]
    assert [part.label for part in parts_of(by_type["SRV"])] == ["Priorité", "Poids", "Port", "Cible"]
    caa = replace(by_type["MX"], type="CAA", content='0 issue "letsencrypt.org"')
    assert [part.value for part in parts_of(caa)] == ["0", "issue", "letsencrypt.org"]
    assert parts_of(by_type["TXT"])[0].value == "v=spf1 include:_spf.op.example ~all"
    assert [part.label for part in parts_of(by_type["CNAME"])] == ["Valeur"]
