"""The digests of every trail, hour by hour, as CloudTrail delivers them where log files are validated.

Comes in: the log files as they were delivered. Goes out: (path, bytes) of digest files, of the sidecars that hold the
signature of the last digest of each chain, and of the public keys. A digest lists what was delivered in its hour, and
names the digest before it with its hash and signature. A stop of logging ends a chain; after it a new one begins.

The trails ran before 1 March: one digest more is made than is written, so that the first one written has a predecessor
which nobody handed over. In an organisation of this size digests come at another minute for each stream.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass

from .delivery import TRAIL_STREAMS, put_object
from .dice import Dice
from .signing import KeyRing
from .times import HOUR, LOGS_FROM, LOGS_TO, STOPPED_FROM, STOPPED_TO, iso
from .world import EU, PROD, SECOND_TRAIL, TRAILS

ALGORITHM = "SHA256withRSA"
PREVIOUS = ("S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature")
# Every log file of the story has been delivered by then.
LAST_DELIVERY = LOGS_TO + 420


@dataclass(frozen=True)
class Planned:
    """One hour of a chain; `written` is false for the digest before the first one handed over."""

    start: int
    end: int
    delivered: int
    written: bool = True


class Digests:
    """Plans the hours first, so that their deliveries can be logged; fills them afterwards."""

    def __init__(self, seed):
        self.dice, self.keys = Dice(seed), KeyRing(seed)
        self.chains = [(stream, chain) for stream in TRAIL_STREAMS for chain in self._chains(stream)]

    def log_deliveries(self, ledger):
        """PutObject by CloudTrail for each digest; the second trail's bucket is not part of this audit."""
        for stream, chain in self.chains:
            for hour in chain:
                if stream.trail != SECOND_TRAIL and hour.written and hour.delivered < LOGS_TO:
                    put_object(ledger, stream, hour.delivered, key(stream, hour.end))

    def files(self, delivered):
        """All digests, sidecars and public keys."""
        listed = []
        for stream, chain in self.chains:
            files = [file for file in delivered if file.stream == stream]
            listed += self._written(stream, chain, files)
        for region, answer in self.keys.answers():
            listed.append((f"public-keys/{region}.json", (json.dumps(answer, indent=4) + "\n").encode("ascii")))
        return listed

    def _chains(self, stream):
        """The chains of a stream: one, or two around the stop."""
        first = LOGS_FROM + self.dice.between(900, 2700)
        if stream.trail != TRAILS[PROD, EU]:
            return [self._hours(first - HOUR, LAST_DELIVERY, before=True)]
        return [self._hours(first - HOUR, STOPPED_FROM, before=True), self._hours(STOPPED_TO + 5, LAST_DELIVERY)]

    def _hours(self, start, until, *, before=False):
        """Hours from `start` on, up to the first that ends at or after `until`."""
        hours = []
        while not hours or hours[-1].end < until:
            end = start + HOUR
            hours.append(Planned(start, end, end + self.dice.between(40, 400), written=bool(hours) or not before))
            start = end
        return hours

    def _written(self, stream, chain, files):
        """The files of a chain, and the sidecar of its last digest: all others have their signature in the next one."""
        listed, previous = [], dict.fromkeys(PREVIOUS)
        for hour in chain:
            text = self._digest(stream, hour, files, previous)
            content = json.dumps(text, separators=(",", ":")).encode("ascii")
            signature = self._signature(stream, hour, text, content)
            name = stream.folder + text["digestS3Object"]
            hashed = hashlib.sha256(content).hexdigest()
            values = (stream.bucket, text["digestS3Object"], hashed, "SHA-256", signature)
            previous = dict(zip(PREVIOUS, values, strict=True))
            if hour.written:
                listed.append(("logs/" + name, gzip.compress(content, 9, mtime=0)))
        metadata = {"Metadata": {"signature": signature, "signature-algorithm": ALGORITHM}}
        listed.append((f"logs/{name}.metadata.json", (json.dumps(metadata, indent=4) + "\n").encode("ascii")))
        return listed

    def _digest(self, stream, hour, files, previous):
        inside = sorted(
            (file for file in files if hour.start <= file.delivered < hour.end), key=lambda file: file.delivered
        )
        return {
            "awsAccountId": stream.account,
            "digestStartTime": iso(hour.start),
            "digestEndTime": iso(hour.end),
            "digestS3Bucket": stream.bucket,
            "digestS3Object": key(stream, hour.end),
            "digestPublicKeyFingerprint": self.keys.at(stream.region, hour.end).fingerprint,
            "digestSignatureAlgorithm": ALGORITHM,
            "newestEventTime": max((file.newest for file in inside), default=None),
            "oldestEventTime": min((file.oldest for file in inside), default=None),
            **{"previousDigest" + name: value for name, value in previous.items()},
            "logFiles": [_listed(stream, file) for file in inside],
        }

    def _signature(self, stream, hour, text, content):
        """CloudTrail signs four lines: the end, the place, the hash, and the signature of the digest before."""
        lines = (
            text["digestEndTime"],
            f"{stream.bucket}/{text['digestS3Object']}",
            hashlib.sha256(content).hexdigest(),
            text["previousDigestSignature"] or "null",
        )
        return self.keys.at(stream.region, hour.end).sign("\n".join(lines))


def key(stream, end):
    """`AWSLogs/ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_END.json.gz`."""
    stamp = iso(end)
    return (
        f"AWSLogs/{stream.account}/CloudTrail-Digest/{stream.region}/{stamp[:10].replace('-', '/')}/"
        f"{stream.account}_CloudTrail-Digest_{stream.region}_{stream.trail}_{stream.home}_"
        f"{stamp.replace('-', '').replace(':', '')}.json.gz"
    )


def _listed(stream, file):
    """The entry of a log file: its hash is that of what was delivered."""
    return {
        "s3Bucket": stream.bucket,
        "s3Object": file.key,
        "hashValue": hashlib.sha256(file.content(file.records)).hexdigest(),
        "hashAlgorithm": "SHA-256",
        "newestEventTime": file.newest,
        "oldestEventTime": file.oldest,
    }
