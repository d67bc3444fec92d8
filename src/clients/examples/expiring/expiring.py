"""A nightly job: tells whoever granted access that it is about to end.

    CASEWARD_SERVER=… CASEWARD_TOKEN=cw_… python expiring.py --days 7 --smtp mail.internal --from caseward@example.com --domain example.com

It asks who can read what today and can no more in so many days, with nothing but `diff` between two instants: one that is to
come is asked like one that is past, and says `settled: false`. Each loss has the event that set its window; its actor is told.
Without `--smtp` the letters are printed. It changes nothing, so running it twice mails twice and does no other harm.
"""

from __future__ import annotations

import argparse
import smtplib
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import caseward
from caseward.forms import Change, HistoryEntry


def ending(client: caseward.Client, now: datetime, until: datetime) -> list[Change]:
    """What somebody holds now and loses by the end of a window before then."""
    changes = client.because("nightly letter about grants that end").diff("organization", from_=now, to=until)
    return [change for kind, change in changes if kind in ("lost", "changed") and any(cause.window == "ends" for cause in change.causes)]


def entry_of(client: caseward.Client, change: Change) -> HistoryEntry:
    """The event that set the window which ends."""
    position = next(cause.position for cause in change.causes if cause.window == "ends")
    return next(one for one in client.history(change.resource) if one.position == position)


def letters(client: caseward.Client, changes: Iterable[Change], sender: str, domain: str) -> list[EmailMessage]:
    """One letter for each who granted, with all that ends."""
    lines: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        entry = entry_of(client, change)
        when = next(cause.time for cause in change.causes if cause.window == "ends")
        lost = [right for right in change.before if right not in change.after]
        why = f" (granted for: {entry.reason})" if entry.reason else ""
        lines[entry.actor].append(f"{when:%Y-%m-%d %H:%M} UTC: {change.subject} loses {', '.join(lost)} on {change.resource}{why}")
    found = []
    for actor, told in sorted(lines.items()):
        letter = EmailMessage()
        letter["From"], letter["To"] = sender, f"{actor.partition(':')[2]}@{domain}"
        letter["Subject"] = f"Access that ends: {len(told)}"
        letter.set_content("\n".join([*sorted(told), "", "To go on with one: caseward update LIST SUBJECT LEVEL --valid-until DAY"]))
        found.append(letter)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="tells whoever granted access that it is about to end")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--org", default="default")
    parser.add_argument("--smtp", help="host of a mail server; left out, the letters are printed")
    parser.add_argument("--from", dest="sender", default="caseward@localhost")
    parser.add_argument("--domain", default="localhost")
    given = parser.parse_args(arguments)
    now = datetime.now(UTC)
    with caseward.Client.from_environment(given.org) as client:
        made = letters(client, ending(client, now, now + timedelta(days=given.days)), given.sender, given.domain)
    if given.smtp:
        with smtplib.SMTP(given.smtp) as mail:
            for letter in made:
                mail.send_message(letter)
    else:
        for letter in made:
            sys.stdout.write(f"To: {letter['To']}\nSubject: {letter['Subject']}\n\n{letter.get_content()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
