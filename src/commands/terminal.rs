//! Talking to a person: progress on standard error when it is a terminal, and text made safe for it.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::bundle::redaction::shown;
use crate::ledger::intake::Progress;
use crate::sources::{Entry, Watch};

/// A bar with files, bytes, records a second and time left; silent when standard error is no terminal.
pub struct Bar {
    bar: ProgressBar,
    records: AtomicU64,
}

impl Bar {
    /// A bar that learns its length when reading begins.
    pub fn new() -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        style(&bar, "{spinner} {msg}");
        Bar { bar, records: AtomicU64::new(0) }
    }

    /// A file is done whose records nobody counts.
    pub fn bytes(&self, stored: u64) {
        self.bar.inc(stored);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

impl Watch for Bar {
    fn fetching(&self, found: u64, here: u64, bytes: u64) {
        self.bar.set_message(format!("fetching {here} of {found} objects found so far, {} MB", bytes >> 20));
        self.bar.tick();
    }
}

impl Progress for Bar {
    fn begin(&self, entries: &[Entry]) {
        style(&self.bar, "reading {bar:30} {bytes}/{total_bytes} · {msg} · {eta} left");
        self.bar.set_message("");
        self.bar.reset();
        let size = |entry: &Entry| std::fs::metadata(&entry.path).map_or(0, |facts| facts.len());
        self.bar.set_length(entries.iter().map(size).sum());
    }

    fn file(&self, stored_bytes: u64, records: u64) {
        let all = self.records.fetch_add(records, Ordering::Relaxed) + records;
        self.bar.inc(stored_bytes);
        let rate = all as f64 / self.bar.elapsed().as_secs_f64().max(0.001);
        self.bar.set_message(format!("{all} records, {rate:.0} a second"));
    }
}

/// Writes a line to standard error; when that is closed nobody is left to tell.
pub fn talk(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Writes results to standard output.
///
/// # Errors
/// When standard output is closed.
pub fn results(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Text from logs or files, line by line safe for a terminal.
pub fn safe(text: &str) -> String {
    text.lines().map(|line| shown(line).into_owned()).collect::<Vec<_>>().join("\n")
}
