"""What the digests prove, worked out from the files alone. `verify.py` runs it.

Comes in: the folder. Goes out: the member `integrity` of expected.json. Signatures are checked with whole numbers and
nothing else (RFC 8017, RSASSA-PKCS1-v1_5): no code is shared with the generator, nor with the program under test.
"""

import base64
import collections
import datetime
import gzip
import hashlib
import json
import pathlib

HOUR = 3600
SHA256_INFO = "3031300d060960864801650304020105000420"
SIDECAR = ".metadata.json"


def seconds(text):
    """Seconds of `2026-03-02T14:03:22Z`."""
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Key:
    """A public key: its two numbers, out of the DER that ListPublicKeys gives."""

    def __init__(self, listed, region):
        der = base64.b64decode(listed["Value"])
        whole, rest = self._part(der, 0x30)
        number, more = self._part(whole, 2)
        exponent, nothing = self._part(more, 2)
        assert not rest and not nothing and hashlib.md5(der).hexdigest() == listed["Fingerprint"]
        self.modulus, self.exponent, self.region = int.from_bytes(number), int.from_bytes(exponent), region
        self.valid = seconds(listed["ValidityStartTime"]), seconds(listed["ValidityEndTime"])

    @staticmethod
    def _part(der, tag):
        """(content of the first value, what stands behind it)."""
        assert der[0] == tag
        size, start = der[1], 2
        if size > 127:
            start += size - 128
            size = int.from_bytes(der[2:start])
        return der[start : start + size], der[start + size :]

    def made(self, signature, text):
        """Whether the owner of the key signed the text: the signature holds its hash in the one form allowed."""
        hashed = hashlib.sha256(text.encode("utf-8")).hexdigest()
        size = self.modulus.bit_length() // 4
        wanted = "0001" + "f" * (size - 6 - len(SHA256_INFO) - len(hashed)) + "00" + SHA256_INFO + hashed
        return pow(int(signature, 16), self.exponent, self.modulus) == int(wanted, 16)


class Digests:
    """Every digest, checked; every log file, compared with what digests list."""

    def __init__(self, folder):
        self.logs = folder / "logs"
        self.keys = {}
        for file in sorted((folder / "public-keys").glob("*.json")):
            for listed in json.loads(file.read_text(encoding="ascii"))["PublicKeyList"]:
                self.keys[listed["Fingerprint"]] = Key(listed, file.stem)
        self.used, self.faults, self.altered = set(), [], []
        self.sidecars = sorted(self.logs.rglob("*" + SIDECAR))
        # (account, region, trail) → [(start, end, whether it begins a chain, names of the files it lists)]
        self.streams = collections.defaultdict(list)
        self._read()
        self._compare()

    def _read(self):
        found = {}
        for path in sorted(self.logs.rglob("*_CloudTrail-Digest_*.json.gz")):
            content = gzip.decompress(path.read_bytes())
            found[path.relative_to(self.logs).as_posix()] = content, json.loads(content)
        # The place of each digest, out of the bucket: the second trail's lie in a folder of their own here.
        at = {(digest["digestS3Bucket"], digest["digestS3Object"]): name for name, (_, digest) in found.items()}
        signatures = {}
        for path in self.sidecars:
            name = path.relative_to(self.logs).as_posix().removesuffix(SIDECAR)
            signatures[name] = json.loads(path.read_text(encoding="ascii"))["Metadata"]["signature"]
        for _, digest in found.values():
            before = at.get((digest["previousDigestS3Bucket"], digest["previousDigestS3Object"]))
            if before:
                signatures.setdefault(before, digest["previousDigestSignature"])
                if hashlib.sha256(found[before][0]).hexdigest() != digest["previousDigestHashValue"]:
                    self.faults.append("another predecessor: " + digest["digestS3Object"])
        for name, (content, digest) in sorted(found.items()):
            self._one(name, content, digest, signatures.get(name, "0"))

    def _one(self, name, content, digest, signature):
        account, _, region, *trail, _, _ = name.rsplit("/", 1)[1].split("_")
        key = self.keys[digest["digestPublicKeyFingerprint"]]
        text = "\n".join(
            (
                digest["digestEndTime"],
                digest["digestS3Bucket"] + "/" + digest["digestS3Object"],
                hashlib.sha256(content).hexdigest(),
                digest["previousDigestSignature"] or "null",
            )
        )
        start, end = seconds(digest["digestStartTime"]), seconds(digest["digestEndTime"])
        if not (
            key.made(signature, text)
            and key.region == region
            and key.valid[0] <= end < key.valid[1]
            and name.endswith(digest["digestS3Object"])
            and digest["awsAccountId"] == account
        ):
            self.faults.append("not valid: " + name)
        self.used.add(digest["digestPublicKeyFingerprint"])
        place = name.removesuffix(digest["digestS3Object"])
        listed = [(place + entry["s3Object"], entry) for entry in digest["logFiles"]]
        self.streams[account, region, "_".join(trail)].append(
            (start, end, digest["previousDigestS3Object"] is None, listed)
        )

    def _compare(self):
        """Each log file against the one entry that lists it."""
        listed = [entry for digests in self.streams.values() for *_, entries in digests for entry in entries]
        here = {
            path.relative_to(self.logs).as_posix()
            for path in self.logs.rglob("*.gz")
            if "/CloudTrail/" in path.as_posix()
        }
        if sorted(name for name, _ in listed) != sorted(here):
            self.faults.append("a log file is listed twice, not listed, or not here")
        for name, entry in listed:
            content = gzip.decompress((self.logs / name).read_bytes())
            times = [record["eventTime"] for record in json.loads(content)["Records"]]
            if hashlib.sha256(content).hexdigest() != entry["hashValue"]:
                self.altered.append(name)
            elif (min(times), max(times)) != (entry["oldestEventTime"], entry["newestEventTime"]):
                self.faults.append("other times: " + name)

    def _chains(self, digests):
        """Start and end of each run of digests that follow one another."""
        runs = []
        for start, end, begins, _ in sorted(digests, key=lambda digest: digest[0]):
            if runs and runs[-1][1] == start and not begins:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        return runs

    def _verified_hours(self, digests, window, lag):
        """Hours of the window of which all deliveries, late ones too, are attested and here as they were delivered."""
        bad = [(start, end) for start, end, _, listed in digests if any(name in self.altered for name, _ in listed)]
        chains = self._chains(digests)
        return sum(
            any(first <= hour and hour + HOUR + lag <= last for first, last in chains)
            and not any(start < hour + HOUR + lag and hour < end for start, end in bad)
            for hour in range(*window, HOUR)
        )

    def told(self, window, lag):
        """The member `integrity` of expected.json."""
        return {
            "verdict": "FAILED" if self.altered or self.faults else "INCOMPLETE",
            "keys": len(self.used),
            "altered": self.altered,
            "streams": [
                {
                    "stream": "/".join(stream),
                    "digests": len(digests),
                    "chains": len(self._chains(digests)),
                    "log_files": sum(len(listed) for *_, listed in digests),
                    "verified_hours": self._verified_hours(digests, window, lag),
                }
                for stream, digests in sorted(self.streams.items())
            ],
        }


def integrity(folder, window, lag):
    """What the digests prove of a window; how many digests and sidecars are here; what is wrong (nothing should be)."""
    digests = Digests(pathlib.Path(folder))
    told = digests.told((seconds(window["from"]), seconds(window["to"])), lag)
    counts = {"digests": sum(map(len, digests.streams.values())), "sidecars": len(digests.sidecars)}
    return told, counts, digests.faults
