"""Who calls: IAM users, role sessions, federated sessions, root, services; and the STS events that issue sessions.

Comes in: people, roles and times. Goes out: `Credential`s that write the same userIdentity block each time, and the
AssumeRole, AssumeRoleWithSAML and GetRoleCredentials records that prove where each of them came from.
"""

import re
from dataclasses import dataclass, replace

from .ledger import Truth
from .times import iso, spoken
from .world import AGENTS, AUDIT, DOMAIN, GOV, GOVWEST, IDENTITY_STORE, PERMISSION_SETS, PERSON, US, partition, user_arn

SERVICE_LEASE = 6 * 3600 + 900


@dataclass(frozen=True)
class Credential:
    """One access key with the identity that CloudTrail prints for it."""

    account: str
    block: dict
    address: str
    agent: str
    actor: str
    hops: int = 0
    console: bool = False
    tls: bool = True

    def identity(self, invoked_by=""):
        """The userIdentity member; a service that acts for the caller is named in it."""
        return {**self.block, "invokedBy": invoked_by} if invoked_by else self.block

    def agent_for(self, source, name):
        """The user agent: command-line tools name the command, S3 puts brackets around it."""
        command = source.split(".")[0] + "." + re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()
        text = AGENTS[self.agent].replace("{command}", command) if self.agent in AGENTS else self.agent
        return f"[{text}]" if source == "s3.amazonaws.com" and self.tls else text


