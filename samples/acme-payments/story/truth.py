"""expected.json: what a correct reading of the logs must arrive at. Comes in: the ledger, with the truth beside each
record, and the files. Goes out: one dictionary. It never reads the written files; `verify.py` does.
"""

import gzip
import json

from .controls import VERDICTS, facts
from .delivery import COPY_FOLDER
from .times import WINDOW_FROM, WINDOW_TO, iso
from .world import PEOPLE, STREAMS, WORKLOADS


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
            "duplicates": copies - sum(entry.second_trail_only for entry in ledger.entries),
            "second_trail_only": sum(entry.second_trail_only for entry in ledger.entries),
            "unique": len(ledger.entries),
            "before_window": sum(entry.when < WINDOW_FROM for entry in ledger.entries),
            "in_window": len(inside),
            "after_window": sum(entry.when >= WINDOW_TO for entry in ledger.entries),
            "never_logged": ledger.never_logged,
            "copies_in_other_accounts": _copies(inside),
        },
        "unique_by_stream": {
            f"{account}/{region}": sum(entry.stream == (account, region) for entry in ledger.entries)
            for account, region in STREAMS
        },
        "requirements": {
            number: {"verdict": verdict, "because": because} for number, (verdict, because) in VERDICTS.items()
        },
        "facts": facts(inside, files),
        "people": [{"id": person.id, "name": person.name} for person in PEOPLE],
        "workloads": [name for name, _, _ in WORKLOADS],
        "accesses": _accesses(inside),
        "other_operations": _others(inside),
    }


def _copies(entries):
    """Records of an action that another account's record tells too: all but one of each sharedEventID."""
    shared = [entry.record["sharedEventID"] for entry in entries if "sharedEventID" in entry.record]
    return len(shared) - len(set(shared))


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


def _count(counts, where, outcome):
    row = counts.setdefault(where, {"done": 0, "refused": 0, "other": 0})
    row[outcome] += 1
