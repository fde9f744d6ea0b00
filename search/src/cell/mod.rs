//! The searchable cell.

mod block;
pub mod fused;
pub mod packed;
