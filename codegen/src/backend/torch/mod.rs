//! PyTorch: a module whose parameters are `nn.Parameter`s. In eager mode an `autograd.Function` saves the input alone and has the
//! simplified derivatives; where a graph is captured, the same formula stands there composed of PyTorch's operations.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::write;
