"""Run in the clients' own environment: what the `caldav` library does with our server. Prints JSON."""

import json
import sys
from datetime import UTC, datetime

import caldav

url, login, secret, uid = sys.argv[1:5]
EVENT = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Essai//FR
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261125T080000Z
DTSTART:20261201T130000Z
DTEND:20261201T140000Z
RRULE:FREQ=WEEKLY;COUNT=4
SUMMARY:Par caldav
END:VEVENT
END:VCALENDAR
"""
with caldav.DAVClient(url=url, username=login, password=secret) as client:
    principal = client.principal()
    calendars = {str(one.url).rstrip("/").rpartition("/")[2]: one for one in principal.calendars()}
    mairie = calendars["mairie"]
    mairie.save_event(EVENT)
    found = mairie.search(
        start=datetime(2026, 12, 1, tzinfo=UTC), end=datetime(2027, 1, 1, tzinfo=UTC), event=True, expand=True
    )
    first = mairie.objects_by_sync_token()
    mairie.event_by_uid(uid).delete()
    again = mairie.objects_by_sync_token(sync_token=first.sync_token)
    made = principal.make_calendar(name="À moi", cal_id=f"a-moi-{uid}")
    own = made.name
    made.delete()
print(json.dumps({"calendars": sorted(calendars), "found": len(found), "changed": len(list(again)), "own": own}))
