//! The models against PyTorch, and what has to hold of any model.

mod gpt;
mod resnet;
mod support;
mod vit;
