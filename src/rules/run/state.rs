//! Objects of a run about the state of logging and of what was saved about it: coverage, deliveries, failures,
//! reviews, configurations.

use super::{kind_type, offered};

offered! {
    /// A coverage strip: was this class of event of this table logged, hour by hour?
    Strip {
        name: Text = "Account, region, table and class in one line.", "111122223333 eu-west-1 card-tokens read";
        account: Text = "Account.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        table: Text = "Table name; empty for management events.", "card-tokens";
        data_class: Text = "Class of data of the table; empty for management events.", "cardholder" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        class: Text = "Class of event.", "read" of ["read", "write", "stream", "management"];
        hours: Number = "Hours of the window; the sum of the six states below.", "2160";
        proven: Number = "Hours with logging selected, not stopped, and files delivered.", "2157";
        stopped: Number = "Hours in which logging was stopped.", "0";
        silent: Number = "Hours without a delivered file or digest.", "3";
        unknown: Number = "Hours in which nothing shows what the trail selected.", "0";
        not_selected: Number = "Hours in which the trail did not select this class.", "0";
        tail: Number = "Hours at the end that later deliveries could still fill.", "0";
    }
}

offered! {
    /// A declared account and region, and the log files delivered from it.
    Place {
        name: Text = "Account and region in one line.", "111122223333 eu-west-1";
        account: Text = "Account.", "111122223333";
        region: Text = "Region.", "eu-west-1";
        files: Number = "Log files of this place: by the account and region in the file's name; a log file without such a name counts for every place whose records it holds.", "2160";
        failed: Number = "Those of them that could not be read in full.", "0";
        verified: Number = "Those of them proven unchanged by a signed digest.", "2160";
        unverified: Number = "Those of them that nothing proves and nothing contradicts.", "0";
        altered: Number = "Those of them that are not what was delivered.", "0";
        days_present: Number = "Days (UTC) on which a file of this place was delivered, by the time in its name; for a file without one, the days of its first and last event. A digest file whose list of log files is empty counts for the day in which its hour ended, by its name: it says that nothing occurred. A digest that lists log files does not count; those files do, if they are there. Backfill digests do not count.", "365";
        days_missing: Number = "Days of the reach without a delivery: reach_days less days_present.", "0";
        reach_days: Number = "Days (UTC) from the first delivery to the end of the window, or to the last delivery where that lies behind it, both included as far as begun; 0 when nothing was delivered.", "365";
        late_minutes: Number = "Longest time, in whole minutes rounded up, from an event of the window to the time in its file's name (which AWS rounds down to five minutes); -1 when no file of the window states one.", "12";
        validation: Text = "Log file validation of the trails that log this place, at the end of the window: on when a trail has it, off when all that are known lack it; from saved trail settings and from CreateTrail and UpdateTrail; where none is known, on if digests attest every hour of it.", "on" of ["on", "off", "unknown"];
    }
}

offered! {
    /// A time in which logging failed.
    Failure {
        name: Text = "What failed, where and from when in one line.", "logging stopped in 111122223333 eu-west-1 from 2026-02-11T14:03:22Z, 3 h";
        kind: Text = "stopped, silent, not-selected: hours of coverage strips of the account and region in this state, joined over tables and classes; altered: a log file that is not what was delivered; validation-off: log file validation switched off.", "stopped" of ["stopped", "silent", "not-selected", "altered", "validation-off"];
        account: Text = "Account; empty when an altered file does not tell it.", "111122223333";
        region: Text = "Region; empty when an altered file does not tell it.", "eu-west-1";
        start: Text = "When it began: the call that stopped logging or validation where the log holds one, else the start of the first hour; for an altered file its first event, else the time in its name; empty when neither is known.", "2026-02-11T14:03:22Z";
        hours: Number = "Hours touched, to the end of the window at most; 0 for an altered file.", "3";
        restarted: Truth = "It ended inside the window. An altered file counts as ended.", "true";
        incident: Text = "approved when an incident covers it: opened from its start to 30 days after, with a principal pattern that fits everything, the account, the trail or the word logging; none when no incident does; not-given without records.incidents.", "approved" of ["approved", "none", "not-given"];
        incident_after_minutes: Number = "Minutes, rounded up, from its start to the opening of the first incident that covers it; -1 when none does.", "35";
    }
}

