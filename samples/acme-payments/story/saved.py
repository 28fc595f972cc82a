"""Saved answers of AWS: what each trail selects, where it delivers, how log buckets, tables and their key are set.

Comes in: the world. Goes out: (kind, file, time saved, subject, answer) of each, in the order of audit.toml. Selectors
were saved before the window, everything else after it. Of the GovCloud trail nobody saved where it delivers.
"""

import json

from .dynamodb import TABLE_KEY
from .world import AUDIT, CARDS, EU, GOV, LOG_BUCKET, PROD, SECOND_TRAIL, TABLES, TRAILS, US, WATCHED_CALLS, partition

BEFORE, AFTER = "2026-03-01T12:00:00Z", "2026-03-18T09:00:00Z"
# Days after which each log bucket deletes its files.
KEPT_DAYS = {LOG_BUCKET[AUDIT]: 400, LOG_BUCKET[GOV]: 180}
KEY_ARN = f"arn:aws:kms:{EU}:{PROD}:key/{TABLE_KEY}"


def answers():
    """Every saved answer."""
    for (account, region), trail in TRAILS.items():
        yield "event-selectors", f"event-selectors-{trail}", BEFORE, "", _selectors(account, region, trail)
    yield "event-selectors", f"event-selectors-{SECOND_TRAIL}", BEFORE, "", _second_selectors()
    for (account, region), trail in TRAILS.items():
        if account != GOV:
            yield "trail", f"trail-{trail}", AFTER, "", _trail(account, region, trail)
    for bucket, account in ((LOG_BUCKET[AUDIT], AUDIT), (LOG_BUCKET[GOV], GOV)):
        for kind, answer in (
            ("bucket-versioning", {"Status": "Enabled"}),
            ("bucket-lifecycle", _lifecycle(KEPT_DAYS[bucket])),
            ("public-access-block", _block()),
            ("bucket-policy", _policy(bucket, account)),
        ):
            yield kind, f"{kind}-{bucket}", AFTER, bucket, answer
    for table in TABLES:
        yield "table", f"table-{table.name}", AFTER, "", _table(table)
    yield "key", "key-cards", AFTER, "", _key()


def text(answer):
    """The file as the AWS command line prints it."""
    return json.dumps(answer, indent=4) + "\n"


def _trail_arn(account, region, trail):
    return f"arn:{partition(account)}:cloudtrail:{region}:{account}:trail/{trail}"


def _selector(name, **fields):
    names = {"category": "eventCategory", "type": "resources.type", "arn": "resources.ARN", "call": "eventName"}
    listed = [
        {"Field": names[field], "StartsWith" if field == "arn" else "Equals": list(values)}
        for field, values in fields.items()
    ]
    return {"Name": name, "FieldSelectors": listed}


def _selectors(account, region, trail):
    selectors = [
        _selector("Management events, read and write", category=["Management"]),
        _selector("All tables, read and write", category=["Data"], type=["AWS::DynamoDB::Table"]),
    ]
    if account in (AUDIT, GOV):
        bucket = f"arn:{partition(account)}:s3:::{LOG_BUCKET[account]}/"
        selectors.append(
            _selector("Objects of the log bucket", category=["Data"], type=["AWS::S3::Object"], arn=[bucket])
        )
    return {"TrailARN": _trail_arn(account, region, trail), "AdvancedEventSelectors": selectors}


def _second_selectors():
    return {
        "TrailARN": _trail_arn(PROD, EU, SECOND_TRAIL),
        "AdvancedEventSelectors": [
            _selector("Management events, read and write", category=["Management"]),
            _selector(
                "Wide reads, statements and deletions",
                category=["Data"],
                type=["AWS::DynamoDB::Table"],
                call=WATCHED_CALLS,
            ),
        ],
    }


def _trail(account, region, trail):
    return {
        "Trail": {
            "Name": trail,
            "S3BucketName": LOG_BUCKET[account],
            "IncludeGlobalServiceEvents": region != EU,
            "IsMultiRegionTrail": False,
            "HomeRegion": region,
            "TrailARN": _trail_arn(account, region, trail),
            "LogFileValidationEnabled": True,
            "HasCustomEventSelectors": True,
            "HasInsightSelectors": False,
            "IsOrganizationTrail": False,
        }
    }


def _lifecycle(days):
    rule = {"Expiration": {"Days": days}, "ID": "audit-logs", "Filter": {"Prefix": ""}, "Status": "Enabled"}
    return {"Rules": [rule]}


def _block():
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": dict.fromkeys(names, True)}


def _policy(bucket, account):
    statement = {
        "Sid": "AWSCloudTrailWrite",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:{partition(account)}:s3:::{bucket}/AWSLogs/*",
    }
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _table(table):
    answer = {
        "TableName": table.name,
        "TableStatus": "ACTIVE",
        "TableArn": table.arn,
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind} for name, kind in zip(table.keys, ("HASH", "RANGE"), strict=False)
        ],
        "LatestStreamArn": table.stream_arn,
        "DeletionProtectionEnabled": table.region == US,
    }
    if table is CARDS:
        answer["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY_ARN}
    return {"Table": answer}


def _key():
    return {
        "KeyMetadata": {
            "AWSAccountId": PROD,
            "KeyId": TABLE_KEY,
            "Arn": KEY_ARN,
            "Enabled": True,
            "Description": "Table cards",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "MultiRegion": False,
        }
    }
