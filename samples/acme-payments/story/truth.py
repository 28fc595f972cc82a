"""expected.json: what a correct reading of the logs must arrive at. Comes in: the ledger, with the truth beside each
record, and the files. Goes out: one dictionary. It never reads the written files; `verify.py` does.
"""

import gzip
import json

from .controls import VERDICTS, facts
from .delivery import COPY_FOLDER
from .overwrite import TAKEN_OUT, is_altered
from .times import HOUR, WINDOW_FROM, WINDOW_TO, iso
from .world import PEOPLE, STREAMS, WORKLOADS

# As audit.toml says: deliveries so long after an hour still belong to it.
LAG = HOUR


def expected(ledger, files, log_files, digests):
    """The whole truth as one dictionary: of what was delivered, what lies here, and what digests say of it."""
    inside = [entry for entry in ledger.entries if WINDOW_FROM <= entry.when < WINDOW_TO]
    delivered = {path: len(json.loads(gzip.decompress(body))["Records"]) for path, body in files}
    copies = sum(count for path, count in delivered.items() if path.startswith(COPY_FOLDER))
    return {
        "window": {"from": iso(WINDOW_FROM), "to": iso(WINDOW_TO)},
        "files": {
            "log_files": len(files),
            "of_which_second_trail": sum(path.startswith(COPY_FOLDER) for path, _ in files),
            "digests": sum(hour.written for _, chain in digests.chains for hour in chain),
            "sidecars": len(digests.chains),
        },
        "records": {
            "delivered": sum(delivered.values()),
            "duplicates": copies - sum(entry.second_trail_only for entry in ledger.entries) - len(TAKEN_OUT),
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
        "integrity": _integrity(log_files, digests),
        "facts": facts(inside, files, log_files),
        "people": [{"id": person.id, "name": person.name} for person in PEOPLE],
        "workloads": [name for name, _, _ in WORKLOADS],
        "accesses": _accesses(inside),
        "other_operations": _others(inside),
    }


def _integrity(log_files, digests):
    """What signed digests prove: everything, but for the stop and the file that was written over."""
    altered = [file for file in log_files if is_altered(file)]
    chains = {}
    for stream, chain in digests.chains:
        chains.setdefault(stream, []).append([hour for hour in chain if hour.written])
    return {
        "verdict": "FAILED",
        "keys": len({digests.keys.at(stream.region, hour.end) for stream, chain in digests.chains for hour in chain}),
        "altered": [file.stream.folder + file.key for file in altered],
        "streams": sorted(
            (
                {
                    "stream": f"{stream.account}/{stream.region}/{stream.trail}",
                    "digests": sum(map(len, hours)),
                    "chains": len(hours),
                    "log_files": sum(file.stream == stream for file in log_files),
                    "verified_hours": _verified_hours(hours, [file for file in altered if file.stream == stream]),
                }
                for stream, hours in chains.items()
            ),
            key=lambda row: row["stream"],
        ),
    }


def _verified_hours(chains, altered):
    """Hours of the window whose deliveries lie in one chain and meet no digest that lists an altered file."""
    hours = [hour for chain in chains for hour in chain]
    bad = [hour for hour in hours if any(hour.start <= file.delivered < hour.end for file in altered)]
    return sum(
        any(chain[0].start <= hour and hour + HOUR + LAG <= chain[-1].end for chain in chains)
        and all(hour + HOUR + LAG <= other.start or other.end <= hour for other in bad)
        for hour in range(WINDOW_FROM, WINDOW_TO, HOUR)
    )


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
