//! Traces as text for a terminal and as CSV. Comes in: a finished trace. Goes out: text. It counts and sorts nothing; every
//! list that is cut says how many lines there are and where all of them are.

mod csv;
mod text;

pub use csv::{credential as credential_csv, item as item_csv, person as person_csv};
pub use text::{credential, item, person};