class Identities:
    """Makes credentials and remembers the stable ids of users and roles."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.dice = ledger.dice
        self._ids = {}

    def principal_id(self, prefix, arn):
        """The AIDA… or AROA… id of a user or role: the same each time."""
        if arn not in self._ids:
            self._ids[arn] = self.dice.unique_id(prefix, 21)
        return self._ids[arn]

    def user(self, account, name, actor, *, key=True, address="", agent="cli", signed_in=None):
        """An IAM user with a long-term key, or signed in to the console at `signed_in` with a second factor."""
        arn = user_arn(account, name)
        block = {"type": "IAMUser", "principalId": self.principal_id("AIDA", arn), "arn": arn, "accountId": account}
        if signed_in:
            block["accessKeyId"] = self.dice.unique_id("ASIA", 20)
        elif key:
            key_arn = "key/" + arn
            self._ids.setdefault(key_arn, self.dice.unique_id("AKIA", 20))
            block["accessKeyId"] = self._ids[key_arn]
        block["userName"] = name
        if signed_in:
            block["sessionContext"] = {"attributes": {"creationDate": iso(signed_in), "mfaAuthenticated": "true"}}
        return Credential(account, block, address, agent, actor, console=bool(signed_in))

    def root(self, account, actor, address, agent, signed_in):
        """The account owner, signed in to the console."""
        block = {
            "type": "Root",
            "principalId": account,
            "arn": f"arn:aws:iam::{account}:root",
            "accountId": account,
            "accessKeyId": self.dice.unique_id("ASIA", 20),
            "sessionContext": {"attributes": {"creationDate": iso(signed_in), "mfaAuthenticated": "true"}},
        }
        return Credential(account, block, address, agent, actor, console=True)

    def session(
        self,
        account,
        role,
        name,
        actor,
        *,
        created,
        address,
        agent,
        hops=0,
        console=False,
        path="/",
        mfa="false",
        source_identity=None,
        delivery=None,
        key=None,
        behalf=None,
    ):
        """A role session with a fresh temporary key."""
        role_arn = f"arn:{partition(account)}:iam::{account}:role{path}{role}"
        role_id = self.principal_id("AROA", role_arn)
        context = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": role_arn,
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": iso(created), "mfaAuthenticated": mfa},
        }
        if source_identity:
            context["sourceIdentity"] = source_identity
        if delivery:
            context["ec2RoleDelivery"] = delivery
        block = {
            "type": "AssumedRole",
            "principalId": f"{role_id}:{name}",
            "arn": f"arn:{partition(account)}:sts::{account}:assumed-role/{role}/{name}",
            "accountId": account,
            "accessKeyId": key or self.dice.unique_id("ASIA", 20),
            "sessionContext": context,
        }
        if behalf:
            block["onBehalfOf"] = {"userId": behalf, "identityStoreArn": IDENTITY_STORE}
        return Credential(account, block, address, agent, actor, hops, console)

    def sso(self, user, account, permission_set, when, *, agent=None, mail=False, address=None):
        """An Identity Center session: GetRoleCredentials in the identity account, then the reserved role."""
        person = PERSON[user]
        address, agent = address or person.address, agent or person.agent
        self._role_credentials(person, account, permission_set, when, address, agent)
        role = f"AWSReservedSSO_{permission_set}_{PERMISSION_SETS[account, permission_set]}"
        return self.session(
            account,
            role,
            person.mail if mail else user,
            person.id,
            created=when,
            address=address,
            agent=agent,
            console=agent in ("mac", "windows"),
            path="/aws-reserved/sso.amazonaws.com/",
        )

    def _role_credentials(self, person, account, permission_set, when, address, agent):
        record = {
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IdentityCenterUser",
                "accountId": AUDIT,
                "onBehalfOf": {"userId": person.store_id, "identityStoreArn": IDENTITY_STORE},
                "credentialId": self.dice.uuid(),
            },
            "eventTime": iso(when - 4),
            "eventSource": "sso.amazonaws.com",
            "eventName": "GetRoleCredentials",
            "awsRegion": US,
            "sourceIPAddress": address,
            "userAgent": AGENTS[agent].replace("{command}", "sso.get-role-credentials"),
            "requestParameters": None,
            "responseElements": None,
            "requestID": self.dice.uuid(),
            "eventID": self.dice.uuid(),
            "readOnly": False,
            "eventType": "AwsServiceEvent",
            "managementEvent": True,
            "recipientAccountId": AUDIT,
            "serviceEventDetails": {"role_name": permission_set, "account_id": account},
            "eventCategory": "Management",
        }
        self.ledger.write(AUDIT, US, when - 4, record, Truth(person.id, 0))

    def assume(self, caller, account, role, name, when, region, *, source_identity=None, mfa="false", agent=None):
        """AssumeRole: one record, or two joined by sharedEventID when it crosses accounts. Returns the new session."""
        made = self.session(
            account,
            role,
            name,
            caller.actor,
            created=when,
            address=caller.address,
            agent=agent or caller.agent,
            hops=caller.hops + 1,
            mfa=mfa,
            source_identity=source_identity,
        )
        request = {"roleArn": made.block["sessionContext"]["sessionIssuer"]["arn"], "roleSessionName": name}
        response = self._issued(made, when)
        if source_identity:
            request["sourceIdentity"] = response["sourceIdentity"] = source_identity
        request["durationSeconds"] = 3600
        resources = [{"ARN": request["roleArn"], "accountId": account, "type": "AWS::IAM::Role"}]
        shared = self.dice.uuid() if caller.account != account else ""
        common = dict(
            region=region,
            request=request,
            response=response,
            read_only=True,
            resources=resources,
            request_id=self.dice.uuid(),
            shared_event=shared,
        )
        self.ledger.call(caller, when, "sts.amazonaws.com", "AssumeRole", **common)
        if shared:
            outside = {"type": "AWSAccount", "principalId": caller.block["principalId"], "accountId": caller.account}
            self.ledger.call(
                replace(caller, block=outside), when, "sts.amazonaws.com", "AssumeRole", account=account, **common
            )
        return made

    def saml(self, user, subject, account, role, name, when):
        """AssumeRoleWithSAML into GovCloud: the subject is the person, the session name says nothing."""
        person, provider = PERSON[user], f"arn:aws-us-gov:iam::{GOV}:saml-provider/acme-workforce"
        made = self.session(
            account, role, name, person.id, created=when, address=person.address, agent=person.agent, hops=1
        )
        qualifier = "qL7mV0x2nZrT8sYbEXAMPLE="
        block = {
            "type": "SAMLUser",
            "principalId": f"{qualifier}:{subject}",
            "userName": subject,
            "identityProvider": qualifier,
        }
        role_arn = made.block["sessionContext"]["sessionIssuer"]["arn"]
        request = {
            "sAMLAssertionID": "_" + self.dice.text("0123456789abcdef", 32),
            "roleSessionName": name,
            "durationSeconds": 3600,
            "roleArn": role_arn,
            "principalArn": provider,
        }
        response = {
            "subjectType": "persistent",
            "issuer": f"https://login.{DOMAIN}/saml",
            **self._issued(made, when),
            "nameQualifier": qualifier,
            "subject": subject,
            "audience": "https://signin.amazonaws-us-gov.com/saml",
        }
        self.ledger.call(
            replace(made, block=block, hops=0),
            when,
            "sts.amazonaws.com",
            "AssumeRoleWithSAML",
            region=GOVWEST,
            request=request,
            response=response,
            read_only=True,
            resources=[
                {"ARN": role_arn, "accountId": account, "type": "AWS::IAM::Role"},
                {"ARN": provider, "accountId": account, "type": "AWS::IAM::SAMLProvider"},
            ],
        )
        return made

    def service_session(self, account, region, role, name, service, actor, when, *, address, agent, delivery=None):
        """A workload's session, handed out by the service that runs it (AssumeRole by AWSService)."""
        made = self.session(account, role, name, actor, created=when, address=address, agent=agent, delivery=delivery)
        role_arn = made.block["sessionContext"]["sessionIssuer"]["arn"]
        caller = Credential(
            account, {"type": "AWSService", "invokedBy": service}, service, service, "service:" + service, tls=False
        )
        self.ledger.call(
            caller,
            when,
            "sts.amazonaws.com",
            "AssumeRole",
            account=account,
            region=region,
            read_only=True,
            request={"roleArn": role_arn, "roleSessionName": name},
            response=self._issued(made, when, lasts=SERVICE_LEASE),
            resources=[{"ARN": role_arn, "accountId": account, "type": "AWS::IAM::Role"}],
            shared_event=self.dice.uuid(),
        )
        return made

    def _issued(self, made, when, lasts=3600):
        return {
            "credentials": {
                "accessKeyId": made.block["accessKeyId"],
                "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE" + self.dice.text("abcdef", 8),
                "expiration": spoken(when + lasts),
            },
            "assumedRoleUser": {"assumedRoleId": made.block["principalId"], "arn": made.block["arn"]},
        }
