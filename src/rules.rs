//! The rule engine: packs of controls that a compliance team writes, checks and reads without a compiler.
//! Comes in: a pack id and folders, then one access or one run at a time through [`Fields`] and [`Run`]. Goes out:
//! an [`Answer`] or a [`Fault`]. It never reads logs, clocks or networks and never builds a verdict: coverage is
//! weighed elsewhere.

pub mod api;
pub mod editor;
mod engine;
mod limits;
mod lint;
mod numbers;
mod pack;
mod run;
mod settings;

pub use api::{Field, Fields, Kind, Level, Text, Texts, Value};
pub use engine::{Answer, Fault, Finding, Subject};
pub use limits::{Limit, limits, limits_text};
pub use lint::examples::unseen as unseen_causes;
pub use lint::{Problem, Severity};
pub use pack::{
    Approval, Blunt, Class, Condition, Control, Coverage, Difference, ExampleFile, Home, Method, Pack,
    PackFile, Probe, Regions, Requirement, Shelf, Status, Test, When,
};
pub use pack::{FACTS, example_base, shipped_file, shipped_packs, slug};
pub use run::{
    Bulk, Burst, Config, Credential, EventClass, Failure, Identity, Leaver, List, LoggingChange, Person,
    Place, Reuse, ReviewInterval, ReviewPeriod, Run, Strip, SubjectRequest, Witness,
};
pub use settings::{Setting, Settings};
