"""What comes from outside has a bound: of its numbers, and (docs/dev/security.md) of each entrance that reads bytes."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.consistency import house

# Where figures are looked at and never turned into a number (a search, a key, a name), or are not those of a person.
LOOKS = {
    "socle/agenda/cards.py": "a search among telephone numbers",
    "socle/agreements/signatories.py": "a code, completed with zeros",
    "socle/console/views/communes.py": "a search: by code, or by name",
    "socle/console/views/search.py": "a search: by SIRET, by code, or by name",
    "socle/domains/records.py": "three figures after a backslash, counted",
    "socle/engines/own_files/drive/view.py": "ASCII and short, or a length that the server has read",
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
    "socle/trials/mail_servers.py": "names of processes",
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


# --- The table of costs -----------------------------------------------------------------------------------------------
# What reads bytes, whoever wrote them: a body, what a form was handed, a parser, what answered us.
BODIES = ("request.body", "request.FILES")
PARSERS = {
    "zipfile.ZipFile", "pikepdf.open", "Image.open", "tarfile.open", "gzip.GzipFile", "gzip.open", "gzip.decompress",
    "etree.fromstring", "etree.iterparse", "etree.parse", "zlib.decompress", "zlib.decompressobj", "lzma.open",
    "bz2.open", "load_workbook", "expat.ParserCreate", "PdfReader", "PdfFileReader", "pypdfium2.PdfDocument",
    "json.loads", "json.load", "json_format.loads", "tomllib.loads", "tomllib.load", "csv.reader", "csv.DictReader",
    "email.message_from_bytes", "BytesParser", "BytesHeaderParser", "cms.ContentInfo.load", "read_invoice",
    "http.get", "http.post", "http.send", "http.head",
}  # fmt: skip
PARSING = {"from_ical", "readOne", "readComponents", "load_pem_x509_certificates", "load_pkcs12"}
OPENING = ("read_bytes", "read_text", "open(")
# Those that read what the platform wrote, what ships with it, or a server of its own machine.
OURS = {
    "socle/api/document.py": "the document of the interface",
    "socle/api/v1/webhooks.py": "a row of ours",
    "socle/api/views.py": "the document of the interface",
    "socle/assemblies/item_models.py": "ships with the platform",
    "socle/assemblies/law.py": "ships with the platform",
    "socle/documents/official.py": "papers that we made or kept, by a command of whoever runs the platform",
    "socle/deliberations/matters.py": "ships with the platform",
    "socle/deliberations/transmission.py": "written",
    "socle/engines/postfix_dovecot/copies.py": "a server of this machine",
    "socle/engines/postfix_dovecot/doveadm.py": "a server of this machine",
    "socle/engines/postfix_dovecot/layout.py": "a file of this machine",
    "socle/engines/postfix_dovecot/server_status.py": "a server of this machine",
    "socle/engines/powerdns/engine.py": "marks of ours",
    "socle/engines/restic/client.py": "a program of this machine",
    "socle/engines/roundcube/layout.py": "a file of this machine",
    "socle/engines/simulated/boxes.py": "the twin's",
    "socle/engines/simulated/letters.py": "the twin's",
    "socle/engines/simulated/prefecture.py": "the twin's",
    "socle/files/bundles.py": "written",
    "socle/grants/actions/publicity.py": "written",
    "socle/grants/react_eu/__init__.py": "ships with the platform",
    "socle/grants/schemes/__init__.py": "ships with the platform",
    "socle/integrations/presenters.py": "a row of ours",
    "socle/lib/children.py": "a process of ours",
    "socle/lib/restic.py": "a program of this machine",
    "socle/operations/processes.py": "a process of ours",
    "socle/operations/safekeeping/inventory.py": "a backup of ours, under its passphrase",
    "socle/operations/safekeeping/repository.py": "a program of this machine",
    "socle/operations/safekeeping/restoring.py": "a backup of ours, under its passphrase",
    "socle/operations/beside.py": "a process of ours",
    "socle/programme/skeleton.py": "what it has just written",
    "socle/replays/act_files.py": "what it has just made",
    "socle/replays/counting.py": "acts of the programme, which ship with it",
    "socle/replays/published.py": "acts of the programme, which ship with it",
    "socle/sites/publishing/freezing.py": "pages that we made",
    "socle/sites/search/answers.py": "an index that we made",
    "socle/sites/search/ranking.py": "ships with the platform",
    "socle/territory/dataset.py": "ships with the platform",
    "socle/trials/management/commands/transmission_server.py": "the trial server of a demonstration",
    "socle/trials/trying.py": "a file of this machine",
}
ROW = re.compile(r"^\| (?!entrance|-)(.+) \|$", re.M)


@cache
def fields() -> frozenset[str]:
    """The names of the fields of forms that take a file, ours made of Django's and Wagtail's."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path in house.code()
        for node in house.nodes(path)
        if isinstance(node, ast.ClassDef)
    }
    found = {"FileField", "ImageField", "WagtailImageField"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def reads(node: ast.AST) -> bool:
    """Whether this reads bytes of a body, of a file that was handed over, or of another."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node).removeprefix("self.") in BODIES
    if isinstance(node, ast.FunctionDef):
        return any("csrf_exempt" in ast.unparse(one) for one in node.decorator_list)
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    return name in PARSERS or last in PARSING or (last in fields() and not name.startswith("models."))


@cache
def readers() -> frozenset[str]:
    """The modules that do."""
    found = {str(path) for path in house.code() if any(map(reads, house.nodes(path)))}
    commands = (path for path in house.code() if "commands" in path.parts)
    return frozenset(found | {str(path) for path in commands if any(word in house.read(path) for word in OPENING)})


def rows() -> list[list[str]]:
    """The lines of the table of costs, cell by cell."""
    page = house.read("docs/dev/security.md").partition("## What reads bytes from outside")[2].partition("\n## ")[0]
    return [row.split(" | ") for row in ROW.findall(page)]


def test_each_module_that_reads_bytes_from_outside_is_in_the_table_of_costs():
    named = {f"socle/{module}" for row in rows() for module in re.findall(r"`([\w/]+\.py)`", row[1])}
    assert readers() - named == set(OURS)
    # Whoever judges what another reads is named too, and exists.
    assert {module for module in named if not (house.ROOT / module).is_file()} == set()


def test_each_entrance_says_its_bounds_and_what_sends_ten_times_them():
    assert len(rows()) > 25
    for row in rows():
        assert len(row) == 8, row[0]
        assert all(cell.strip() for cell in row), row[0]
        # Whatever it is, it has a size or a time.
        assert "–" not in (row[2], row[5]), row[0]
        assert re.fullmatch(r"`tests/[\w/]+\.py::\w+`(, `tests/[\w/]+\.py::\w+`)*", row[7]), row[0]


def test_a_new_reader_is_found():
    """The reading itself works: what a new module would hold is seen."""
    for line in (
        "request.body",
        "json.loads(x)",
        "forms.FileField()",
        "InvoiceField()",
        "http.get(u)",
        "c.from_ical(t)",
    ):
        assert any(map(reads, ast.walk(ast.parse(line)))), line
    for line in ("models.FileField()", "json.dumps(x)", "request.method"):
        assert not any(map(reads, ast.walk(ast.parse(line)))), line
