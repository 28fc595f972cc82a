"""The book of what happened: CloudTrail records and, beside each, the truth about it.

Comes in: one call at a time. Goes out: `Entry` rows in the order they were written down. A call that falls into the
hours in which the main trail was stopped is recorded by the second trail alone, or leaves no record; then it is only
counted, because nobody can know it from the logs.
"""

from dataclasses import dataclass

from .dice import Dice
from .times import STOPPED_FROM, STOPPED_TO, iso
from .world import EU, GOV, PROD, WATCHED_CALLS

HOSTS = {"iam.amazonaws.com": "iam.amazonaws.com", "sts.amazonaws.com": "sts.{region}.amazonaws.com"}


@dataclass(frozen=True)
class Truth:
    """What nobody can read from one record alone."""

    actor: str
    hops: int
    tables: tuple = ()
    outcome: str = "done"


@dataclass(frozen=True)
class Entry:
    """A record with its place, time and truth."""

    stream: tuple
    when: int
    record: dict
    truth: Truth
    second_trail_only: bool = False

    @property
    def watched(self):
        """Whether the second trail records it."""
        account, _ = self.stream
        return account == PROD and (self.record["managementEvent"] or self.record["eventName"] in WATCHED_CALLS)


@dataclass(frozen=True)
class Call:
    """An API call as the service sees it. `error` is (code, message, outcome word of the truth)."""

    source: str
    name: str
    read_only: bool
    request: dict = None
    response: dict = None
    data: bool = False
    resources: tuple = ()
    api_version: str = ""
    error: tuple = ()
    request_id: str = ""
    shared_event: str = ""
    invoked_by: str = ""
    tables: tuple = ()

    @property
    def outcome(self):
        """The word of the truth: done, refused or other."""
        return self.error[2] if self.error else "done"


class Ledger:
    """All records of the story."""

    def __init__(self, seed):
        self.dice = Dice(seed)
        self.entries = []
        self.never_logged = 0

    def write(self, account, region, when, record, truth):
        """Files a finished record; while the main trail is stopped there, only what the second one watches."""
        stopped = (account, region) == (PROD, EU) and STOPPED_FROM < when < STOPPED_TO
        entry = Entry((account, region), when, record, truth, second_trail_only=stopped)
        if stopped and not entry.watched:
            self.never_logged += 1
        else:
            self.entries.append(entry)

    def call(self, credential, when, source, name, *, region, account=None, **details):
        """Writes an ordinary AwsApiCall; `details` are the other fields of `Call`."""
        call, account = Call(source, name, **details), account or credential.account
        record = {
            "eventVersion": "1.09" if account == GOV else "1.11",
            "userIdentity": credential.identity(call.invoked_by),
            "eventTime": iso(when),
            "eventSource": source,
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": call.invoked_by or credential.address,
            "userAgent": call.invoked_by or credential.agent_for(source, name),
            **({"errorCode": call.error[0], "errorMessage": call.error[1]} if call.error else {}),
            "requestParameters": call.request,
            "responseElements": None if call.error else call.response,
            "requestID": call.request_id or self.dice.uuid(),
            "eventID": self.dice.uuid(),
            "readOnly": call.read_only,
            **({"resources": call.resources} if call.resources else {}),
            "eventType": "AwsApiCall",
            **({"apiVersion": call.api_version} if call.api_version and call.outcome != "refused" else {}),
            "managementEvent": not call.data,
            "recipientAccountId": account,
            **({"sharedEventID": call.shared_event} if call.shared_event else {}),
            "eventCategory": "Data" if call.data else "Management",
            **origin_details(credential, call, region),
        }
        actor = "service:" + call.invoked_by if call.invoked_by else credential.actor
        self.write(account, region, when, record, Truth(actor, credential.hops, tuple(call.tables), call.outcome))


def origin_details(credential, call, region):
    """What a direct call adds: the TLS block, and the mark of a console session."""
    if call.invoked_by:
        return {}
    tls = {"tlsDetails": tls_details(call.source, region)} if credential.tls else {}
    return {**tls, **({"sessionCredentialFromConsole": "true"} if credential.console else {})}


def tls_details(source, region):
    """The TLS block of a direct call."""
    service = source.split(".")[0]
    host = HOSTS.get(source, f"{service}.{region}.amazonaws.com").format(region=region)
    return {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
