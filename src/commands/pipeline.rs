//! From folders to judged tests to a bundle: the flow of the whole program, told once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::trust;
use crate::audit::Audit;
use crate::bundle::assemble::{self, Parts};
use crate::bundle::dossiers::{Maker, hours::Closed};
use crate::bundle::exceptions::Group;
use crate::bundle::folder::Draft;
use crate::bundle::manifest::{self, RunFacts};
use crate::bundle::model::{BoxLine, Dossier, Model};
use crate::bundle::sessions::Sessions;
use crate::bundle::table::Written;
use crate::bundle::{
    self, Inputs, accesses, data, exceptions, findings, individuals, inputs, readme, reconcile,
};
use crate::clock::{self, HOUR};
use crate::coverage::trails::Trails;
use crate::coverage::{Coverage, Proof};
use crate::error::{Error, Kind, Result};
use crate::gaps::{Gap, GapKind};
use crate::ledger::repeats::{Place, Reread};
use crate::ledger::{FileFacts, FileOutcome, Ledger, Part, intake, settle};
use crate::patterns;
use crate::records::{self, Container, Meaning, Record};
use crate::render::html::{PageId, Site};
use crate::render::pdf;
use crate::rules::{Method, Pack, Shelf};
use crate::sources::digests::{self, Inside, Report, Settings};
use crate::sources::{self, Entry, Reader};
use crate::verdicts::{self, Judged, TestPlace};

/// Which documents to draw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Documents {
    /// HTML and PDF.
    #[default]
    All,
    /// HTML only.
    Html,
    /// None; all data files are written.
    None,
}

/// A ledger with its coverage.
pub struct Read {
    /// The ledger.
    pub ledger: Ledger,
    /// Coverage.
    pub coverage: Coverage,
    /// What digests say of the log files; `None` where no file of a trail was read.
    pub integrity: Option<Report>,
}

/// Reads all sources of an audit.
///
/// # Errors
/// When no file is found.
pub fn read(audit: &Audit, threads: usize, progress: &dyn intake::Progress) -> Result<Read> {
    let entries = sources::list_watched(&audit.sources, progress)?;
    read_entries(audit, &entries, threads, progress)
}

/// Reads what the sources of an audit list.
///
/// # Errors
/// When none of it is a log file.
pub fn read_entries(
    audit: &Audit,
    entries: &[Entry],
    threads: usize,
    progress: &dyn intake::Progress,
) -> Result<Read> {
    progress.begin(entries);
    let attested = digests::attest(entries, integrity_settings(audit, entries)?, threads)?;
    let mut part = intake::read(entries, Some(&attested), threads, progress)?;
    let read = |file: &FileFacts| {
        let skipped = matches!(file.outcome, FileOutcome::Skipped(_));
        !skipped && file.container.is_some_and(Container::is_read)
    };
    if !part.files.iter().any(read) {
        return Err(no_log_file(&part));
    }
    let again = Rereader::new(entries, &part.files);
    let records = part.files.iter().map(|file| (file.name.clone(), file.records)).collect();
    let inside = Inside { places: part.places(), records };
    let report = attested.conclude(entries, &std::mem::take(&mut part.seen), &inside);
    part.gaps.extend(not_here(&report, audit));
    let read = settle_part(part, audit, &Proof::of(&report), &|places| again.meanings(places));
    Ok(Read { integrity: Some(report), ..read })
}

/// Log files that valid digests list and that are not here: lost input, where their delivery can hold events of the window.
fn not_here<'r>(report: &'r Report, audit: &'r Audit) -> impl Iterator<Item = Gap> + 'r {
    let matters = |time: &str| {
        clock::parse(time)
            .is_none_or(|time| (audit.from..audit.to + audit.delivery_lag + HOUR).contains(&time))
    };
    let lost = report.objects.iter().filter(move |object| {
        object.kind == "log" && object.status == "missing" && object.time.as_deref().is_none_or(matters)
    });
    lost.map(|object| Gap {
        kind: GapKind::NotHere,
        file: object.key.clone(),
        position: String::new(),
        detail: object.digest.as_ref().map(|digest| format!("listed by {digest}")).unwrap_or_default(),
        count: 1,
    })
}

