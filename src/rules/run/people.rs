//! Objects of a run about people, their identities and credentials, and about persons whose data is held.

use super::{kind_type, offered};

offered! {
    /// Somebody who must no longer have access.
    Leaver {
        name: Text = "Person and date in one line.", "p-017 left 2026-02-26";
        person: Text = "Roster id; for records.high_risk the person as written when the roster does not hold it.", "p-017";
        kind: Text = "leaver: `left` of the roster; high-risk: a row of records.high_risk.", "leaver" of ["leaver", "high-risk"];
        from: Text = "From when there must be no access: for a leaver with a date the midnight that ends it.", "2026-02-27T00:00:00Z";
        uses_after: Number = "Accesses of the person later than that, in the window, that were carried out or whose condition failed (access.outcome done or condition-failed); refused ones are left out.", "0";
        removed: Truth = "The log holds a done call that takes access from one of the person's identities, at that time or later or on the last day: DeleteUser, DisableUser, DeleteLoginProfile, DeleteAccessKey, UpdateAccessKey to Inactive, DeleteAccountAssignment; DeleteUser and DisableUser also count when they came before, in the window.", "true";
        removed_after_hours: Number = "Hours, rounded up, from then to the first such call; 0 when it came before; -1 when there is none.", "4";
        removed_after_minutes: Number = "The same in minutes, rounded up.", "211";
    }
}

offered! {
    /// An identity: an IAM user, a role, or a person's name in a directory.
    Identity {
        name: Text = "The identity: its ARN, or the name in the directory.", "arn:aws:iam::111122223333:user/dana";
        person: Text = "Roster id of the person, or name of the workload; empty when none is proven or several use it.", "p-017";
        kind: Text = "iam-user and role by the ARN; identity-center: sessions of roles that Identity Center manages and other directory names of one person, taken together.", "iam-user" of ["iam-user", "role", "identity-center", "other"];
        human: Truth = "A person uses it, by the log; not seen in the log: no workload of audit.toml owns it.", "true";
        privileged: Truth = "On principals.privileged.", "false";
        break_glass: Truth = "On principals.break_glass.", "false";
        uses: Number = "Accesses in the window, refused ones included.", "310";
        last_use_days: Number = "Whole days from the last use to the end of the window; -1 when it was never used in the window.", "3";
        longest_gap_days: Number = "Longest time without use inside the reach, in whole days (UTC days without any use in a row); the whole reach when it was never used.", "11";
        reach_days: Number = "Days that uses could have been seen: from the start of the window, or from when its person joined or the log shows its creation if that is later, to the end of the window.", "90";
        disabled: Truth = "The log holds a done call that removes or disables it, and no use of it afterwards: DeleteUser, DeleteRole, DisableUser, DeleteLoginProfile, DeleteAccessKey, UpdateAccessKey to Inactive.", "false";
        disabled_after_hours: Number = "Hours, rounded up, from its last use (from the start of the reach when it has none) to the first such call after it; -1 when there is none.", "-1";
        open_pause_hours: Number = "Longest pause in hours, rounded up, between two uses in the window that follow each other, refused uses left out; a pause in which a done call removes or disables it (as for `disabled`) does not count, nor does the time before the first and after the last use; -1 when there is no such pause.", "-1";
        reviewed: Truth = "records.reviews holds a review dated later than the last use in the window, and not later than as_of; a date without a time is the start of that day. True when it was never used in the window; false when no use states a time.", "true";
    }
}

offered! {
    /// A credential that a human caller used.
    Credential {
        name: Text = "Access key id.", "ASIAEXAMPLE00000001";
        person: Text = "Who used it: roster id, or the name as resolved; several separated by a comma.", "p-017";
        kind: Text = "access-key: long-lived (AKIA); session: temporary.", "session" of ["access-key", "session"];
        grade: Text = "Grade of its uses, as for accesses; where they differ the one that leads least to one person: D before E, B, C, A.", "A" of ["A", "B", "C", "D", "E"];
        uses: Number = "Accesses with it in the window.", "57";
        addresses: Number = "Source addresses, calls by AWS services left out.", "2";
        networks: Number = "Networks of these addresses: the first 24 bits of IPv4, the first 48 of IPv6, each other text for itself.", "1";
        people: Number = "Different people or other principals behind it.", "1";
        overlap_minutes: Number = "Shortest time in whole minutes between two uses from different networks; -1 when there is one network at most.", "-1";
    }
}

