//! Traces for people: the answer first, then the lines that carry it, then what was not recorded.

use crate::bundle::model::Dossier;
use crate::traces::Head;
use crate::traces::credential::{CredentialTrace, Holder, Step, Used};
use crate::traces::item::{ItemTrace, TableTrace};
use crate::traces::line::{By, Line};
use crate::traces::person::PersonTrace;
use crate::traces::unrecorded::{Limit, Unrecorded};

/// Lines of one list in print.
const SHOWN: usize = 100;

/// An item's trace.
pub fn item(trace: &ItemTrace) -> String {
    let mut out = head(&trace.head);
    for table in &trace.tables {
        out.extend(one_table(table));
    }
    out.extend(limits(&trace.limits));
    out.join("\n") + "\n"
}

fn head(head: &Head) -> Vec<String> {
    let mut lines = vec![
        format!("{}, {}", head.entity, head.system),
        format!(
            "window {} to {} · {} files, {} records read",
            head.window_from, head.window_to, head.files, head.records
        ),
        format!("shown  {}", head.shown),
    ];
    if head.lost > 0 {
        lines.push(format!(
            "INCOMPLETE: {} files or records could not be read or placed; what they hold is in no part of this answer",
            head.lost
        ));
    }
    lines
}

fn one_table(table: &TableTrace) -> Vec<String> {
    let sums = &table.sums;
    let mut out = vec![
        String::new(),
        format!("Table {} of {} in {}", table.table, table.account, table.region),
        format!(
            "  asked for   {}{}",
            table.key,
            if table.several_items { "  (every item that holds these values)" } else { "" }
        ),
        format!("  its keys    {}", table.keys),
        format!(
            "  accesses    {} = {} touched it + {} tried + {} may have touched it + {} to other items + {} that reach no items + {} failed otherwise",
            sums.accesses, sums.touched, sums.tried, sums.may, sums.other_items, sums.no_items, sums.failed
        ),
    ];
    if sums.without_table > 0 {
        out.push(format!(
            "  besides     {} accesses to items in this region do not state their table; {} of them may have touched it",
            sums.without_table, sums.may_without_table
        ));
    }
    out.extend(section(
        "TOUCHED FOR CERTAIN: the record names the key, and the call succeeded",
        &table.touched,
    ));
    out.extend(section(
        "NAMED WITHOUT SUCCESS: refused or failed; a failed condition tells its caller that it did not hold",
        &table.tried,
    ));
    out.extend(may(table));
    out.extend(unrecorded(&table.unrecorded, table.declared));
    out
}

fn section(title: &str, lines: &[Line]) -> Vec<String> {
    let mut out = vec![String::new(), format!("  {title}: {}", lines.len())];
    for line in lines.iter().take(SHOWN) {
        out.extend(shown_line(line));
    }
    out.extend(cut(lines.len()));
    out
}

fn cut(all: usize) -> Option<String> {
    (all > SHOWN).then(|| format!("    {SHOWN} of {all} shown; --csv and --json hold all"))
}

fn shown_line(line: &Line) -> Vec<String> {
    let did = if line.did.is_empty() { line.kind } else { &line.did };
    let mut out = vec![format!(
        "    {}  {did}  {} {}  {}  {}",
        line.time,
        line.operation,
        line.object,
        line.outcome,
        line.who()
    )];
    match &line.by {
        By::Person { principal, session, credential, how_known, .. } => {
            out.push(format!("      as {principal}, {session}, credential {}", or(credential, "not logged")));
            out.push(format!("      known by: {how_known}"));
        }
        By::Role { role, .. } => out.push(format!("      as {role}")),
    }
    out.push(format!(
        "      from {}, {} · {} {} · {}",
        or(&line.origin, "no address"),
        line.agent,
        line.event_ref,
        line.place,
        line.trust
    ));
    out.extend(line.copies.iter().map(|copy| format!("      also {copy}")));
    if !line.note.is_empty() {
        out.push(format!("      {}", line.note));
    }
    out
}

fn or<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.is_empty() { otherwise } else { text }
}

/// What may have touched the item, by reason, operation and person.
fn may(table: &TableTrace) -> Vec<String> {
    let title = "MAY HAVE TOUCHED IT: the record does not tell";
    let mut out = vec![String::new(), format!("  {title}: {}", table.may.len())];
    let mut last = "";
    for group in table.may_groups.iter().take(SHOWN) {
        if group.why != last {
            out.push(format!("    because: {}", group.why_words));
            last = group.why;
        }
        let span = if group.accesses > 1 { format!(" to {}", group.last) } else { String::new() };
        out.push(format!("      {} × {}  {}", group.accesses, group.operation, group.who));
        out.push(format!(
            "        {}{span} · first {} {} · {}",
            group.first, group.event_ref, group.place, group.trust
        ));
    }
    out.extend(cut(table.may_groups.len()));
    if !table.may.is_empty() {
        out.push("    --csv and --json hold each of these as a line".to_owned());
    }
    out
}

