"""How CloudTrail delivers: files of four hours for each account and region, a few minutes after their last record,
and a second trail that brings what it watches in payments-prod again, in files of its own.

Comes in: the ledger. Goes out: (path, bytes) of every file. Real trails deliver every few minutes; four hours keep the
sample small. Every delivery into the log bucket is itself a PutObject record of the bucket's account.
"""

import gzip
import json

from .chapters import read_log_objects, s3_object
from .dice import LETTERS, Dice
from .identities import Credential
from .times import DAY, HOUR, LOGS_FROM, LOGS_TO, iso
from .world import AUDIT, GOV, LOG_BUCKET, PROD, STREAMS

BATCH = 4 * HOUR
COPY_FOLDER = "logs-copy/"


def file_name(dice, stream, delivered):
    """`AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE16.json.gz`."""
    account, region = stream
    stamp = iso(delivered)
    return (
        f"AWSLogs/{account}/CloudTrail/{region}/{stamp[:10].replace('-', '/')}/{account}_CloudTrail_{region}_"
        f"{stamp[:16].replace('-', '').replace(':', '')}Z_{dice.text(LETTERS, 16)}.json.gz"
    )


class Delivery:
    """Plans the files first, so that their deliveries can be logged; fills them afterwards."""

    def __init__(self, ledger, seed):
        self.ledger = ledger
        self.dice = Dice(seed)
        self.batches = []
        for start in range(LOGS_FROM, LOGS_TO, BATCH):
            for stream in STREAMS:
                end = min(start + BATCH, LOGS_TO)
                delivered = end + self.dice.between(150, 420)
                self.batches.append((stream, start, end, delivered, file_name(self.dice, stream, delivered)))

    def log_deliveries(self, identities):
        """PutObject by CloudTrail for each file, and what people read of them."""
        service = "cloudtrail.amazonaws.com"
        caller = Credential(
            "", {"type": "AWSService", "invokedBy": service}, service, service, "service:" + service, tls=False
        )
        for (account, region), _, _, delivered, key in self.batches:
            if delivered < LOGS_TO:
                owner, place = (GOV, region) if account == GOV else (AUDIT, "us-east-1")
                s3_object(
                    self.ledger,
                    caller,
                    delivered,
                    "PutObject",
                    LOG_BUCKET[account],
                    owner,
                    place,
                    key,
                    read_only=False,
                    request={"x-amz-acl": "bucket-owner-full-control", "x-amz-server-side-encryption": "AES256"},
                    shared_event=self.ledger.dice.uuid(),
                )
        in_bucket = sorted((delivered, key) for stream, _, _, delivered, key in self.batches if stream[0] != GOV)
        read_log_objects(self.ledger, identities, in_bucket)

    def files(self):
        """All files, main trails first, in the order of their paths."""
        listed = [(key, self._pack(self._batch(stream, start))) for stream, start, _, _, key in self.batches]
        for stream in [stream for stream in STREAMS if stream[0] == PROD]:
            for start in range(LOGS_FROM, LOGS_TO, DAY):
                end = min(start + DAY, LOGS_TO)
                copied = self._copied(stream, start, end)
                key = COPY_FOLDER + file_name(self.dice, stream, end + self.dice.between(150, 420))
                if copied:
                    listed.append((key, self._pack(copied)))
        return sorted(listed)

    @staticmethod
    def _batch_of(entry):
        """Index of the file that carries a record: most in their own four hours, some of the last minutes in the next
        file, and a rare straggler (its eventID starts with 000) a day late. The last file takes what is left."""
        index, into = divmod(entry.when - LOGS_FROM, BATCH)
        if entry.record["eventID"].startswith("000"):
            index += DAY // BATCH
        elif into > BATCH - 300 and entry.record["eventID"][0] in "0123":
            index += 1
        return min(index, (LOGS_TO - LOGS_FROM - 1) // BATCH)

    def _batch(self, stream, start):
        index = (start - LOGS_FROM) // BATCH
        return self._sorted(
            entry
            for entry in self.ledger.entries
            if entry.stream == stream and not entry.second_trail_only and self._batch_of(entry) == index
        )

    def _copied(self, stream, start, end):
        """What the second trail brings of a day."""
        return self._sorted(
            entry
            for entry in self.ledger.entries
            if entry.stream == stream and start <= entry.when < end and entry.watched
        )

    @staticmethod
    def _sorted(entries):
        return [entry.record for entry in sorted(entries, key=lambda entry: (entry.when, entry.record["eventID"]))]

    @staticmethod
    def _pack(records):
        text = json.dumps({"Records": records}, ensure_ascii=False, separators=(",", ":"))
        return gzip.compress(text.encode("utf-8"), 9, mtime=0)
