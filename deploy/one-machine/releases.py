"""A release: the database brought to it, people sent to it, the way back. What fails leaves all as it was."""

from __future__ import annotations

import time
from pathlib import Path

import machine
from machine import (
    CURRENT,
    ETC,
    PASSPHRASE,
    PLACES,
    PREVIOUS,
    SLOTS,
    Failed,
    alone,
    is_active,
    link,
    roles,
    say,
    step,
    systemctl,
    variables,
    verb,
)
from places import background, retire, start, through_the_front, unit
from versions import NEEDS_A_PAUSE, NOTHING_TO_MIGRATE, build, examine, prune


def why_no_backup() -> str | None:
    """Say what a backup of this machine lacks, or None."""
    if not PASSPHRASE.exists():
        return f"Aucune sauvegarde ne se fera tant que {PASSPHRASE} manque : voyez le guide « Sauvegarder »."
    if not variables().get("SOCLE_BACKUP_TARGET"):
        return f"Aucune sauvegarde ne se fera tant que {ETC}/socle.env ne dit pas où (SOCLE_BACKUP_TARGET)."
    return None


def prepare_database(release: Path, needs: int, *, pause: bool, unsaved: bool = False) -> None:
    """Bring the database to the new release; the one in service is stopped first when it could not live with it."""
    if needs == NOTHING_TO_MIGRATE:
        return
    needs_a_pause = needs == NEEDS_A_PAUSE and CURRENT.exists()
    if needs_a_pause and not pause:
        raise Failed(
            "Cette version change la base d’une façon que la version en service ne supporte pas (voir au-dessus). "
            "Relancez avec --pause : les visiteurs attendent quelques secondes pendant la bascule."
        )
    if "backup" in roles() and CURRENT.exists():
        if unsaved:
            say("  ! Sans sauvegarde, comme demandé : la base d’avant ne pourra pas être rendue.")
        elif why := why_no_backup():
            raise Failed(f"{why} Une base se sauvegarde avant de changer ; --unsaved s’en passe.")
        else:
            step("Sauvegarde avant de toucher à la base", lambda: systemctl("start", "socle-backup.service"))
    if needs_a_pause:
        (release / ".incompatible").touch()
        for place in PLACES:
            if is_active(unit(place)):
                step(f"Pause : l’emplacement {place} s’arrête, les visiteurs attendent", lambda p=place: retire(p))  # type: ignore[misc]
        for name in background():
            # It would work with the code of before on tables of after; the task in hand is finished first.
            step(f"Pause : {name} s’arrête", lambda n=name: systemctl("stop", n))  # type: ignore[misc]
    step("Migrations de la base", lambda: migrate(release))


def migrate(release: Path) -> None:
    verb(release, "migrate", "--no-input", "--verbosity", "0")
    # What is counted, when settings keep it in the database: its table. Nothing otherwise, nor the second time.
    verb(release, "createcachetable")


def switch(release: Path) -> None:
    """Put this release in service beside the one that is, then retire that one. Raises Failed with all as it was."""
    before = CURRENT.resolve() if CURRENT.exists() else None
    if "web" in roles():
        busy = [place for place in PLACES if is_active(unit(place))]
        # Both at work: a release was cut short. The place of the current release stays, the other starts over.
        kept = next((p for p in busy if before and (SLOTS / p).resolve() == before), busy[0] if busy else None)
        idle = next(place for place in PLACES if place != kept)
        step(f"Emplacement {idle} : démarrage de {release.name}", lambda: start(idle, release))
        if kept is not None:
            # It answers ours: a moment more, and the front server sends people there.
            step(f"Emplacement {kept} : retrait, sans couper une réponse", lambda: (time.sleep(3), retire(kept)))
        step(f"Emplacement {idle} au démarrage de la machine", lambda: systemctl("enable", unit(idle)))
    step(f"Version courante : {release.name}", lambda: name_current(release, before))
    for name in background():
        # The task in hand is finished by the old one; nobody waits for it here.
        step(
            f"{name} : redémarrage",
            lambda n=name: (systemctl("enable", n), systemctl("restart", "--no-block", n)),  # type: ignore[misc]
        )


def name_current(release: Path, before: Path | None) -> None:
    link(CURRENT, release)
    if before is not None and before != release.resolve():
        link(PREVIOUS, before)