offered! {
    /// A human caller: a person of the roster, or whoever the log names.
    Person {
        name: Text = "Name as shown; where principals share it, the roster id stands behind it (for principals without one their kind), as in burst.person and bulk.person.", "Dana Reyes";
        kind: Text = "How far it is known.", "person" of ["person", "named", "shared", "root", "unresolved", "workload"];
        grade: Text = "Best grade of the identities used.", "A" of ["A", "B", "C", "D", "E"];
        scope_reads: Number = "Done reads of items or streams of declared tables.", "120";
        scope_writes: Number = "Done writes and deletes of items of declared tables.", "4";
        data_classes: Texts = "Classes of the tables that scope_reads and scope_writes touched.", "[\"cardholder\"]" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        access_admin: Number = "Done changes of identities, credentials and privileges (groups iam.account, iam.credential, iam.privilege, sso.privilege, sso.identity, ddb.permission), those of the caller's own identity left out.", "0";
        log_admin: Number = "Done calls of the groups log.status, log.tamper and log.protection on audit logs.", "0";
        key_admin: Number = "Done calls of the group kms.admin.", "0";
        duties: Text = "Whether principals.dual_duty holds an identity of the person or the person.", "listed" of ["listed", "not-listed", "not-given"];
        watched: Truth = "principals.watched holds an identity of the person or the person.", "false";
        privileged: Truth = "principals.privileged holds an identity of the person or the person, or it is root.", "false";
    }
}

offered! {
    /// A request of a person whose data is held: a row of records.subjects. The key itself is never shown.
    SubjectRequest {
        name: Text = "Id of the request.", "SR-2026-014";
        kind: Text = "What was asked for.", "access" of ["access", "erasure", "accounting"];
        received: Text = "When it was received, UTC.", "2026-02-10T00:00:00Z";
        table: Text = "Table as written.", "members";
        known: Truth = "audit.toml declares the table and the key can be read: a JSON object of key attributes, or one plain value that any key attribute may have.", "true";
        reads: Number = "Done reads of the window that name the key.", "5";
        writes: Number = "Done writes of the window that name the key.", "2";
        deletes: Number = "Done deletes of the window that name the key.", "0";
        deletes_after: Number = "Those deletes at the time received or later.", "0";
        written_after: Number = "Done writes that name the key, later than the first delete at the time received or later; without such a delete, at the time received or later.", "0";
        possible_reads: Number = "Done reads of the table that may have returned the item: scans, queries by condition or by a part of the key, and reads whose keys the record does not state.", "14";
        external: Number = "Reads that name the key, and possible reads, by callers outside (access.external is yes).", "0";
        without_purpose: Number = "Reads that name the key by callers without a stated purpose (access.purpose is none).", "0";
        copies: Number = "Done calls that copy the table.", "0";
    }
}

offered! {
    /// A name that was deleted and created again.
    Reuse {
        name: Text = "ARN of the user or role and both times in one line.", "arn:aws:iam::111122223333:user/ops deleted 2026-01-10T09:00:00Z, created again 2026-02-01T10:00:00Z";
        deleted: Text = "When it was deleted, UTC.", "2026-01-10T09:00:00Z";
        created: Text = "When it was created again, UTC.", "2026-02-01T10:00:00Z";
        days: Number = "Whole days between.", "22";
    }
}

offered! {
    /// A stretch of reading, writing or deleting.
    Bulk {
        name: Text = "Who, which table and when in one line.", "Dana Reyes, 111122223333 eu-west-1 members: 900 reads from 2026-02-11T14:00:00Z";
        person: Text = "Name of the person or workload, or the identity as logged; told apart as person.name is.", "Dana Reyes";
        kind: Text = "What its calls did: read in bulk_reads, write or delete in bulk_writes.", "read" of ["read", "write", "delete"];
        human: Truth = "Its calls are a person's (access.caller_kind is human).", "true";
        table: Text = "Table name.", "members";
        data_class: Text = "Class of data of the table.", "health" of ["cardholder", "health", "criminal-justice", "personal", "other"];
        keys: Number = "Different keys that its calls name; a scan names none.", "870";
        events: Number = "Done calls in the stretch; a batch is one call.", "900";
        minutes: Number = "Minutes from its first to its last call, rounded up.", "14";
        incident: Text = "Whether an incident covers it: none when one call of it is not covered.", "none" of ["approved", "none", "not-given"];
        change: Text = "Whether an approved change covers it: none when one call of it is not covered.", "none" of ["approved", "none", "not-given"];
    }
}
