//! The documents: what stands in each and in which order.
//! Comes in: the model. Goes out: a filled flow a document.
//! Never counts or judges; a figure that is not in the model is not printed.

pub(crate) mod completeness;
pub(crate) mod controls;
pub(crate) mod dossier;
pub(crate) mod exceptions;
pub(crate) mod overview;
mod parts;
