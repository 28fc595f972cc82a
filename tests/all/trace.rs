//! The commands `trace item`, `trace person` and `trace credential`, as their users meet them.

mod credential;
mod generated;
mod item;
mod logs;
mod person;
mod roles;
mod story;
