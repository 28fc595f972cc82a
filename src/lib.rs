//! trailwitness: CloudTrail logs about DynamoDB in, evidence bundles out. The modules stand in the order the data
//! flows; each uses only what stands above it (tests/all/architecture.rs proves it).

pub mod error;

pub mod clock;

pub mod audit;

pub mod gaps;

pub mod sources;

pub mod records;

pub mod events;

pub mod identities;

pub mod coverage;

pub mod ledger;

pub mod rules;

pub mod verdicts;

pub mod patterns;

pub mod bundle;

pub mod traces;

pub mod render;

pub mod commands;

pub mod cli;
