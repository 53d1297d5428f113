"""Tables that the rooms declare, in the order in which they are read: each name is that of a tuple, or of a table.

A room that has something of a kind adds its file (docs/dev/rooms.md) and its line here; a test finds a file without
a line.
"""

from importlib.util import find_spec

# The sections of the sites, in the order of what they show on the first page. Each is an application, and a folder of
# socle/sections/: whatever it declares is found there.
SECTIONS = ("events", "waste", "canteen", "notices", "listing", "albums", "council", "subscriptions")


def of_sections(file: str, name: str) -> list[str]:
    """Return the dotted names of what the sections declare in a file of this name; few have each."""
    modules = (f"socle.sections.{section}.{file}" for section in SECTIONS)
    return [f"{module}.{name}" for module in modules if find_spec(module) is not None]


# The French words of the verbs of the journal.
SOCLE_VERBS = [
    "socle.mairie.verbs.VERBS",
    "socle.sites.verbs.VERBS",
    *of_sections("verbs", "VERBS"),
    "socle.quality.verbs.VERBS",
    "socle.syndication.verbs.VERBS",
    "socle.inbox.verbs.VERBS",
    "socle.site_import.verbs.VERBS",
    "socle.mail.verbs.VERBS",
    "socle.agenda.verbs.VERBS",
    "socle.files.verbs.VERBS",
    "socle.backups.verbs.VERBS",
    "socle.integrations.verbs.VERBS",
    "socle.joining.verbs.VERBS",
    "socle.revenue.verbs.VERBS",
    "socle.grants.verbs.VERBS",
    "socle.mergers.verbs.VERBS",
    "socle.domains.verbs.VERBS",
    "socle.provisioning.verbs.VERBS",
    "socle.agreements.verbs.VERBS",
    "socle.batches.verbs.VERBS",
    "socle.programme.verbs.VERBS",
    "socle.assemblies.verbs.VERBS",
    "socle.deliberations.verbs.VERBS",
    "socle.signing.verbs.VERBS",
    "socle.eliminations.verbs.VERBS",
    "socle.documents.verbs.VERBS",
    "socle.people.verbs.VERBS",
    "socle.territory.verbs.VERBS",
    "socle.retention.verbs.VERBS",
    "socle.journal.verbs.VERBS",
]

# How long personal data is kept, in the order of the console's page, which is that of their passages.
SOCLE_RETENTION = [
    "socle.people.retention.RULES",
    "socle.joining.retention.RULES",
    "socle.grants.retention.RULES",
    "socle.sites.retention.RULES",
    *of_sections("retention", "RULES"),
    "socle.inbox.retention.RULES",
    "socle.site_import.retention.RULES",
    "socle.quality.retention.RULES",
    "socle.people.devices.retention.RULES",
    "socle.provisioning.retention.RULES",
    "socle.operations.retention.RULES",
    "socle.outbox.retention.RULES",
    "socle.documents.retention.RULES",
    "socle.assemblies.retention.RULES",
    "socle.journal.retention.RULES",
    "socle.mail.retention.RULES",
    "socle.files.retention.RULES",
    "socle.agenda.retention.RULES",
    "socle.backups.retention.RULES",
    "socle.territory.retention.RULES",
    "socle.deliberations.retention.RULES",
]

# What a person may hold by a role, in the order in which it is shown to whoever prepares a departure.
SOCLE_HOLDINGS = [
    "socle.agreements.offboarding.HOLDINGS",
    "socle.mergers.offboarding.HOLDINGS",
    "socle.integrations.offboarding.HOLDINGS",
    "socle.joining.offboarding.HOLDINGS",
    "socle.batches.offboarding.HOLDINGS",
    "socle.people.offboarding.HOLDINGS",
    "socle.sites.offboarding.HOLDINGS",
    "socle.inbox.offboarding.HOLDINGS",
    "socle.agenda.offboarding.HOLDINGS",
    "socle.mail.offboarding.HOLDINGS",
    "socle.files.offboarding.HOLDINGS",
]

# What waits for somebody of an operator, where it is due alike: what is asked of us first.
SOCLE_WAITING = [
    "socle.joining.waiting.WAITING",
    "socle.agreements.waiting.WAITING",
    "socle.provisioning.waiting.WAITING",
    "socle.domains.waiting.WAITING",
    "socle.quality.waiting.WAITING",
    "socle.backups.waiting.WAITING",
    "socle.mergers.waiting.WAITING",
    "socle.people.waiting.WAITING",
    "socle.deliberations.waiting.WAITING",
    "socle.grants.waiting.WAITING",
    "socle.batches.waiting.WAITING",
    "socle.integrations.waiting.WAITING",
]

