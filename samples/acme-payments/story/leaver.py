"""One more chapter: somebody who left keeps her access key for five days. It has dice of its own and is told last, so
that every record of the other chapters stays byte for byte what it was.

Comes in: the ledger. Goes out: six reads by the leaver and the removal of her user.
"""

from .dice import Dice
from .times import at
from .world import MERCHANTS, PERSON, PROD, US

LEAVER = "saskia.vermeulen"
LEFT, READ, REMOVED = "2026-03-05", "2026-03-07T21:40:00", "2026-03-10T15:20:00"


def leaver(ledger, identities, dynamodb, seed):
    """7 and 10 March: Saskia Vermeulen-Hart, gone since the 5th, reads merchants from home; her user is removed."""
    ledger.dice = identities.dice = dynamodb.dice = Dice(seed)
    person = PERSON[LEAVER]
    saskia = identities.user(PROD, LEAVER, person.id, address=person.address)
    for step, operation in enumerate(("GetItem", "GetItem", "GetItem", "Query", "Query", "Scan")):
        dynamodb.data(saskia, at(READ) + step * 41, operation, MERCHANTS)
    ngozi = identities.sso("ngozi.adeyemi", PROD, "IdentityAdmin", at(REMOVED))
    key = saskia.block["accessKeyId"]
    for after, name, request in (
        (190, "DeleteAccessKey", {"userName": LEAVER, "accessKeyId": key}),
        (245, "DeleteUser", {"userName": LEAVER}),
    ):
        ledger.call(ngozi, at(REMOVED) + after, "iam.amazonaws.com", name, region=US, request=request, read_only=False)
