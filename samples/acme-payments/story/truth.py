"""expected.json: what a correct reading of the logs must arrive at. Comes in: the ledger, with the truth beside each
record, and the files. Goes out: one dictionary. It never reads the written files; `verify.py` does.
"""

import gzip
import json

from .chapters import CARD_NUMBER, ROOT, SHARED, UNKNOWN
from .delivery import COPY_FOLDER
from .times import HOUR, STOPPED_FROM, STOPPED_TO, WINDOW_FROM, WINDOW_TO, iso
from .world import EU, PEOPLE, PROD, STREAMS, TABLES, WORKLOADS

VERDICTS = {
    "10.2.1": ("exceptions", "acme-prod-euw1 was stopped for 3 hours: cards and authorizations were not logged"),
    "10.2.1.1": ("exceptions", "a shared user's role session read cards; a card number is an item key of loyalty"),
    "10.2.1.2": ("exceptions", "root signed in without a change or incident record"),
    "10.2.1.3": ("exceptions", "a developer who is no log reader fetched log files"),
    "10.2.1.4": ("exceptions", "14 refusals within 20 minutes without an incident record"),
    "10.2.1.5": (
        "supported",
        "each change of an identity was made by a proven person for somebody else under a change record",
    ),
    "10.2.1.6": ("exceptions", "StopLogging without a change record"),
    "10.2.1.7": ("exceptions", "CreateTable of scratch-refund-replay without a change record"),
    "10.2.2": ("insufficient", "every record has its elements, but three hours of eu-west-1 are missing"),
}


def expected(ledger, files):
    """The whole truth as one dictionary."""
    inside = [entry for entry in ledger.entries if WINDOW_FROM <= entry.when < WINDOW_TO]
    delivered = {path: len(json.loads(gzip.decompress(body))["Records"]) for path, body in files}
    copies = sum(count for path, count in delivered.items() if path.startswith(COPY_FOLDER))
    return {
        "window": {"from": iso(WINDOW_FROM), "to": iso(WINDOW_TO)},
        "files": {"all": len(files), "of_which_second_trail": sum(path.startswith(COPY_FOLDER) for path, _ in files)},
        "records": {
            "delivered": sum(delivered.values()),
            "duplicates": copies,
            "unique": len(ledger.entries),
            "before_window": sum(entry.when < WINDOW_FROM for entry in ledger.entries),
            "in_window": len(inside),
            "after_window": sum(entry.when >= WINDOW_TO for entry in ledger.entries),
            "never_logged": ledger.never_logged,
        },
        "unique_by_stream": {
            f"{account}/{region}": sum(entry.stream == (account, region) for entry in ledger.entries)
            for account, region in STREAMS
        },
        "requirements": {
            number: {"verdict": verdict, "because": because} for number, (verdict, because) in VERDICTS.items()
        },
        "facts": _facts(inside),
        "people": [{"id": person.id, "name": person.name} for person in PEOPLE],
        "workloads": [name for name, _, _ in WORKLOADS],
        "accesses": _accesses(inside),
        "other_operations": _others(inside),
    }


def _accesses(entries):
    """One event × one table, in the window: who, over how many issued sessions, did what on which table."""
    counts = {}
    for entry in entries:
        for table in entry.truth.tables:
            account, region = entry.stream
            where = (entry.truth.actor, entry.truth.hops, entry.record["eventName"], account, region, table)
            _count(counts, where, entry.truth.outcome)
    names = ("actor", "hops", "operation", "account", "region", "table")
    return [dict(zip(names, where), **outcome) for where, outcome in sorted(counts.items())]


def _others(entries):
    """Everything that names no table: sign-ins, sessions, identities, trails, log files."""
    counts = {}
    for entry in entries:
        if not entry.truth.tables:
            _count(
                counts, (entry.truth.actor, entry.record["eventSource"], entry.record["eventName"]), entry.truth.outcome
            )
    return [dict(zip(("actor", "source", "operation"), where), **outcome) for where, outcome in sorted(counts.items())]


def _facts(entries):
    """The numbers behind the verdicts, counted from the truth."""
    cardholder = {(table.account, table.region, table.name) for table in TABLES if table.data == "cardholder"}

    def cardholder_accesses(actor):
        """Accesses of an actor to cardholder tables."""
        return sum(
            (*entry.stream, table) in cardholder
            for entry in entries
            if entry.truth.actor == actor
            for table in entry.truth.tables
        )

    def events(actor=None, *names):
        """Events of an actor (any, if none is given) with one of the names (any, if none is given)."""
        return sum(
            (actor is None or entry.truth.actor == actor) and (not names or entry.record["eventName"] in names)
            for entry in entries
        )

    return {
        "10.2.1": {"hours_stopped": (STOPPED_TO - STOPPED_FROM) // HOUR, "stream": f"{PROD}/{EU}"},
        "10.2.1.1": {
            "accesses_by_shared_user": cardholder_accesses(SHARED),
            "accesses_by_unknown_issuer": cardholder_accesses(UNKNOWN),
            "accesses_with_card_number_as_key": sum(
                CARD_NUMBER in str(entry.record["requestParameters"]) for entry in entries
            ),
        },
        "10.2.1.2": {"events_of_root": events(ROOT)},
        "10.2.1.3": {
            "objects_read_by_no_reader": events("p-018", "GetObject"),
            "objects_read_by_auditor": events("p-009", "GetObject"),
        },
        "10.2.1.4": {
            "refusals": sum(entry.truth.outcome == "refused" for entry in entries),
            "largest_cluster": 14,
            "cluster_of": "p-014",
        },
        "10.2.1.5": {
            "changes_of_identities": sum(
                entry.record["eventSource"] in ("iam.amazonaws.com", "sso.amazonaws.com")
                and entry.record["eventName"] != "GetRoleCredentials"
                and not entry.record["readOnly"]
                for entry in entries
            )
        },
        "10.2.1.6": {"stops": events(None, "StopLogging"), "starts": events(None, "StartLogging")},
        "10.2.1.7": {
            "tables_created_without_change": events(None, "CreateTable"),
            "tables_deleted_under_change": events(None, "DeleteTable"),
        },
    }


def _count(counts, where, outcome):
    row = counts.setdefault(where, {"done": 0, "refused": 0, "other": 0})
    row[outcome] += 1
