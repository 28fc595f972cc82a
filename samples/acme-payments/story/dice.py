"""Chance and identifiers. Comes in: a seed. Goes out: choices and AWS-shaped ids that repeat exactly.

Never reads the clock or the machine's randomness. Only `getrandbits` of a seeded `random.Random` is used, because its
output is fixed for all Python 3 versions; `choice` and `shuffle` are not promised to be.
"""

import random

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DYNAMODB = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"


class Dice:
    """One stream of chance."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def below(self, limit):
        """A whole number from 0 to limit - 1."""
        return self._random.getrandbits(48) % limit

    def bits(self, count):
        """A whole number of so many bits."""
        return self._random.getrandbits(count)

    def between(self, low, high):
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent):
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def pick(self, things):
        """One of a sequence."""
        return things[self.below(len(things))]

    def weighted(self, pairs):
        """One of [(thing, weight), …]."""
        point = self.below(sum(weight for _, weight in pairs))
        for thing, weight in pairs:
            point -= weight
            if point < 0:
                return thing
        raise AssertionError("weights add up")

    def text(self, alphabet, length):
        """Letters of an alphabet."""
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(length))

    def uuid(self):
        """An eventID, requestID or credentialId."""
        bits = f"{self._random.getrandbits(128):032x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"

    def dynamodb_request(self):
        """DynamoDB ends its request ids with a checksum-like tail that is always the same."""
        return self.text(DYNAMODB, 26) + "VV4KQNSO5AEMVJF66Q9ASUAAJG"

    def s3_request(self):
        """Sixteen capitals and digits."""
        return self.text(DYNAMODB, 16)

    def unique_id(self, prefix, length):
        """AKIA, ASIA (20 characters), AIDA, AROA (21): the word EXAMPLE says that it opens nothing."""
        return prefix + self.text(BASE32, length - len(prefix) - 7) + "EXAMPLE"