/// The check of everything that was supplied: which hours of the window it proves is for coverage to tell.
fn integrity_settings(audit: &Audit, entries: &[Entry]) -> Result<Settings> {
    let accounts = &audit.scope.accounts;
    let places = |(account, (_, regions)): (&String, &(String, BTreeSet<String>))| {
        regions.iter().map(|region| (account.clone(), region.clone())).collect::<Vec<_>>()
    };
    Ok(Settings {
        keys: trust::keys(&audit.public_keys, &audit.sources, entries)?,
        expected: accounts.iter().flat_map(places).collect(),
        audited: Some((audit.from, audit.to)),
        original_buckets: audit.file.logs.iter().flat_map(|logs| logs.original_buckets.clone()).collect(),
        ..Settings::default()
    })
}

/// Settles a part that was read.
pub fn settle_part(part: Part, audit: &Audit, proof: &Proof, reread: Reread<'_>) -> Read {
    let trails = Trails::new(&audit.snapshots, &part.trail_changes());
    let coverage = Coverage::new(audit, &part.presence(), &trails, proof);
    let ledger = settle::settle(part, audit, &coverage, reread);
    Read { ledger, coverage, integrity: None }
}

fn no_log_file(part: &Part) -> Error {
    let mut error =
        Error::new(Kind::NoInput, format!("none of the {} files is a CloudTrail log file", part.files.len()));
    for gap in part.gaps.iter().take(5) {
        error.causes.push(format!("{}: {} {}", gap.file, gap.kind.words(), gap.detail));
    }
    error.hint(
        "looked for {\"Records\": [...]}, lists of records and JSON lines, and what wraps records (LookupEvents, EventBridge, CloudWatch Logs, query results, messages), plain or gzip, in every file",
    )
}

/// Reads single records again: to compare copies in other spellings, to tell more of one than a row holds.
pub struct Rereader<'a> {
    paths: BTreeMap<&'a str, &'a Entry>,
    names: Vec<String>,
}

