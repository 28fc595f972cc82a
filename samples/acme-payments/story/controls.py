"""What each tested requirement of PCI DSS 4.0.1 must say of the story, and the numbers behind it.

Comes in: the entries of the window with the truth beside each record, and the files. Goes out: the verdicts and facts
of expected.json. It counts by who acted, as the story planted it; `verify.py` counts the same from the written files.
"""

import gzip
import json
import re

from .approvals import reviews
from .chapters import CARD_NUMBER, CONTRACTOR, ROOT, SHARED, UNKNOWN
from .overwrite import is_altered, stored
from .saved import KEPT_DAYS
from .times import HOUR, STOPPED_FROM, STOPPED_TO, WINDOW_FROM, WINDOW_TO, at
from .world import EU, GOV, LOG_BUCKET, PERSON, PROD, STREAMS, TABLES

CLOUDTRAIL = "service:cloudtrail.amazonaws.com"
ITEM_CALLS = "nothing contradicts, but item calls of eu-west-1 are missing for three hours"
LEAVER = "a leaver’s key still read merchants on 7 March, from outside the approved networks"
VERDICTS = {
    "3.5.1": ("exceptions", "a card number is an item key of loyalty"),
    "6.5.1": (
        "supported",
        "both changes of tables in scope are covered by a change record; no management event is missing",
    ),
    "7.2.2": (
        "exceptions",
        "svc-reporting, ops-shared and a leaver read tables that the access matrix does not give them",
    ),
    "7.2.3": ("exceptions", "the assignment of 11 March was never requested"),
    "7.2.5": ("exceptions", "svc-reporting reads merchants; it was approved for settlements"),
    "7.2.6": ("exceptions", "ops-shared and a leaver queried tables and are not on the list"),
    "8.2.1": ("exceptions", "root and ops-shared name nobody"),
    "8.2.2": ("exceptions", "neither change nor incident covers root and ops-shared; break-glass has its incident"),
    "8.2.4": ("exceptions", "the assignment of 11 March was never requested"),
    "8.2.5": ("exceptions", LEAVER + "; her user was removed five days after she left"),
    "8.2.6": ("insufficient", "a window of 14 days cannot show 90 days without use"),
    "8.2.7": ("exceptions", "the contractor read settlements after the end of his terms"),
    "8.4.1": ("insufficient", ITEM_CALLS),
    "8.4.2": ("exceptions", "five identities read with long-lived keys, which carry no second factor"),
    "8.4.3": ("exceptions", LEAVER + ", without a second factor"),
    "8.6.1": ("insufficient", ITEM_CALLS),
    "10.2.1": (
        "exceptions",
        "acme-prod-euw1 was stopped for 3 hours: cards and authorizations were not logged, though cards was used",
    ),
    "10.2.1.1": ("exceptions", "a shared user's role session read cards; a card number is an item key of loyalty"),
    "10.2.1.2": (
        "exceptions",
        "root signed in without an incident record; an administrator stopped a trail and wrote over a log file",
    ),
    "10.2.1.3": ("exceptions", "a developer who is no log reader fetched log files"),
    "10.2.1.4": (
        "exceptions",
        "14 refusals within 20 minutes without an incident; 22 on tables where the caller has no business",
    ),
    "10.2.1.5": (
        "supported",
        "each change of an identity was made by a proven person for somebody else under a change record",
    ),
    "10.2.1.6": ("exceptions", "StopLogging without a change record"),
    "10.2.1.7": ("exceptions", "CreateTable of scratch-refund-replay without a change record"),
    "10.2.2": ("insufficient", "every record has its elements, but three hours of item calls of eu-west-1 are missing"),
    "10.3.1": ("exceptions", "a developer who is no log reader fetched log files"),
    "10.3.2": (
        "exceptions",
        "an administrator of logs wrote over a log file; digests show that it is not what was delivered",
    ),
    "10.3.3": ("exceptions", "files came hours after their events; acme-audit-use1 delivers into its own account"),
    "10.3.4": ("exceptions", "one log file of eu-west-1 was altered; digests prove all others"),
    "10.5.1": ("exceptions", "the GovCloud log bucket deletes its files after 180 days"),
    "10.7.1": ("not-applicable", "Acme is no service provider"),
    "10.7.2": ("exceptions", "no incident followed the stop or the altered file; no review took place on 8 March"),
}
CARDHOLDER = {(table.account, table.region, table.name) for table in TABLES if table.data == "cardholder"}
# Who works with a long-lived key, or took a role with one.
LONG_LIVED = [PERSON[user].id for user in ("bram.okonjo", "mehmet.karadagli", "lucia.ferrandiz", "saskia.vermeulen")]
# The StopLogging and the PutObject of Henrik Sandvær-Pool.
UNCOVERED = 2
UNMET = ("ConditionalCheckFailedException", "TransactionCanceledException")