# What is to be done at a mairie: of one group and one day, what others wait for comes before what makes a site better.
SOCLE_WAITING_AT_MAIRIE = [
    "socle.agreements.waiting.AT_MAIRIE",
    "socle.people.waiting.AT_MAIRIE",
    "socle.deliberations.waiting.AT_MAIRIE",
    "socle.inbox.waiting.AT_MAIRIE",
    "socle.assemblies.waiting.AT_MAIRIE",
    *of_sections("waiting", "AT_MAIRIE"),
    "socle.sites.waiting.AT_MAIRIE",
    "socle.syndication.waiting.AT_MAIRIE",
    "socle.backups.waiting.AT_MAIRIE",
    "socle.domains.waiting.AT_MAIRIE",
    "socle.quality.waiting.AT_MAIRIE",
    "socle.eliminations.waiting.AT_MAIRIE",
]

# The official papers, as `socle papers` writes them.
SOCLE_PAPERS = [
    "socle.assemblies.official.PAPERS",
    "socle.eliminations.official.PAPERS",
    "socle.agreements.official.PAPERS",
    "socle.backups.official.PAPERS",
    "socle.revenue.official.PAPERS",
]

# The screens of the operators' door that rooms bring.
SOCLE_DESKS = [
    "socle.console.desk.DESK",
    "socle.joining.desk.DESK",
    "socle.syndication.desk.DESK",
    "socle.mergers.desk.DESK",
    "socle.grants.desk.DESK",
    "socle.revenue.desk.DESK",
    "socle.integrations.desk.DESK",
]

# What happens by itself.
SOCLE_TICKS = [
    "socle.journal.ticks.TICKS",
    "socle.provisioning.ticks.TICKS",
    "socle.operations.ticks.TICKS",
    "socle.batches.ticks.TICKS",
    "socle.integrations.ticks.TICKS",
    "socle.agreements.ticks.TICKS",
    "socle.assemblies.ticks.TICKS",
    "socle.signing.ticks.TICKS",
    "socle.files.ticks.TICKS",
    "socle.mergers.ticks.TICKS",
    "socle.sites.ticks.TICKS",
    *of_sections("ticks", "TICKS"),
    "socle.quality.ticks.TICKS",
    "socle.syndication.ticks.TICKS",
    "socle.inbox.ticks.TICKS",
    "socle.site_import.ticks.TICKS",
    "socle.domains.ticks.TICKS",
    "socle.mail.ticks.TICKS",
    "socle.engines.postfix_dovecot.ticks.TICKS",
    "socle.people.ticks.TICKS",
    "socle.outbox.ticks.TICKS",
    "socle.deliberations.ticks.TICKS",
    "socle.joining.ticks.TICKS",
    "socle.revenue.ticks.TICKS",
    "socle.grants.ticks.TICKS",
    "socle.backups.ticks.TICKS",
]

# The steps of a demonstration, one by one: each needs those before it.
SOCLE_DEMONSTRATION = [
    "socle.operations.demo_steps.DATABASE",
    "socle.operations.demo_steps.TERRITORY",
    "socle.documents.demo_steps.TEXTS",
    "socle.programme.demo_steps.PROGRAMMES",
    "socle.agreements.demo_steps.RANKS",
    "socle.people.demo_steps.PEOPLE",
    "socle.joining.demo_steps.REQUESTS",
    "socle.revenue.demo_steps.FIGURES_STEP",
    "socle.grants.demo_steps.OPERATIONS",
    "socle.operations.demo_steps.STATICS",
    "socle.operations.demo_steps.LIVED",
    "socle.mergers.demo_steps.MERGER",
    "socle.sites.demo_steps.LIFE",
    "socle.syndication.demo_steps.SHARES",
    "socle.operations.demo_steps.OTHERS",
    "socle.operations.demo_steps.AGENDAS",
    "socle.operations.demo_steps.MEETINGS",
    "socle.operations.demo_steps.BATCH",
    "socle.agreements.demo_steps.PAPERS",
    "socle.revenue.demo_steps.CONTRIBUTIONS",
    "socle.revenue.demo_steps.COSTS",
    "socle.revenue.demo_steps.RECKONINGS",
    "socle.console.demo_steps.SAVED_FILTERS",
    "socle.sites.demo_steps.NAMES",
    "socle.operations.demo_steps.MAIL_NAMES",
    "socle.operations.demo_steps.SERVICES",
    "socle.quality.demo_steps.AUDIT",
    "socle.integrations.demo_steps.PROGRAMS",
    "socle.operations.demo_steps.RETENTION",
    "socle.journal.demo_steps.SEALED",
]
