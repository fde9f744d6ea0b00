//! The models with attention against PyTorch, and what has to hold of any model.

mod gpt;
mod support;
mod vit;
