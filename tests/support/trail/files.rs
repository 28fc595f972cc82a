//! Log files. Comes in: records with account, region and time. Goes out: gzip files in the layout of AWS,
//! some records late, some delivered again. It never looks into a record.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::calendar::Moment;
use super::random::Random;

const NAME_LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    /// Files.
    pub files: u64,
    /// Records, second deliveries included.
    pub records: u64,
    /// Second deliveries.
    pub duplicates: u64,
    /// Bytes of JSON in all files.
    pub json_bytes: u64,
}

/// One account and region: its open file and what will be delivered again.
#[derive(Debug)]
struct Stream {
    account: &'static str,
    region: &'static str,
    open: String,
    count: u64,
    latest: i64,
    again: Vec<String>,
}

/// A record that waits for its delivery.
#[derive(Debug)]
struct Late {
    stream: usize,
    time: i64,
    record: String,
}

/// All streams of a run.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    random: Random,
    per_file: u64,
    duplicate_share: f64,
    streams: Vec<Stream>,
    late: BTreeMap<(u64, u64), Late>,
    taken: u64,
    written: Written,
}

impl Files {
    /// Files below `folder`, about `per_file` records each, this share of the records delivered twice.
    pub fn new(folder: &Path, random: Random, per_file: u64, duplicate_share: f64) -> Self {
        Files {
            folder: folder.to_path_buf(),
            random,
            per_file: per_file.max(1),
            duplicate_share,
            streams: Vec::new(),
            late: BTreeMap::new(),
            taken: 0,
            written: Written::default(),
        }
    }

    /// Records taken so far, the waiting ones included, second deliveries not.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes a record for delivery in its turn.
    pub fn add(
        &mut self,
        account: &'static str,
        region: &'static str,
        time: i64,
        record: &str,
    ) -> io::Result<()> {
        let stream = self.stream(account, region);
        self.taken += 1;
        self.deliver(stream, time, record)?;
        self.deliver_late(self.taken)
    }

    /// Takes a record that is delivered only after this many others.
    pub fn add_late(
        &mut self,
        (account, region): (&'static str, &'static str),
        time: i64,
        record: String,
        after: u64,
    ) {
        let stream = self.stream(account, region);
        self.taken += 1;
        self.late.insert((self.taken + after, self.taken), Late { stream, time, record });
    }

    /// Writes what is open or waits, and says what was written.
    pub fn finish(mut self) -> io::Result<Written> {
        self.deliver_late(u64::MAX)?;
        for number in 0..self.streams.len() {
            self.close(number)?;
            self.close(number)?;
        }
        Ok(self.written)
    }

    fn stream(&mut self, account: &'static str, region: &'static str) -> usize {
        let known =
            self.streams.iter().position(|stream| stream.account == account && stream.region == region);
        known.unwrap_or_else(|| {
            let (open, again) = (String::new(), Vec::new());
            self.streams.push(Stream { account, region, open, count: 0, latest: 0, again });
            self.streams.len() - 1
        })
    }

    fn deliver_late(&mut self, until: u64) -> io::Result<()> {
        while let Some(entry) = self.late.first_entry().filter(|entry| entry.key().0 <= until) {
            let Late { stream, time, record } = entry.remove();
            self.deliver(stream, time, &record)?;
        }
        Ok(())
    }

    fn deliver(&mut self, number: usize, time: i64, record: &str) -> io::Result<()> {
        let stream = &mut self.streams[number];
        stream.push(record);
        stream.latest = stream.latest.max(time);
        if self.random.chance(self.duplicate_share) {
            stream.again.push(record.to_owned());
        }
        if stream.count >= self.per_file {
            self.close(number)?;
        }
        Ok(())
    }

    /// Writes the open file; what is to be delivered again goes into the next one.
    fn close(&mut self, number: usize) -> io::Result<()> {
        let stream = &mut self.streams[number];
        if stream.count == 0 {
            return Ok(());
        }
        stream.open.push_str("]}");
        let path = stream.path(&self.folder, &mut self.random);
        write_gzip(&path, stream.open.as_bytes())?;
        self.written.files += 1;
        self.written.records += stream.count;
        self.written.json_bytes += stream.open.len() as u64;
        stream.open.clear();
        stream.count = 0;
        for record in std::mem::take(&mut stream.again) {
            stream.push(&record);
            self.written.duplicates += 1;
        }
        Ok(())
    }
}

impl Stream {
    fn push(&mut self, record: &str) {
        self.open.push_str(if self.count == 0 { "{\"Records\":[" } else { "," });
        self.open.push_str(record);
        self.count += 1;
    }

    /// Named by the time of delivery: five to ten minutes after the last record.
    fn path(&self, folder: &Path, random: &mut Random) -> PathBuf {
        let Stream { account, region, .. } = self;
        let Moment { year, month, day, hour, minute, .. } =
            Moment::new(self.latest.div_euclid(300) * 300 + 600);
        let unique: String =
            (0..16).map(|_| char::from(NAME_LETTERS[random.index(NAME_LETTERS.len())])).collect();
        folder.join(format!(
            "AWSLogs/{account}/CloudTrail/{region}/{year:04}/{month:02}/{day:02}/\
             {account}_CloudTrail_{region}_{year:04}{month:02}{day:02}T{hour:02}{minute:02}Z_{unique}.json.gz"
        ))
    }
}

fn write_gzip(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), Compression::fast());
    encoder.write_all(bytes)?;
    fs::write(path, encoder.finish()?)
}
