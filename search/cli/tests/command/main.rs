//! The command `actsmith` as a program: output, JSON and exit codes.

mod arguments;
mod bench;
mod check;
mod data;
mod documented;
mod emit;
mod equiv;
mod eval;
mod evaluate;
mod found;
mod front;
mod kill;
mod passport;
mod report;
#[path = "../../../tests/experiment/support.rs"]
mod runs;
mod search;
mod select;
mod settings;
mod simplify;
mod space;
mod streams;
mod support;
mod train;
mod transfer;
mod verify;
