//! Fronts of formulas: histograms of inputs that are read from files, and plots of cost against difference.

pub mod histogram;
pub mod plot;