def put_in_service(release: Path) -> None:
    """Switch to this release and look at it as a visitor does; what is wrong there brings back the one of before.

    A release that was rejected is nobody's previous one: the way back leads where it led. Raises Failed.
    """
    before = CURRENT.resolve() if CURRENT.exists() else None
    previous = PREVIOUS.resolve() if PREVIOUS.exists() else None
    switch(release)
    if machine.dry_run or "front" not in roles() or before is None or before == release.resolve():
        return
    wrong = through_the_front()
    if wrong is None:
        return
    if (release / ".incompatible").exists():
        raise Failed(
            f"Après la bascule, {wrong}. {release.name} reste en service : elle a changé la base d’une façon que "
            f"{before.name} ne supporte pas, et le retour passe par la sauvegarde faite avant (socle restore)."
        )
    say(f"✗ Après la bascule, {wrong} : retour à {before.name}.")
    switch(before)
    PREVIOUS.unlink(missing_ok=True)
    if previous is not None:
        link(PREVIOUS, previous)
    leads = f"« rollback » mène à {previous.name}" if previous else "« rollback » ne mène nulle part"
    raise Failed(f"{release.name} est refusée : {wrong}. {before.name} est de nouveau en service ; {leads}.")


def release_tree(tree: Path, *, pause: bool, venv: Path | None, parts: set[str], unsaved: bool = False) -> None:
    """Release this tree: build, check, migrate, switch; what fails leaves the release in service where it was."""
    begun = time.monotonic()
    with alone():
        release = build(tree, venv)
        before = CURRENT.resolve() if CURRENT.exists() else None
        needs = NOTHING_TO_MIGRATE
        try:
            if parts & {"prepare", "migrate"}:
                say("▸ Vérification de la nouvelle version, feuilles de style, base")
                needs = NOTHING_TO_MIGRATE if machine.dry_run else examine(release)
            if "migrate" in parts:
                prepare_database(release, needs, pause=pause, unsaved=unsaved)
            if "switch" in parts:
                put_in_service(release)
        except Failed as failure:
            raise Failed(f"{failure}\n{whoever_serves(before)}") from failure
        if "switch" in parts:
            step("Anciennes versions : les trois dernières sont gardées", prune)
    say(f"✓ {release.name} : fait en {time.monotonic() - begun:.0f} s.")


def first_release(tree: Path, *, venv: Path | None, parts: set[str]) -> None:
    """The steps of the release of a machine where none is: nobody is served meanwhile, and nothing is lost."""
    release, needs = build(tree, venv), [NOTHING_TO_MIGRATE]
    if parts & {"prepare", "migrate"}:
        step("Vérification de la nouvelle version, feuilles de style, base", lambda: needs.append(examine(release)))
    if "migrate" in parts:
        step("Migrations de la base, s’il en attend", lambda: needs[-1] == NOTHING_TO_MIGRATE or migrate(release))
    if "switch" in parts:
        switch(release)


def whoever_serves(before: Path | None) -> str:
    """Make sure that the release which was in service still is, after a failure; say it."""
    if before is None or "web" not in roles():
        return "Rien n’était encore en service." if before is None else "La version courante n’a pas changé."
    serving = [place for place in PLACES if is_active(unit(place))]
    if not serving:
        try:
            # A pause had stopped it; its database may have changed under it, which its own first pages tell.
            start(PLACES[0], before)
        except Failed:
            return f"{before.name} était arrêtée et ne repart pas : restaurez la sauvegarde faite avant la livraison."
    for name in background():
        systemctl("start", name)
    if serving:
        return f"{(SLOTS / serving[0]).resolve().name} est en service."
    return f"{before.name}, arrêtée pendant la pause, est de nouveau en service."


def roll_back() -> None:
    """Put the previous release back in service; the database stays as it is, which that release supports."""
    with alone():
        if not PREVIOUS.exists():
            raise Failed("Aucune version précédente n’est gardée sur cette machine.")
        current, target = CURRENT.resolve(), PREVIOUS.resolve()
        if (current / ".incompatible").exists():
            raise Failed(
                f"{current.name} a changé la base d’une façon que {target.name} ne supporte pas : "
                "le retour passe par la sauvegarde faite avant la livraison (socle restore)."
            )
        put_in_service(target)
    say(f"✓ {target.name} est de nouveau en service.")
