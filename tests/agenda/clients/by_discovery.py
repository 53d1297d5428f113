"""Run in the clients' own environment: what `caldav` finds from a domain alone. Prints JSON."""

import json
import sys

import caldav
import dns.resolver
from caldav.discovery import discover_caldav, discover_carddav

domain, resolver, front, login, secret = sys.argv[1:6]
asked = dns.resolver.Resolver(configure=False)
asked.nameservers, asked.port = ["127.0.0.1"], int(resolver)
dns.resolver.default_resolver = asked
found = discover_caldav(domain)
cards = discover_carddav(domain)
# The record names the platform, in https: on this machine it answers elsewhere, at the same paths.
with caldav.DAVClient(url=front + found.path, username=login, password=secret, enable_rfc6764=False) as client:
    calendars = [str(one.url).rstrip("/").rpartition("/")[2] for one in client.principal().calendars()]
said = {"source": found.source, "host": found.hostname, "port": found.port, "calendars": sorted(calendars)}
print(json.dumps(said | {"same": cards.path == found.path}))
