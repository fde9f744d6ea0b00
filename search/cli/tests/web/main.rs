//! `actsmith web`: the page over real sockets, and in a browser where there is one.

mod asked;
mod browser;
mod folders;
mod guard;
mod live;
mod page;
mod refused;