offered! {
    /// The time between two reviews of logs.
    ReviewInterval {
        name: Text = "From when to when in one line.", "from 2026-01-01T00:00:00Z to review 2026-01-08T00:00:00Z";
        from: Text = "The review before it; the start of the window for the first.", "2026-01-01T00:00:00Z";
        to: Text = "The review that ends it; as_of for the last when no review ends it. Reviews before the window or after as_of are left out.", "2026-01-08T00:00:00Z";
        days: Number = "Days from one to the other, rounded up.", "7";
        reviewer: Text = "Who reviewed at its end; empty when no review ends it.", "Kim Okafor";
        found: Text = "What the review at its end found, as written.", "two dormant roles";
        follow_up: Text = "given when the review states a follow-up, none when it found something and states no follow-up, not-needed when it found nothing (empty, none, nothing, no, -) or no review ends it.", "given" of ["given", "none", "not-needed"];
        open: Truth = "No review ends it.", "false";
        unreviewed_days: Number = "Whole days, taken together, from the end of the previous review's period (the start of the window for the first, and never earlier) to the start of this review's period that the period of no review holds; a date in period_to is its last day; 0 when no review ends it.", "0";
    }
}

offered! {
    /// What saved answers of AWS tell of one trail, bucket, table, key or log group. Several answers about one subject
    /// are one object. The texts on, off and unknown are explained with each member; unknown is what no answer tells.
    Config {
        name: Text = "Kind and subject in one line.", "bucket audit-logs";
        kind: Text = "What it is.", "bucket" of ["trail", "bucket", "table", "key", "log-group"];
        subject: Text = "ARN or name.", "audit-logs";
        account: Text = "Account, from the ARN; for a declared log bucket logs.account; empty when neither tells.", "999988887777";
        region: Text = "Region, from the ARN; empty when it does not tell.", "eu-west-1";
        taken: Text = "When the oldest of its answers was saved, UTC.", "2026-03-30T08:00:00Z";
        data_class: Text = "Class of data of a declared table; empty else.", "cardholder" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        log_object: Truth = "It holds, protects or is an audit log: on a list of [logs], or a trail.", "true";
        data_key: Truth = "It is a key of [data] keys.", "false";
        stale_days: Number = "Whole days from the oldest answer to as_of; 0 when it was saved later.", "2";
        validation: Text = "Trail: log file validation.", "on" of ["on", "off", "unknown"];
        multi_region: Text = "Trail: logs all regions of its account.", "on" of ["on", "off", "unknown"];
        organisation: Text = "Trail: logs all accounts of the organisation.", "off" of ["on", "off", "unknown"];
        other_account: Text = "Trail, log bucket: the account that owns the log buckets (logs.account) is another than the trail's; a bucket is compared with the saved trails that deliver to it, else with the declared accounts.", "on" of ["on", "off", "unknown"];
        versioning: Text = "Bucket: versioning is enabled.", "on" of ["on", "off", "unknown"];
        object_lock: Text = "Bucket: object lock is enabled.", "on" of ["on", "off", "unknown"];
        public_access: Text = "Bucket: on when its policy allows something to everybody without condition and its public access block does not restrict public buckets; off when all four parts of the block are on, or it restricts public buckets.", "off" of ["on", "off", "unknown"];
        encryption_key: Text = "Table, trail, key, log group: customer when a customer's key is named (for a table: a key of [data] keys, or one whose saved describe-key says so), aws for a key that AWS manages in the account, owned when no key of the account is named.", "customer" of ["customer", "aws", "owned", "unknown"];
        recovery: Text = "Table: point-in-time recovery.", "on" of ["on", "off", "unknown"];
        deletion_protection: Text = "Table, log group: deletion protection.", "on" of ["on", "off", "unknown"];
        enabled: Text = "Trail: is logging; key: usable; table: active.", "on" of ["on", "off", "unknown"];
        rotation: Text = "Key: yearly rotation, where the answer holds it.", "on" of ["on", "off", "unknown"];
        retention_days: Number = "Bucket: the shortest expiration, in days, of an enabled lifecycle rule; log group: its retention; 0 kept for ever, -1 unknown.", "400";
    }
}
