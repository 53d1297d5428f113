"""Writes what Roundcube reads, the tree that is served, and what Dovecot needs to ask the platform about its tokens."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.urls import reverse

from socle.engines.postfix_dovecot import configuration as mail_configuration
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.roundcube.layout import SOURCE, Webmail, WebmailError
from socle.mail.webmail import secrets as shared

TEMPLATES = Path(__file__).parent / "templates"
# What is served of Debian's tree, and the plugins that are used of its own. Not its installer, not its settings.
LINKED = ("program", "skins", "SQL")
PLUGINS = ("archive", "jqueryui", "filesystem_attachments")
# What Roundcube looks for beside its settings.
DEFAULTS = ("defaults.inc.php", "mimetypes.php")


def write(webmail: Webmail) -> None:
    """Write everything Roundcube needs, owned by whoever runs it; may be done again, its key stays the same."""
    folder = webmail.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for name in ("config", "logs", "temp", "data"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o700)
        _give(folder / name, webmail.owner)
    if not webmail.key.exists():
        _put(webmail.key, secrets.token_hex(16), owner="")
    for name in DEFAULTS:
        _put(webmail.settings / name, _default(name), owner=webmail.owner)
    _put(webmail.settings / "config.inc.php", filled(webmail), owner=webmail.owner)
    _link(webmail)
    webmail.save()


def filled(webmail: Webmail) -> str:
    """The settings of Roundcube. They hold the secret it shows the platform, and the key of its sessions."""
    values = {
        "database": webmail.database or f"sqlite:///{webmail.folder}/data/roundcube.sqlite?mode=0600",
        "key": webmail.key.read_text().strip(),
        "logs": f"{webmail.folder}/logs/",
        "temporary": f"{webmail.folder}/temp/",
        "imap": f"ssl://{webmail.imap}",
        "smtp": f"ssl://{webmail.smtp}",
        "host": urlsplit(webmail.url).hostname or "localhost",
        "client": shared.WEBMAIL,
        "secret": shared.secret_of(shared.WEBMAIL),
        "authorize": _at(webmail.home, "mairie:mail_authorize"),
        "token": _at(webmail.platform, "webmail_token"),
        "identity": _at(webmail.platform, "webmail_identity"),
        "home": _at(webmail.home, "mairie:mail"),
        "pattern": f"^{re.escape(urlsplit(webmail.url).hostname or '')}(:[0-9]+)?$",
        "path": webmail.path,
    }
    trust = "['verify_peer' => true, 'verify_peer_name' => true, 'verify_depth' => 5]"
    if webmail.trusted:
        trust = f"{trust[:-1]}, 'cafile' => {php(webmail.trusted)}]"
    said = {name: php(value) for name, value in values.items()}
    said |= {"trust": trust, "https": "true" if webmail.url.startswith("https://") else "false"}
    return mail_configuration.Template((TEMPLATES / "config.inc.php").read_text()).substitute(said)


def php(value: str) -> str:
    """A string as PHP reads it, whatever it holds."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _at(platform: str, name: str) -> str:
    return platform.rstrip("/") + reverse(name)


def _default(name: str) -> str:
    for there in (Path("/etc/roundcube"), SOURCE / "config"):
        if (there / name).exists():
            return (there / name).read_text()
    raise WebmailError("Roundcube n’est pas installé\u00a0: «\u00a0socle webmail packages\u00a0» nomme ce qui manque.")


def _link(webmail: Webmail) -> None:
    """Make the tree that is served: links, which an upgrade of the package follows, our page and our plugin."""
    public = webmail.public
    (public / "plugins").mkdir(parents=True, exist_ok=True)
    wanted = {public / name: SOURCE / name for name in LINKED}
    wanted |= {public / "plugins" / name: SOURCE / "plugins" / name for name in PLUGINS}
    for link, target in wanted.items():
        if not target.exists() or (link.is_symlink() and link.readlink() == target):
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    # Debian's own page takes its plugins from one folder of the machine, unless it is told where it lives.
    mail_configuration.put(public / "index.php", (TEMPLATES / "index.php").read_text())
    ours = public / "plugins" / "socle"
    ours.mkdir(exist_ok=True)
    mail_configuration.put(ours / "socle.php", (TEMPLATES / "socle.php").read_text())


def _put(path: Path, text: str, *, owner: str) -> None:
    mail_configuration.put(path, text, mode=0o600)
    _give(path, owner)


def _give(path: Path, owner: str) -> None:
    """Change the owner where we may: not being root, one prepares for oneself."""
    if owner and os.geteuid() == 0:
        try:
            shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)
        except KeyError as error:
            raise WebmailError(f"Le compte «\u00a0{owner}\u00a0» n’existe pas sur cette machine.") from error


# --- Dovecot ----------------------------------------------------------------------------------------------------------
def check_address(platform: str) -> str:
    """Where Dovecot asks about a token, with its own secret: as it writes it in its settings."""
    parts = urlsplit(_at(platform, "webmail_check"))
    there = f"{shared.SERVERS}:{shared.secret_of(shared.SERVERS)}@{parts.netloc}"
    return urlunsplit((parts.scheme, there, parts.path, "", ""))


def let_in(layout: Layout, webmail: Webmail) -> Layout:
    """Have these mail servers take the platform's tokens; they read it at their next start, or when reloaded."""
    opened = replace(layout, token_check=check_address(webmail.platform))
    mail_configuration.write(opened)
    return opened
