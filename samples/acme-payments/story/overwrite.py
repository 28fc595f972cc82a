"""One more chapter: whoever stopped the trail takes its log file out of the bucket and puts it back without the stop.
It has dice of its own, so that every record of the other chapters stays byte for byte what it was.

Comes in: the ledger and the deliveries. Goes out: the reading and the writing of the log file in the log bucket, and
what the file holds from then on. Its digest was signed an hour before.
"""

from .chapters import s3_object
from .dice import Dice
from .times import STOPPED_FROM, at
from .world import AUDIT, EU, LOG_BUCKET, PROD, TRAILS, US

OVERWRITTEN = "2026-03-09T16:10:00"
TAKEN_OUT = ("StopLogging", "StartLogging")


def overwrite(ledger, identities, delivery, seed):
    """9 March: Henrik Sandvær-Pool, an administrator of logs, fetches the file of 10:00 to 14:00 and writes another."""
    ledger.dice = identities.dice = Dice(seed)
    key = delivery.key_at((PROD, EU), STOPPED_FROM)
    henrik = identities.sso("henrik.sandvaer", AUDIT, "LogAdmin", at(OVERWRITTEN))
    for after, name, request in (
        (75, "GetObject", {}),
        (1140, "PutObject", {"x-amz-server-side-encryption": "AES256"}),
    ):
        s3_object(
            ledger,
            henrik,
            at(OVERWRITTEN) + after,
            name,
            LOG_BUCKET[PROD],
            AUDIT,
            US,
            key,
            read_only=name == "GetObject",
            request=request,
        )


def stored(file):
    """The records of a log file as they lie in the bucket now."""
    if file.stream.trail != TRAILS[PROD, EU]:
        return file.records
    return [record for record in file.records if record["eventName"] not in TAKEN_OUT]


def is_altered(file):
    """Whether a log file is no longer what was delivered."""
    return len(stored(file)) < len(file.records)
