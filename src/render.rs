//! Drawing a finished model. Renderers count, sort and judge nothing.

pub mod html;
pub mod pdf;
pub mod svg;
pub mod traces;
