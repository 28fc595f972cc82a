//! Development root of three modules; removed at the end.
#[path = "all/architecture.rs"]
mod architecture;
#[path = "all/packs.rs"]
mod packs;
#[path = "all/reports.rs"]
mod reports;
#[path = "all/support.rs"]
mod support;
