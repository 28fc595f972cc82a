"""Keys that sign digests, invented like everything here: anybody can make them again, so they protect nothing.

Comes in: a seed, texts. Goes out: signatures as CloudTrail makes them (RSASSA-PKCS1-v1_5 with SHA-256), and the answer
of ListPublicKeys. A key has eight primes instead of two, which makes signing fast; who checks a signature cannot tell.
"""

import base64
import hashlib
import math
import time

from .dice import Dice
from .times import at
from .world import EU, GOVWEST, US

EXPONENT, PRIMES, PRIME_BITS = 65_537, 8, 256
# The product of small odd primes: what shares a factor with it is no prime.
SMALL = math.prod(number for number in range(3, 1000, 2) if all(number % by for by in range(3, number, 2)))
# ASN.1 of a SHA-256 digest (RFC 8017, section 9.2), which stands before the 32 bytes.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
# First and last day of each key, by region; a key signs from its first day until the next one begins.
KEYS = {
    US: (("2026-02-21", "2026-03-23"),),
    EU: (("2026-02-08", "2026-03-10"), ("2026-03-06", "2026-04-05")),
    GOVWEST: (("2026-02-15", "2026-03-17"),),
}


def _prime(dice):
    """A prime with its four highest bits set, so that eight of them make exactly 2048 bits; never 1 modulo 65537."""
    while True:
        number = 0xF << (PRIME_BITS - 4) | dice.bits(PRIME_BITS - 4) | 1
        if math.gcd(number, SMALL) == 1 and number % EXPONENT != 1 and _is_prime(number):
            return number


def _is_prime(number):
    """The test of Miller and Rabin with the first 40 odd bases; nobody chose these numbers to deceive it."""
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    for base in range(3, 83, 2):
        power = pow(base, (number - 1) >> twos, number)
        if power not in (1, number - 1) and not any(
            (power := power * power % number) == number - 1 for _ in range(twos - 1)
        ):
            return False
    return True


class SigningKey:
    """A pair of keys with the days on which it is valid."""

    def __init__(self, seed, first, last):
        dice = Dice(seed)
        self.first, self.last = at(first + "T00:00"), at(last + "T00:00")
        primes = [_prime(dice) for _ in range(PRIMES)]
        self.modulus = math.prod(primes)
        # For each prime: the private exponent modulo prime - 1, and what the others weigh when results are joined.
        self._parts = [
            (prime, pow(EXPONENT, -1, prime - 1), rest * pow(rest, -1, prime))
            for prime in primes
            for rest in (self.modulus // prime,)
        ]
        self.der = _sequence(_integer(self.modulus) + _integer(EXPONENT))
        self.fingerprint = hashlib.md5(self.der, usedforsecurity=False).hexdigest()

    def sign(self, text):
        """The signature of a text, in hexadecimal digits."""
        info = SHA256_INFO + hashlib.sha256(text.encode("utf-8")).digest()
        size = PRIMES * PRIME_BITS // 8
        padded = int.from_bytes(b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info)
        whole = sum(pow(padded, exponent, prime) * weight for prime, exponent, weight in self._parts)
        return f"{whole % self.modulus:0{2 * size}x}"

    def listed(self):
        """The key as `aws cloudtrail list-public-keys` prints it."""
        return {
            "Value": base64.b64encode(self.der).decode("ascii"),
            "ValidityStartTime": _offset_time(self.first),
            "ValidityEndTime": _offset_time(self.last),
            "Fingerprint": self.fingerprint,
        }


class KeyRing:
    """The keys of all regions."""

    def __init__(self, seed):
        self._keys = {
            region: [SigningKey(f"{seed} {region} {first}", first, last) for first, last in days]
            for region, days in KEYS.items()
        }

    def at(self, region, when):
        """The key that signs in a region at a time."""
        return [key for key in self._keys[region] if key.first <= when][-1]

    def answers(self):
        """(region, answer of ListPublicKeys)."""
        for region, keys in sorted(self._keys.items()):
            yield region, {"PublicKeyList": [key.listed() for key in keys]}


def _offset_time(when):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(when))


def _integer(number):
    return _tagged(2, number.to_bytes(number.bit_length() // 8 + 1))


def _sequence(content):
    return _tagged(0x30, content)


def _tagged(tag, content):
    """DER: the tag, the length (in two bytes where it needs more than seven bits), the content."""
    length = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2)
    return bytes([tag]) + length + content
