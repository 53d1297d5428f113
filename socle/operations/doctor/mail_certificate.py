"""The certificate of the mail servers: the one that they are given, and the one that each of them shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings

from socle.lib.findings import Finding, error, fine
from socle.mail import server_status
from socle.mail.monitoring import STALE
from socle.operations.doctor.machine import why_not_valid


def certificate() -> Iterator[Finding]:
    """Read what was last seen of it: over, soon over, or renewed in its file and not read again by a server."""
    seen, now = server_status.seen(), datetime.now(UTC)
    if not settings.SOCLE_MAIL_WATCH:
        yield fine("Aucun serveur de messagerie n’est à surveiller.")
        return
    if seen is None or seen.certificate is None or now - seen.looked_at > STALE:
        yield fine("Il n’a pas été regardé ces dernières minutes\u00a0: voyez «\u00a0Remise du courrier\u00a0».")
        return
    held = seen.certificate
    read_again = "socle mail-servers certificate, sous root, "
    if held.ends_at is None:
        yield error(
            f"Le certificat des serveurs de messagerie, {held.path}, ne se lit pas.",
            f"Rétablissez ce fichier, puis {read_again}le leur fait relire.",
        )
        return
    if held.is_own:
        remedy = f"{read_again}le refait et le fait relire aux serveurs."
    else:
        remedy = f"Renouvelez-le (certbot renew, ou qui l’a délivré), puis {read_again}le fait relire aux serveurs."
    found = list(why_not_valid(f"Le certificat des serveurs de messagerie, {held.path},", held.ends_at, now, remedy))
    for name, end in held.shown:
        # Renewed in its file, another is still shown.
        if end < held.ends_at:
            remedy = f"{read_again}fait relire aux serveurs celui qui est renouvelé."
            found += why_not_valid(f"Le certificat que montre {name}", end, now, remedy)
    yield from found or [fine(f"Le certificat des serveurs de messagerie vaut jusqu’au {held.ends_at:%d/%m/%Y}.")]