impl<'a> Rereader<'a> {
    /// For records whose places name these files.
    pub fn new(entries: &'a [Entry], files: &[FileFacts]) -> Rereader<'a> {
        let paths = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        Rereader { paths, names: files.iter().map(|file| file.name.clone()).collect() }
    }

    /// What the records at these places say, as hashes.
    fn meanings(&self, places: &BTreeSet<Place>) -> BTreeMap<Place, Meaning> {
        let mut found = BTreeMap::new();
        self.visit(places, &mut |place, record| {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(record.raw) {
                found.insert(place, Meaning::of(&value));
            }
        });
        found
    }

    /// Calls `see` with the record at each of these places; each file is opened once. One that cannot be read again is
    /// left out.
    pub fn visit(&self, places: &BTreeSet<Place>, see: &mut dyn FnMut(Place, &Record<'_>)) {
        let places: Vec<Place> = places.iter().copied().collect();
        for file in places.chunk_by(|a, b| a.0 == b.0) {
            let wanted: BTreeSet<u32> = file.iter().map(|place| place.1).collect();
            if let Some((number, _)) = file.first() {
                self.file(*number, &wanted, see);
            }
        }
    }

    fn file(&self, file: u32, wanted: &BTreeSet<u32>, see: &mut dyn FnMut(Place, &Record<'_>)) {
        let Some(entry) = self.names.get(file as usize).and_then(|name| self.paths.get(name.as_str())) else {
            return;
        };
        let mut reader = Reader::default();
        let Ok(content) = reader.read(entry) else { return };
        records::again(content, &mut |index, record| {
            if wanted.contains(&index) {
                see((file, index), record);
            }
        });
    }
}

/// What a run wrote.
pub struct Outcome {
    /// The bundle's folder.
    pub folder: PathBuf,
    /// Its content digest.
    pub digest: String,
    /// The reconciliation.
    pub lines: Vec<BoxLine>,
    /// The register.
    pub groups: Vec<Group>,
    /// PDF pages.
    pub pages: u64,
}

/// Where and how to write.
pub struct Writing<'a> {
    /// Folder that gets the bundle.
    pub out: &'a Path,
    /// Documents to draw.
    pub documents: Documents,
    /// Facts for manifest.json alone.
    pub run: RunFacts,
    /// Folder with own templates.
    pub templates: Option<&'a Path>,
}

/// Judges and writes the bundle.
///
/// # Errors
/// When anything cannot be written; nothing that looks like a bundle is left then.
pub fn write(
    read: &Read,
    audit: &Audit,
    packs: &[Pack],
    tests: &[TestPlace<'_>],
    judged: &Judged,
    writing: &Writing<'_>,
) -> Result<Outcome> {
    let inputs = Inputs {
        audit,
        packs,
        tests,
        ledger: &read.ledger,
        coverage: &read.coverage,
        judged,
        integrity: read.integrity.as_ref(),
    };
    let draft = Draft::new(writing.out)?;
    let lines = reconcile::lines(&inputs);
    let groups = exceptions::groups(&inputs);
    let sessions = Sessions::new(&read.ledger, audit.session_silence);
    let patterns = patterns::find(&read.ledger, &read.coverage, audit);
    let mut written = write_data(&inputs, &draft, &sessions, &lines, &groups)?;
    written.extend(bundle::patterns::write(draft.path(), &read.ledger, &patterns)?);
    for (path, content) in inputs::files(&inputs) {
        written.push(draft.write(&path, &content)?);
    }
    written.sort_by(|a, b| a.path.cmp(&b.path));
    let digest =
        manifest::content_digest(written.iter().map(|file| (file.path.as_str(), file.sha256.as_str())));
    let mut pages = 0;
    if writing.documents != Documents::None {
        let find = |path: &str| written.iter().find(|file| file.path == path).cloned().unwrap_or_default();
        let maker = Maker {
            inputs: &inputs,
            sessions: &sessions,
            sessions_file: find("data/sessions.csv"),
            accesses_file: find("data/accesses.csv.gz"),
            patterns: (&patterns, find("data/patterns.csv")),
            credentials_file: "data/users.csv",
            closed: Closed::of(audit),
        };
        let parts =
            Parts { digest: digest.clone(), written: &written, lines: lines.clone(), groups: &groups };
        let (drawn, printed) = draw(&maker, parts, &draft, writing)?;
        pages = printed;
        written.extend(drawn);
    }
    let id = assemble::bundle_id(&inputs, &digest);
    let head = assemble::head(&inputs, &digest);
    let readme = readme::text(&head, &example(tests, false), &example(tests, true));
    written.push(draft.write("README.txt", readme.as_bytes())?);
    written.sort_by(|a, b| a.path.cmp(&b.path));
    let run = RunFacts { finished: crate::clock::now(), ..writing.run.clone() };
    let manifest = manifest::manifest(&inputs, &id, &digest, &run, &written, &lines);
    written.push(draft.write("manifest.json", &inputs::pretty(&manifest))?);
    draft.write("SHA256SUMS", manifest::sums(&written).as_bytes())?;
    let folder = draft.finish(&id)?;
    Ok(Outcome { folder, digest, lines, groups, pages })
}

fn write_data(
    inputs: &Inputs<'_>,
    draft: &Draft,
    sessions: &Sessions<'_>,
    lines: &[BoxLine],
    groups: &[Group],
) -> Result<Vec<Written>> {
    let bundle = draft.path();
    let mut written = accesses::write(bundle, inputs.ledger, sessions, inputs.judged, inputs.audit)?;
    written.extend(data::answers(bundle, inputs)?);
    written.extend(data::tests(bundle, inputs)?);
    written.extend(data::exceptions(bundle, groups)?);
    written.extend(data::users(bundle, inputs, sessions)?);
    written.extend(individuals::write(bundle, inputs)?);
    written.extend(data::sessions(bundle, inputs, sessions)?);
    written.extend(data::coverage(bundle, inputs)?);
    written.extend(data::files(bundle, inputs)?);
    written.extend(findings::write(bundle, inputs)?);
    if let Some(report) = inputs.integrity {
        written.push(draft.write("data/integrity.json", &inputs::pretty(&inputs::told(report)))?);
    }
    written.extend(data::gaps(bundle, inputs)?);
    written.extend(data::reconciliation(bundle, lines)?);
    written.push(draft.write("data/columns.json", &inputs::pretty(&data::columns()))?);
    Ok(written)
}

/// A test for the examples of README.txt: over accesses, or over objects of the run.
fn example(tests: &[TestPlace<'_>], over_objects: bool) -> String {
    let fits = |place: &&TestPlace<'_>| matches!(place.test.method, Method::Judge(_)) == over_objects;
    tests.iter().find(fits).map_or_else(String::new, TestPlace::id)
}

fn site(writing: &Writing<'_>) -> Result<Site> {
    Site::new(writing.templates)
        .map_err(|cause| Error::usage("the page templates cannot be used").cause(&cause))
}

/// Draws every document; gives the files and the number of PDF pages.
fn draw(
    maker: &Maker<'_>,
    parts: Parts<'_>,
    draft: &Draft,
    writing: &Writing<'_>,
) -> Result<(Vec<Written>, u64)> {
    let (places, people) = maker.all().into_iter().unzip();
    let model = assemble::model(maker.inputs, parts, people)?;
    let mut drawing = Drawing { model, site: site(writing)?, draft, pages: 0 };
    let all = writing.documents == Documents::All;
    let mut written = drawing.dossiers(maker, places, all)?;
    written.extend(drawing.documents(all)?);
    Ok((written, drawing.pages))
}

/// Documents on their way into a bundle.
struct Drawing<'d> {
    /// Of its people only names and totals are kept, but for the one that is being drawn.
    model: Model,
    site: Site,
    draft: &'d Draft,
    pages: u64,
}

impl Drawing<'_> {
    /// Makes, draws and drops one dossier after another.
    fn dossiers(&mut self, maker: &Maker<'_>, places: Vec<u32>, print: bool) -> Result<Vec<Written>> {
        let mut written = Vec::new();
        for (number, place) in places.into_iter().enumerate() {
            let Some(dossier) = maker.one(place) else { continue };
            self.put(number, dossier);
            written.push(self.page(PageId::Dossier(number))?);
            if print && let Some(plan) = pdf::dossier(&self.model, number) {
                written.push(self.print(&plan)?);
            }
            if let Some(person) = self.model.people.get_mut(number) {
                *person = std::mem::take(person).into_head();
            }
        }
        Ok(written)
    }

    fn put(&mut self, number: usize, dossier: Dossier) {
        if let Some(person) = self.model.people.get_mut(number) {
            *person = dossier;
        }
    }

    /// Everything but the dossiers.
    fn documents(&mut self, print: bool) -> Result<Vec<Written>> {
        let mut written = Vec::new();
        let pages = self.site.page_list(&self.model).into_iter();
        for id in pages.filter(|id| !matches!(id, PageId::Dossier(_))) {
            written.push(self.page(id)?);
        }
        for plan in pdf::plan(&self.model).into_iter().filter(|plan| print && !plan.is_dossier()) {
            written.push(self.print(&plan)?);
        }
        Ok(written)
    }

    fn page(&self, id: PageId) -> Result<Written> {
        let page = self
            .site
            .draw(&self.model, id)
            .map_err(|cause| Error::new(Kind::Internal, "a page could not be drawn").cause(&cause))?;
        self.draft.write(&page.path, &page.bytes)
    }

    fn print(&mut self, plan: &pdf::Plan) -> Result<Written> {
        let drawn = pdf::draw(&self.model, plan).map_err(|cause| {
            Error::new(Kind::Internal, format!("{} could not be drawn", plan.path)).cause(&cause)
        })?;
        self.pages += u64::from(drawn.pages);
        self.draft.write(&drawn.path, &drawn.bytes)
    }
}

/// Loads the packs of an audit.
///
/// # Errors
/// For a pack that does not exist or has problems.
pub fn packs(audit: &Audit) -> Result<Vec<Pack>> {
    let folders: Vec<PathBuf> =
        audit.file.audit.pack_folders.iter().map(|folder| audit.folder.join(folder)).collect();
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        return Err(Error::usage(format!("pack folder {} not found", missing.display()))
            .hint("audit.toml names it in pack_folders, relative to itself; without it the shipped packs would run unnoticed"));
    }
    let shelf = Shelf::new(&folders);
    let mut packs: Vec<Pack> = Vec::new();
    for id in &audit.packs {
        if packs.iter().all(|pack| pack.id != *id) {
            packs.push(shelf.load(id, audit.file.audit.baseline)?);
        }
    }
    Ok(packs)
}

/// Judges what was read.
pub fn judge(read: &Read, audit: &Audit, tests: &[TestPlace<'_>]) -> Judged {
    let mut judged = verdicts::judge(&read.ledger, &read.coverage, audit, tests);
    let over_objects = |place: &TestPlace<'_>| matches!(place.test.method, Method::Judge(_));
    for ((place, verdict), found) in tests.iter().zip(&mut judged.verdicts).zip(&judged.findings) {
        if over_objects(place) {
            verdict.counted.digest = findings::digest(found);
        }
    }
    judged
}
