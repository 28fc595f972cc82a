//! CSV tables of the bundle: RFC 4180, LF, header row, cells that a spreadsheet would run get an apostrophe. Large
//! tables go out as gzip members of whole rows, so nothing depends on threads or buffer sizes; a file ends at
//! 1 000 000 rows and the next part begins with the header again (evidence-bundle §8.1).

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use libdeflater::{CompressionLvl, Compressor};
use sha2::{Digest, Sha256};

use super::redaction;
use crate::error::{Error, Result};
use crate::sources::hex;

/// Rows of one file at most.
const MOST_ROWS: u64 = 1_000_000;

/// Bytes of one gzip member, before compression, at least.
const MEMBER: usize = 1 << 20;

/// A column: name, type, meaning, redaction class.
pub type Column = (&'static str, &'static str, &'static str, &'static str);

/// A file of the bundle once written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Path inside the bundle.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// Rows without header; 0 for other files.
    pub rows: u64,
}

/// Appends a cell that is already safe: numbers, words of ours.
pub fn plain(line: &mut String, cell: &str) {
    line.push_str(cell);
    line.push(',');
}

/// Appends a number.
pub fn number(line: &mut String, value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        if let Some(slot) = digits.get_mut(at) {
            *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    line.push_str(std::str::from_utf8(digits.get(at..).unwrap_or_default()).unwrap_or("0"));
    line.push(',');
}

/// Appends a text cell: masked, visible, quoted where needed, harmless in a spreadsheet.
pub fn cell(line: &mut String, text: &str) {
    line.push_str(&quoted(text));
    line.push(',');
}

/// What a reader of the table gets from a text cell: masked, visible, harmless in a spreadsheet.
pub fn text(text: &str) -> Cow<'_, str> {
    let shown = redaction::shown(text);
    match shown.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{shown}")),
        false => shown,
    }
}

/// A text cell ready to append.
pub fn quoted(text: &str) -> String {
    let shown = self::text(text);
    match shown.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", shown.replace('"', "\"\"")),
        false => shown.into_owned(),
    }
}

/// Ends a line begun with the functions above.
pub fn end(line: &mut String) {
    line.pop();
    line.push('\n');
}

/// A table that is written row by row.
pub struct Table {
    folder: std::path::PathBuf,
    name: &'static str,
    gzip: Option<Compressor>,
    header: String,
    buffer: String,
    packed: Vec<u8>,
    file: Option<Open>,
    done: Vec<Written>,
}

struct Open {
    file: std::fs::File,
    written: Written,
    hasher: Sha256,
}

impl Table {
    /// A table under `bundle`; `name` is its path inside, `.csv` or `.csv.gz`.
    pub fn new(bundle: &Path, name: &'static str, columns: &[Column]) -> Table {
        let header: Vec<&str> = columns.iter().map(|column| column.0).collect();
        let gzip = name
            .ends_with(".gz")
            .then(|| Compressor::new(CompressionLvl::new(1).unwrap_or_else(|_| CompressionLvl::default())));
        Table {
            folder: bundle.to_path_buf(),
            name,
            gzip,
            header: header.join(",") + "\n",
            buffer: String::new(),
            packed: Vec::new(),
            file: None,
            done: Vec::new(),
        }
    }

    /// The buffer to append one row to; call [`Table::row_done`] after it.
    pub fn row(&mut self) -> &mut String {
        &mut self.buffer
    }

    /// Counts the row just appended and writes when enough has gathered.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn row_done(&mut self) -> Result<()> {
        let rows = self.open()?.written.rows + 1;
        if let Some(open) = &mut self.file {
            open.written.rows = rows;
        }
        if self.buffer.len() >= MEMBER {
            self.flush()?;
        }
        if rows >= MOST_ROWS { self.close() } else { Ok(()) }
    }

    fn open(&mut self) -> Result<&Open> {
        if self.file.is_none() {
            let path = part_name(self.name, self.done.len());
            let target = self.folder.join(&path);
            let file = std::fs::File::create(&target)
                .map_err(|cause| Error::output("cannot create", &target, &cause))?;
            let written = Written { path, ..Written::default() };
            self.file = Some(Open { file, written, hasher: Sha256::new() });
            self.buffer.insert_str(0, &self.header);
        }
        self.file.as_ref().ok_or_else(|| Error::new(crate::error::Kind::Internal, "table without file"))
    }

    fn flush(&mut self) -> Result<()> {
        let Some(open) = &mut self.file else { return Ok(()) };
        let bytes = match &mut self.gzip {
            Some(compressor) => {
                self.packed.resize(compressor.gzip_compress_bound(self.buffer.len()), 0);
                let size =
                    compressor.gzip_compress(self.buffer.as_bytes(), &mut self.packed).map_err(|cause| {
                        Error::new(crate::error::Kind::Internal, "compressing failed").cause(&cause)
                    })?;
                self.packed.get(..size).unwrap_or_default()
            }
            None => self.buffer.as_bytes(),
        };
        open.hasher.update(bytes);
        open.written.bytes += bytes.len() as u64;
        let target = self.folder.join(&open.written.path);
        open.file.write_all(bytes).map_err(|cause| Error::output("cannot write", &target, &cause))?;
        self.buffer.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.flush()?;
        if let Some(open) = self.file.take() {
            self.done.push(Written { sha256: hex(&open.hasher.finalize()), ..open.written });
        }
        Ok(())
    }

    /// Writes what is left; a table without rows still has its header.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<Vec<Written>> {
        if self.done.is_empty() {
            self.open()?;
        }
        self.close()?;
        Ok(self.done)
    }
}

/// `data/accesses.csv.gz`, then `data/accesses-002.csv.gz` …
fn part_name(name: &str, number: usize) -> String {
    if number == 0 {
        return name.to_owned();
    }
    match name.split_once(".csv") {
        Some((stem, tail)) => format!("{stem}-{:03}.csv{tail}", number + 1),
        None => format!("{name}-{:03}", number + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_run_or_break_out() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("-x\n"), "'-x\\u{a}");
        let mut line = String::new();
        number(&mut line, 1_204_118);
        assert_eq!(line, "1204118,");
    }

    #[test]
    fn parts_are_numbered() {
        assert_eq!(part_name("data/accesses.csv.gz", 0), "data/accesses.csv.gz");
        assert_eq!(part_name("data/accesses.csv.gz", 1), "data/accesses-002.csv.gz");
    }
}
