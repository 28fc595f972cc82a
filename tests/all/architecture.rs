//! Written by its own step.
