//! The search loop: what each step may move, removals, the result, resuming.

mod checkpoints;
mod failures;
mod steps;
mod support;
