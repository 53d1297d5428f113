"""How much one address sends in an hour and in a day, counted by recipients; beyond, it waits.

Postfix starts this itself (spawn(8), SMTPD_POLICY_README) and talks to it on standard input: attributes, a blank line,
an answer. A password that was stolen, or a machine gone mad, is thus slowed without disturbing any other box. Runs with
the system's Python and its standard library only.

    sending_rates.py FOLDER PER_HOUR PER_DAY
"""

import contextlib
import os
import sqlite3
import sys
import time

HOUR, DAY = 3600, 86400
TABLES = """
CREATE TABLE IF NOT EXISTS sent (login TEXT NOT NULL, at INTEGER NOT NULL, recipients INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS sent_by ON sent (login, at);
CREATE TABLE IF NOT EXISTS held (login TEXT NOT NULL, day INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (login, day));
"""


def main() -> None:
    """Answer Postfix until it closes the line. Whatever fails lets the message through: this bounds, it is no lock."""
    folder, per_hour, per_day = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    asked: dict[str, str] = {}
    for line in sys.stdin:
        line = line.rstrip("\n")
        if line:
            name, _, value = line.partition("=")
            asked[name] = value
            continue
        try:
            answer = judge(folder, asked, per_hour=per_hour, per_day=per_day, now=int(time.time()))
        except sqlite3.DatabaseError as error:
            answer = "DUNNO"
            # A power cut may have broken a file that nobody waits for: the counts begin anew.
            if type(error) is sqlite3.DatabaseError:
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(folder, "rates.sqlite"))
        except (sqlite3.Error, OSError, ValueError):
            answer = "DUNNO"
        sys.stdout.write(f"action={answer}\n\n")
        sys.stdout.flush()
        asked = {}


def judge(folder: str, asked: dict[str, str], *, per_hour: int, per_day: int, now: int) -> str:
    """Count the message if it passes. Returns the action Postfix takes."""
    login = asked.get("sasl_username", "").lower()
    count = int(asked.get("recipient_count") or 1)
    if not login:
        return "DUNNO"
    database = sqlite3.connect(os.path.join(folder, "rates.sqlite"), timeout=5, isolation_level=None)
    try:
        # Each message would wait for the disk twice, to keep a count that only bounds.
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(TABLES)
        database.execute("BEGIN IMMEDIATE")
        database.execute("DELETE FROM sent WHERE at < ?", (now - DAY,))
        hour, day = database.execute(
            "SELECT coalesce(sum(CASE WHEN at > ? THEN recipients END), 0), coalesce(sum(recipients), 0)"
            " FROM sent WHERE login = ?",
            (now - HOUR, login),
        ).fetchone()
        if hour + count > per_hour or day + count > per_day:
            database.execute(
                "INSERT INTO held VALUES (?, ?, 1) ON CONFLICT (login, day) DO UPDATE SET times = times + 1",
                (login, now // DAY),
            )
            database.execute("COMMIT")
            which = f"{per_hour} an hour" if hour + count > per_hour else f"{per_day} a day"
            return f"450 4.7.1 Too many recipients for this address ({which}), try again later"
        database.execute("INSERT INTO sent VALUES (?, ?, ?)", (login, now, count))
        database.execute("COMMIT")
        return "DUNNO"
    finally:
        database.close()


if __name__ == "__main__":
    main()
