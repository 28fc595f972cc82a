"""How CloudTrail delivers: files of four hours for each account and region, a few minutes after their last record,
and a second trail that brings what it watches in payments-prod again, in files of its own.

Comes in: the ledger. Goes out: every log file. Real trails deliver every few minutes; four hours keep the
sample small. Every delivery into the log bucket is itself a PutObject record of the bucket's account.
"""

import gzip
import json
from dataclasses import dataclass

from .chapters import read_log_objects, s3_object
from .dice import LETTERS, Dice
from .identities import Credential
from .times import DAY, HOUR, LOGS_FROM, LOGS_TO, iso
from .world import AUDIT, EU, GOV, LOG_BUCKET, PROD, SECOND_BUCKET, SECOND_TRAIL, STREAMS, TRAILS

BATCH = 4 * HOUR
COPY_FOLDER = "logs-copy/"


@dataclass(frozen=True)
class TrailStream:
    """What one trail delivers of one account and region, into which bucket, and the folder of its copy here."""

    trail: str
    home: str
    account: str
    region: str
    bucket: str
    folder: str = ""


TRAIL_STREAMS = (
    *(TrailStream(TRAILS[stream], stream[1], *stream, LOG_BUCKET[stream[0]]) for stream in STREAMS),
    *(TrailStream(SECOND_TRAIL, EU, *stream, SECOND_BUCKET, COPY_FOLDER) for stream in STREAMS if stream[0] == PROD),
)


@dataclass(frozen=True)
class LogFile:
    """A log file as it was delivered."""

    stream: TrailStream
    delivered: int
    key: str
    records: list

    @property
    def oldest(self):
        """Time of its first event."""
        return min(record["eventTime"] for record in self.records)

    @property
    def newest(self):
        """Time of its last event."""
        return max(record["eventTime"] for record in self.records)

    @staticmethod
    def content(records):
        """The file before it is compressed."""
        return json.dumps({"Records": records}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    def packed(self, records):
        """(path below logs/, bytes) with these records."""
        return self.stream.folder + self.key, gzip.compress(self.content(records), 9, mtime=0)


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
        for (account, region), _, _, delivered, key in self.batches:
            if delivered < LOGS_TO:
                put_object(self.ledger, _main(account, region), delivered, key)
        in_bucket = sorted((delivered, key) for stream, _, _, delivered, key in self.batches if stream[0] != GOV)
        read_log_objects(self.ledger, identities, in_bucket)

    def key_at(self, stream, when):
        """The key of the file that holds four hours of a stream."""
        return next(key for place, start, end, _, key in self.batches if place == stream and start <= when < end)

    def log_files(self):
        """All files, main trails first, in the order of their paths."""
        listed = [
            LogFile(_main(*stream), delivered, key, self._batch(stream, start))
            for stream, start, _, delivered, key in self.batches
        ]
        for second in [stream for stream in TRAIL_STREAMS if stream.trail == SECOND_TRAIL]:
            stream = second.account, second.region
            for start in range(LOGS_FROM, LOGS_TO, DAY):
                end = min(start + DAY, LOGS_TO)
                copied = self._copied(stream, start, end)
                delivered = end + self.dice.between(150, 420)
                key = file_name(self.dice, stream, delivered)
                if copied:
                    listed.append(LogFile(second, delivered, key, copied))
        return sorted(listed, key=lambda file: file.stream.folder + file.key)

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


def _main(account, region):
    """The stream of a main trail."""
    return next(stream for stream in TRAIL_STREAMS if (stream.account, stream.region) == (account, region))


def put_object(ledger, stream, when, key):
    """A delivery into the log bucket, by CloudTrail itself."""
    service = "cloudtrail.amazonaws.com"
    caller = Credential(
        "", {"type": "AWSService", "invokedBy": service}, service, service, "service:" + service, tls=False
    )
    owner, place = (GOV, stream.region) if stream.account == GOV else (AUDIT, "us-east-1")
    s3_object(
        ledger,
        caller,
        when,
        "PutObject",
        stream.bucket,
        owner,
        place,
        key,
        read_only=False,
        request={"x-amz-acl": "bucket-owner-full-control", "x-amz-server-side-encryption": "AES256"},
        shared_event=ledger.dice.uuid(),
    )
