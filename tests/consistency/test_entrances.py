"""What comes from outside has a bound: of its numbers, and (docs/dev/security.md) of each entrance that reads bytes."""

from __future__ import annotations

import ast

from tests.consistency import house

# Where figures are looked at and never turned into a number (a search, a key, a name), or are not those of a person.
LOOKS = {
    "socle/agenda/cards.py": "a search among telephone numbers",
    "socle/agreements/signatories.py": "a code, completed with zeros",
    "socle/console/views/communes.py": "a search: by code, or by name",
    "socle/console/views/search.py": "a search: by SIRET, by code, or by name",
    "socle/domains/records.py": "three figures after a backslash, counted",
    "socle/engines/own_files/drive/view.py": "ASCII and short, or a length that the server has read",
    "socle/engines/postfix_dovecot/servers.py": "names of processes",
    "socle/engines/radicale/views.py": "a length that the server has read",
    "socle/inbox/forms.py": "figures of a telephone, counted",
    "socle/joining/queries.py": "a search: by code, or by name",
    "socle/lib/invoices.py": "a SIRET, and the parts of a date, as text",
    "socle/lib/siret.py": "a key, on text of a fixed length",
    "socle/lib/text.py": "the function itself",
    "socle/operations/metrics.py": "names of files of ours",
    "socle/operations/safekeeping/databases.py": "versions of PostgreSQL on this machine",
    "socle/people/first_person.py": "a SIRET, as text",
    "socle/people/sign_in/forms.py": "a code of six figures, as text",
    "socle/people/sign_in/provider.py": "the length of a digest, among those of an algorithm already accepted",
    "socle/sections/listing/models.py": "figures of a telephone",
    "socle/serving/turns.py": "ASCII and short",
    "socle/sites/models/sites.py": "figures of a telephone",
    "socle/territory/queries.py": "a search: by code, or by name",
}


def test_figures_become_a_number_by_one_function():
    """`"²".isdigit()` is true and `int("²")` raises; five thousand figures raise too (`lib.text.whole`)."""
    found = {
        str(path)
        for path in house.code()
        for node in house.nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in ("isdigit", "isdecimal", "isnumeric")
    }
    assert found == set(LOOKS)
