//! Objects of a run made of records: changes of logging, clusters of refusals, key uses, classes of event.

use super::{kind_type, offered};

offered! {
    /// A call that created, started, stopped, changed or removed audit logging.
    LoggingChange {
        name: Text = "Operation, trail and time in one line.", "StopLogging audit-trail 2026-02-11T14:03:22Z";
        operation: Text = "Name of the API call.", "StopLogging";
        account: Text = "Account.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        trail: Text = "Name of the trail or event data store.", "audit-trail";
        object: Text = "Trail or event data store, as logged.", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit-trail";
        person: Text = "Roster id of the person, or name of the workload; empty when none is proven.", "p-017";
        grade: Text = "Grade of the caller, as for accesses.", "A" of ["A", "B", "C", "D", "E", "S"];
        stops: Truth = "The call stops or reduces logging: a stop or removal, or one of the two below, or another log bucket.", "true";
        narrows: Truth = "The call makes a trail log less: selectors that leave out management events or a declared table, no longer all regions, no longer global services.", "false";
        validation_off: Truth = "The call switches log file validation off.", "false";
        restarted: Truth = "A later call in the window started logging again.", "true";
        stopped_hours: Number = "Hours until logging started again, or until the window ended; 0 for a call that does not stop or reduce it.", "2";
        change: Text = "Whether an approved change covers the call.", "approved" of ["approved", "none", "not-given"];
        log_admin: Truth = "The caller may change or stop audit logs.", "true";
    }
}

offered! {
    /// A cluster of refused calls by one caller.
    Burst {
        name: Text = "Caller and times in one line.", "p-017 2026-02-11T14:03:22Z to 14:21:40Z";
        person: Text = "Name of the person or workload, or the identity as logged; told apart as person.name is.", "p-017";
        count: Number = "Refused events in the cluster.", "14";
        minutes: Number = "Minutes from the first to the last, rounded up.", "19";
        from: Text = "Time of the first refusal, UTC.", "2026-02-11T14:03:22Z";
        to: Text = "Time of the last refusal, UTC.", "2026-02-11T14:21:40Z";
        data_classes: Texts = "Classes of the declared tables that refused calls were aimed at.", "[\"cardholder\"]" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        incident: Text = "Whether an incident covers the cluster: none when one refusal of it is not covered.", "none" of ["approved", "none", "not-given"];
    }
}

offered! {
    /// A table and a caller that used its KMS key. DynamoDB asks KMS at most once in five minutes for a caller.
    Witness {
        name: Text = "Table and caller in one line.", "111122223333 eu-west-1 card-tokens by arn:aws:iam::111122223333:user/dana";
        table: Text = "Table of the encryption context (aws:dynamodb:tableName).", "card-tokens";
        data_class: Text = "Class of data of the table; empty when it is not declared.", "cardholder" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        account: Text = "Account of the table: aws:dynamodb:subscriberId of the context, else the account of the log.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        person: Text = "Roster id of the person, name of the workload, or the ARN of the caller as KMS logged it.", "p-017";
        count: Number = "Done Decrypt and GenerateDataKey events of this caller's ARN for this table that state a time.", "12";
        unmatched: Number = "Those without a call of the same ARN on the table (an item or stream call, or one that copies the table) from five minutes before to one minute after; calls are stamped when they end, so one minute.", "0";
    }
}

offered! {
    /// A group of the event catalogue.
    EventClass {
        name: Text = "Name of the group.", "ddb.item.read";
        count: Number = "Accesses of this group in the window.", "5120";
        selected: Text = "yes when the declared scope is known to log the events of this group in every hour that tells; no when a strip is not selected, and for groups kms.* when a trail of a declared account leaves key events out at some time of the window; unknown else. For objects of log buckets: yes when a saved selector or a record shows them for every bucket of logs.buckets.", "yes" of ["yes", "no", "unknown"];
    }
}