class Count:
    """Counts entries of the window."""

    def __init__(self, entries):
        self.entries = entries

    def events(self, actor=None, *names, where=lambda entry: True):
        """Events of an actor (any, if none is given) with one of the names (any, if none is given)."""
        return sum(
            (actor is None or entry.truth.actor == actor)
            and (not names or entry.record["eventName"] in names)
            and where(entry)
            for entry in self.entries
        )

    def cardholder(self, actor, answered=False):
        """Accesses of an actor to cardholder tables; `answered`: that told the caller something."""
        return sum(
            (*entry.stream, table) in CARDHOLDER and not (answered and not _answered(entry))
            for entry in self.entries
            if entry.truth.actor == actor
            for table in entry.truth.tables
        )


def _answered(entry):
    """Carried out, or its condition failed."""
    return entry.truth.outcome == "done" or entry.record.get("errorCode") in UNMET


def facts(inside, files, log_files):
    """The numbers behind the verdicts, counted from the truth."""
    count = Count(inside)
    outside = {"svc-reporting": count.cardholder("svc-reporting"), SHARED: count.cardholder(SHARED)}
    outside[PERSON["saskia.vermeulen"].id] = count.cardholder(PERSON["saskia.vermeulen"].id)
    by_hand = {actor: number for actor, number in outside.items() if actor != "svc-reporting"}
    shared = {"of_root": count.events(ROOT), "of_shared_user": count.events(SHARED)}
    assignments = count.events(None, "CreateAccountAssignment")
    return {
        **_logging(count, files, log_files),
        "3.5.1": {"accesses_with_card_number_as_key": _card_keys(inside)},
        "6.5.1": {"changes_of_tables_in_scope": count.events(None, "UpdateTable", "CreateBackup")},
        "7.2.2": {"accesses_outside_matrix": outside},
        "7.2.3": {"grants_without_request": assignments},
        "7.2.5": {"accesses_outside_matrix": {"svc-reporting": outside["svc-reporting"]}},
        "7.2.6": {"queries_by_no_one_listed": by_hand},
        "8.2.1": {**shared, "of_contractor": count.events(CONTRACTOR), "of_unknown_issuer": count.events(UNKNOWN)},
        "8.2.2": {**shared, "of_break_glass": count.events(where=_by_role("break-glass"))},
        "8.2.4": {"changes_of_identities": _identity_changes(count), "without_request": assignments},
        "8.2.5": {"calls_after_leaving": count.events(PERSON["saskia.vermeulen"].id)},
        "8.2.6": {"days_of_window": (WINDOW_TO - WINDOW_FROM) // (24 * HOUR)},
        "8.2.7": {"calls_outside_terms": count.events(CONTRACTOR)},
        "8.4.1": {"factors_removed_under_change": count.events(None, "DeactivateMFADevice")},
        "8.4.2": {
            "accesses_without_second_factor": {
                actor: count.cardholder(actor, answered=True) for actor in sorted([*LONG_LIVED, SHARED])
            },
            "undetermined": count.cardholder(UNKNOWN),
        },
        "8.4.3": {"accesses_from_outside_without_second_factor": by_hand[PERSON["saskia.vermeulen"].id]},
        "8.6.1": {"calls_by_hand": 0},
    }


def _logging(count, files, log_files):
    """Requirement 10: logging itself and what it must show."""
    reviewed = {at(row[2]) // (24 * HOUR) for row in reviews()}
    return {
        "10.2.1": {
            "hours_stopped": (STOPPED_TO - STOPPED_FROM) // HOUR,
            "stream": f"{PROD}/{EU}",
            "key_used_without_call": count.events(None, "Decrypt", where=lambda entry: entry.second_trail_only),
        },
        "10.2.1.1": {
            "accesses_by_shared_user": count.cardholder(SHARED),
            "accesses_by_unknown_issuer": count.cardholder(UNKNOWN),
            "accesses_with_card_number_as_key": _card_keys(count.entries),
        },
        "10.2.1.2": {"events_of_root": count.events(ROOT), "acts_without_change": UNCOVERED},
        "10.2.1.3": {
            "objects_touched_by_administrators": count.events(PERSON["henrik.sandvaer"].id, "GetObject", "PutObject"),
            "objects_read_by_no_reader": count.events("p-018", "GetObject"),
            "objects_read_by_auditor": count.events("p-009", "GetObject"),
        },
        "10.2.1.4": {
            "refusals": count.events(where=lambda entry: entry.truth.outcome == "refused"),
            "refused_without_business": count.events(where=_refused_on_cardholder),
            "largest_cluster": 14,
            "cluster_of": "p-014",
        },
        "10.2.1.5": {"changes_of_identities": _identity_changes(count)},
        "10.2.1.6": {"stops": count.events(None, "StopLogging"), "starts": count.events(None, "StartLogging")},
        "10.2.1.7": {
            "tables_created_without_change": count.events(None, "CreateTable"),
            "tables_deleted_under_change": count.events(None, "DeleteTable"),
        },
        "10.3.1": {"objects_read_by_no_reader": count.events("p-018", "GetObject")},
        "10.3.2": {
            "files_delivered": count.events(CLOUDTRAIL, "PutObject"),
            "log_files_written_by_people": count.events(PERSON["henrik.sandvaer"].id, "PutObject"),
        },
        "10.3.3": {"minutes_late": _late(files), "trails_in_own_account": ["acme-audit-use1"]},
        "10.3.4": {**_altered(log_files), "accesses_told_there_alone": _told_there_alone(count, log_files)},
        "10.5.1": {"days_kept": KEPT_DAYS, "kept_too_short": [LOG_BUCKET[GOV]]},
        "10.7.2": {
            "stops_without_incident": count.events(None, "StopLogging"),
            "altered_files_without_incident": _altered(log_files)["log_files_altered"],
            "days_without_review": max(reviewed) - min(reviewed) + 1 - len(reviewed),
        },
    }


def _altered(log_files):
    """Log files that were written over after delivery, and what they hold now."""
    altered = [file for file in log_files if is_altered(file)]
    return {
        "log_files_verified": len(log_files) - len(altered),
        "log_files_altered": len(altered),
        "records_in_altered_file": sum(len(stored(file)) for file in altered),
        "records_taken_out": sum(len(file.records) - len(stored(file)) for file in altered),
    }


def _told_there_alone(count, log_files):
    """Accesses of which the altered file alone tells, by who acted: the second trail does not have them."""
    here = {record["eventID"] for file in log_files if is_altered(file) for record in stored(file)}
    told = {}
    for entry in count.entries:
        if entry.record["eventID"] in here and not entry.watched and entry.truth.tables:
            told[entry.truth.actor] = told.get(entry.truth.actor, 0) + len(entry.truth.tables)
    return dict(sorted(told.items()))


def _late(files):
    """Minutes from the oldest event of a file, in the window, to the time in the file's name: the worst by stream."""
    worst = dict.fromkeys((f"{account}/{region}" for account, region in STREAMS), 0)
    for path, body in files:
        account, region, day, clock = re.search(r"/(\d+)_CloudTrail_([a-z0-9-]+)_(\d{8})T(\d{4})Z_", path).groups()
        delivered = at(f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:]}")
        times = [at(record["eventTime"]) for record in json.loads(gzip.decompress(body))["Records"]]
        if times and min(times) < WINDOW_TO and max(times) >= WINDOW_FROM:
            stream = f"{account}/{region}"
            worst[stream] = max(worst[stream], -(-(delivered - max(min(times), WINDOW_FROM)) // 60))
    return worst


def _card_keys(entries):
    return sum(CARD_NUMBER in str(entry.record["requestParameters"]) for entry in entries)


def _identity_changes(count):
    return count.events(
        where=lambda entry: (
            entry.record["eventSource"] in ("iam.amazonaws.com", "sso.amazonaws.com")
            and entry.record["eventName"] != "GetRoleCredentials"
            and not entry.record["readOnly"]
        )
    )


def _by_role(role):
    """Calls of a role's sessions, without what services did in their name."""
    return lambda entry: (
        f":assumed-role/{role}/" in entry.record["userIdentity"].get("arn", "")
        and not entry.truth.actor.startswith("service:")
    )


def _refused_on_cardholder(entry):
    return entry.truth.outcome == "refused" and any(
        (*entry.stream, table) in CARDHOLDER for table in entry.truth.tables
    )