fn unrecorded(hours: &[Unrecorded], declared: bool) -> Vec<String> {
    let mut out = vec![String::new(), "  NOT RECORDED, AS FAR AS IS PROVEN".to_owned()];
    if !declared {
        out.push("    audit.toml does not declare this table: no hour of its reads and writes is proven to be logged".to_owned());
    }
    if hours.iter().all(|one| one.spans.is_empty()) && declared {
        out.push("    every hour of the window is proven to be logged, for:".to_owned());
    }
    for one in hours {
        out.push(format!("    {}: {} of {} hours proven", one.name, one.proven, one.hours));
        for span in one.spans.iter().take(SHOWN) {
            out.push(format!(
                "      {} to {}  {} hours  {}: {}",
                span.from, span.to, span.hours, span.state, span.words
            ));
        }
        out.extend(cut(one.spans.len()));
    }
    out
}

fn limits(limits: &[Limit]) -> Vec<String> {
    let mut out = vec![String::new(), "What no such log shows".to_owned()];
    out.extend(limits.iter().map(|limit| format!("  {} {}", limit.id, limit.words)));
    out
}

/// A person's trace.
pub fn person(trace: &PersonTrace) -> String {
    let it = &trace.dossier;
    let mut out = head(&trace.head);
    out.push(String::new());
    out.push(format!("{}  {} ({})", it.name, it.kind, it.token));
    out.push(format!("  grade   {}", it.grade));
    out.push(format!("  why     {}", it.grade_words));
    out.extend(it.roster.iter().map(|fact| format!("  {:<7} {}", fact.label.to_lowercase(), fact.value)));
    out.push(format!("  {}", it.totals_line));
    out.extend(trace.also.iter().map(|also| {
        format!("  not counted: {} accesses of {} ({}): {}", also.accesses, also.name, also.token, also.words)
    }));
    out.extend(dossier(it));
    out.push(String::new());
    out.push(format!("  ACCESSES: {}", trace.accesses.len()));
    for line in trace.accesses.iter().take(SHOWN) {
        out.extend(shown_line(line));
    }
    out.extend(cut(trace.accesses.len()));
    out.extend(unrecorded(&trace.unrecorded, true));
    out.extend(limits(&trace.limits));
    out.join("\n") + "\n"
}

fn dossier(it: &Dossier) -> Vec<String> {
    let mut out = vec![String::new(), "  WAYS THAT LEAD TO THIS PERSON".to_owned()];
    for link in &it.chain {
        out.push(format!(
            "    {} accesses as {} (grade {})",
            link.accesses,
            link.path.join(" > "),
            link.grade
        ));
        out.push(format!("      {}", link.link));
        if !link.proof.is_empty() {
            out.push(format!("      proven by {}", link.proof.join(", ")));
        }
    }
    out.push(String::new());
    out.push("  WHAT WAS TOUCHED".to_owned());
    for used in it.tables.rows.iter().take(SHOWN) {
        out.push(format!(
            "    {:>6}  {} {}  {}  {} items named  {} to {}",
            used.accesses, used.operation, used.object, used.outcome, used.items, used.first, used.last
        ));
    }
    out.extend(cut(usize::try_from(it.tables.total).unwrap_or(usize::MAX)));
    out
}

/// A credential's trace.
pub fn credential(trace: &CredentialTrace) -> String {
    let mut out = head(&trace.head);
    out.push(String::new());
    out.push(format!("Credential {}  {}", trace.credential, trace.kind));
    out.extend(trace.holders.iter().map(|one| format!("  used as  {}", holder(one))));
    out.push(String::new());
    out.push(format!("  WHERE IT CAME FROM: {} calls", trace.issued_by.len()));
    trace.issued_by.iter().for_each(|one| out.extend(step(one)));
    out.extend(trace.ends.iter().map(|end| format!("    ends at {end}")));
    let uses = &trace.uses;
    out.push(String::new());
    out.push(format!("  ITS USES IN THE WINDOW: {}", uses.accesses));
    if uses.accesses > 0 {
        out.push(format!("    first {}, last {}", uses.first, uses.last));
    }
    out.extend(used(&uses.operations));
    out.push("    from".to_owned());
    out.extend(used(&uses.origins));
    out.push(String::new());
    out.push(format!("  WHAT IT HANDED OUT IN TURN: {}", trace.handed_out.len()));
    trace.handed_out.iter().for_each(|one| out.extend(step(one)));
    if trace.cut_at > 0 {
        out.push(format!("    INCOMPLETE: only the first {} records are followed", trace.cut_at));
    }
    out.extend(limits(&trace.limits));
    out.join("\n") + "\n"
}

fn holder(one: &Holder) -> String {
    format!("{} · {} (grade {}): {}", one.principal, one.person, one.grade, one.how_known)
}

fn step(one: &Step) -> Vec<String> {
    let mut out = vec![
        format!(
            "    {}. {}  {}  hands out {} for {}",
            one.steps,
            one.time,
            one.call,
            one.credential,
            or(&one.session, "a session that is not stated")
        ),
        format!(
            "       called by {}, with {}",
            holder(&one.by),
            or(&one.with_credential, "no credential logged")
        ),
        format!("       {} {} · {} uses in the window", one.event_ref, one.place, one.uses),
    ];
    out.extend(
        one.copies.iter().map(|copy| format!("       the same call in another account's log: {copy}")),
    );
    out
}

fn used(lines: &[Used]) -> Vec<String> {
    let one = |used: &Used| {
        format!("    {:>6}  {}  {} to {}", used.accesses, used.what.join("  "), used.first, used.last)
    };
    lines.iter().take(SHOWN).map(one).chain(cut(lines.len())).collect()
}
