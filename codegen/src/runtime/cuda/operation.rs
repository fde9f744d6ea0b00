//! The passes of the candle operations on CUDA.

use candle_core::backend::BackendStorage as _;
use candle_core::cuda_backend::CudaDType;
use candle_core::cuda_backend::cudarc::driver::{
    CudaSlice, CudaStream, DevicePtr as _, DeviceRepr, SyncOnDrop, ValidAsZeroBits,
};
use candle_core::op::BackpropOp;
use candle_core::{
    CudaDevice, CudaStorage, DType, Device, Layout, Result, Shape, Storage, Tensor, bail,
};

use super::super::blocks::Function;
use super::super::kernel::ParameterKind;
use super::super::parameters::Packed;
use super::launch::{self, Launch};
use super::text::{Kernel, MOST_SUMS, Number, Task};

/// A tensor's storage, and where in it the elements are.
type Source<'a> = (&'a CudaStorage, &'a Layout);

/// Refuses a device that no activation computes on.
pub(in super::super) fn check_device(name: &str, what: &str, device: &Device) -> Result<()> {
    if matches!(device, Device::Cpu | Device::Cuda(_)) {
        return Ok(());
    }
    bail!(
        "{name}: {what} is on {:?}, this operation runs on the CPU and on CUDA; move it with .to_device(&Device::Cpu)",
        device.location()
    )
}

/// A type of elements on the device.
trait Element: CudaDType + DeviceRepr + ValidAsZeroBits + 'static {
    const NUMBER: Number;
    /// What they are computed in.
    type Compute: CudaDType + DeviceRepr + ValidAsZeroBits + 'static;
}

macro_rules! elements {
    ($($t:ty: $number:ident in $compute:ty),+) => {$(
        impl Element for $t {
            const NUMBER: Number = Number::$number;
            type Compute = $compute;
        }
    )+};
}
elements!(f32: F32 in f32, f64: F64 in f64, half::f16: F16 in f32, half::bf16: Bf16 in f32);

/// Calls a generic function for the type of the elements.
macro_rules! by_type {
    ($dtype:expr, $name:expr, $function:ident($($argument:expr),*)) => {
        match $dtype {
            DType::F32 => $function::<f32>($($argument),*),
            DType::F64 => $function::<f64>($($argument),*),
            DType::F16 => $function::<half::f16>($($argument),*),
            DType::BF16 => $function::<half::bf16>($($argument),*),
            other => bail!("{}: expected F32, F64, F16 or BF16, not {other:?}; convert with .to_dtype(DType::F32)", $name),
        }
    };
}

/// A function with what it is applied to.
struct Call<'a> {
    name: &'static str,
    kernel: Kernel<'a>,
    launch: Launch,
    /// Whether all operands lie side by side, each at a multiple of 16 bytes.
    dense: bool,
    /// Orders the launch behind what writes the operands.
    _reads: Vec<SyncOnDrop<'a>>,
}

impl<'a> Call<'a> {
    /// The inputs and perhaps the packed parameters in `sources`; the gradient from above, if it is the backward pass.
    fn new<T: Element>(
        function: &'a (impl Operation + ?Sized),
        packed: &Packed,
        sources: &[Source<'a>],
        grad: Option<Source<'a>>,
        stream: &'a CudaStream,
    ) -> Result<Self> {
        let name = function.name();
        let inputs = function.inputs();
        let (x, rest) = sources.split_at(inputs);
        let operands = || x.iter().chain(&grad);
        let device = x[0].0.device();
        for (storage, _) in operands().chain(rest) {
            if storage.device().cuda_stream().context().ordinal()
                != device.cuda_stream().context().ordinal()
            {
                bail!("{name}: the tensors are on different devices; move one with .to_device")
            }
        }
        let stride = |source: Option<&Source<'a>>| source.map_or(&[][..], |(_, l)| l.stride());
        let strides = [stride(x.first()), stride(x.get(1)), stride(grad.as_ref())];
        let shape = launch::Shape::new(x[0].1.dims(), strides);
        let mut launch = Launch::new(name, &shape, packed.slots())?;
        let mut reads = Vec::new();
        let mut dense = true;
        let mut address = |&(storage, layout): &Source<'a>| -> Result<u64> {
            let (base, read) = storage.as_cuda_slice::<T>()?.device_ptr(stream);
            reads.push(read);
            let address = base + (layout.start_offset() * size_of::<T>()) as u64;
            dense &= layout.is_contiguous() && address.is_multiple_of(16);
            Ok(address)
        };
        for (slot, source) in launch.x.iter_mut().zip(x) {
            *slot = address(source)?;
        }
        if let Some(grad) = &grad {
            launch.grad = address(grad)?;
        }
        if let Some((storage, layout)) = rest.first() {
            let (base, read) = storage.as_cuda_slice::<T::Compute>()?.device_ptr(stream);
            launch.packed = base + (layout.start_offset() * size_of::<T::Compute>()) as u64;
            reads.push(read);
        }
        let kernel = Kernel {
            formula: function.cuda(),
            inputs,
            parameters: function.parameters(),
            number: T::NUMBER,
            task: Task::ForwardDense,
            rank: shape.rank(),
            wide: shape.is_wide(),
            tiled: shape.is_tiled(),
        };
        if kernel.formula.is_empty() {
            bail!(
                "{name}: this kernel was written by hand, for the CPU alone; write the formula in `activation!`"
            )
        }
        Ok(Self {
            name,
            kernel,
            launch,
            dense,
            _reads: reads,
        })
    }

    /// Runs a task of the function.
    fn run(&mut self, device: &CudaDevice, task: Task) -> Result<()> {
        self.kernel.task = task;
        self.kernel.tiled &= matches!(task, Task::ForwardStrided | Task::BackwardStrided);
        if matches!(task, Task::ForwardDense | Task::BackwardDense) {
            // The layout is not read, and one kernel serves every shape.
            self.kernel.rank = 0;
            let rows = self.kernel.parameters.iter().any(|p| p.is_row());
            self.kernel.wide &= rows;
        }
        // SAFETY: `new` took the addresses from storages of the types in the kernel, and the layouts stay within them; the results have
        // one element for each of the inputs'.
        unsafe { self.launch.run(device, &self.kernel) }
    }
}

/// What the passes need of a function of any number of inputs.
trait Operation {
    fn name(&self) -> &'static str;
    fn inputs(&self) -> usize;
    fn parameters(&self) -> &[super::super::kernel::Parameter];
    fn cuda(&self) -> &str;
}

impl<const X: usize> Operation for dyn Function<X> + '_ {
    fn name(&self) -> &'static str {
        Function::name(self)
    }

    fn inputs(&self) -> usize {
        X
    }

    fn parameters(&self) -> &[super::super::kernel::Parameter] {
        Function::parameters(self)
    }

    fn cuda(&self) -> &str {
        Function::cuda(self)
    }
}

/// The values; `sources` are the inputs and then the packed parameters, if there are any.
pub(in super::super) fn forward<const X: usize>(
    function: &dyn Function<X>,
    packed: &Packed,
    sources: &[Source],
) -> Result<(CudaStorage, Shape)> {
    let (storage, layout) = sources[0];
    let out = by_type!(
        storage.dtype(),
        function.name(),
        values(function, packed, sources)
    )?;
    Ok((out, layout.shape().clone()))
}

fn values<T: Element>(
    function: &(impl Operation + ?Sized),
    packed: &Packed,
    sources: &[Source],
) -> Result<CudaStorage> {
    let (storage, layout) = sources[0];
    let (device, length) = (storage.device(), layout.shape().elem_count());
    let out = memory::<T>(function.name(), device, length)?;
    if length > 0 {
        let stream = device.cuda_stream();
        let mut call = Call::new::<T>(function, packed, sources, None, &stream)?;
        let (address, _write) = out.device_ptr(&stream);
        call.launch.out[0] = address;
        let task = if call.dense {
            Task::ForwardDense
        } else {
            Task::ForwardStrided
        };
        call.run(device, task)?;
    }
    Ok(T::wrap_cuda_slice(out, device.clone()))
}

/// Writes the values over the first input, which is contiguous; `others` are the other inputs and the packed parameters.
pub(in super::super) fn in_place<const X: usize>(
    function: &dyn Function<X>,
    packed: &Packed,
    first: &mut CudaStorage,
    layout: &Layout,
    others: &[Source],
) -> Result<()> {
    let dtype = first.dtype();
    let sources: Vec<Source> = [(&*first, layout)]
        .into_iter()
        .chain(others.iter().copied())
        .collect();
    by_type!(
        dtype,
        function.name(),
        overwrite(function, packed, &sources)
    )
}

fn overwrite<T: Element>(
    function: &(impl Operation + ?Sized),
    packed: &Packed,
    sources: &[Source],
) -> Result<()> {
    let (storage, layout) = sources[0];
    let device = storage.device();
    if layout.shape().elem_count() == 0 {
        return Ok(());
    }
    let stream = device.cuda_stream();
    let mut call = Call::new::<T>(function, packed, sources, None, &stream)?;
    call.launch.out[0] = call.launch.x[0];
    let task = if call.dense {
        Task::ForwardDense
    } else {
        Task::ForwardStrided
    };
    call.run(device, task)
}

/// The gradients for the inputs, and for the packed parameters if there are any; none at all if the tensors are not on CUDA.
pub(in super::super) fn backward<const X: usize>(
    function: &dyn Function<X>,
    packed: &Packed,
    tensors: &[&Tensor],
    grad: &Tensor,
) -> Result<Option<Vec<Option<Tensor>>>> {
    if !grad.device().is_cuda() {
        return Ok(None);
    }
    let (grad_storage, grad_layout) = grad.storage_and_layout();
    let storages: Vec<_> = tensors.iter().map(|t| t.storage_and_layout()).collect();
    let sources = storages
        .iter()
        .map(|(storage, layout)| Ok((cuda(storage)?, *layout)));
    let sources = sources.collect::<Result<Vec<Source>>>()?;
    let grad = (cuda(&grad_storage)?, grad_layout);
    let trained = tensors.get(X).is_some_and(|packed| packed.track_op());
    let gradients = by_type!(
        grad.0.dtype(),
        function.name(),
        gradients(function, packed, &sources, grad, trained)
    )?;
    let tensor = |(tensor, storage): (&&Tensor, CudaStorage)| {
        let gradient = || {
            Tensor::from_storage(
                Storage::Cuda(storage),
                tensor.shape(),
                BackpropOp::none(),
                false,
            )
        };
        tensor.track_op().then(gradient)
    };
    Ok(Some(tensors.iter().zip(gradients).map(tensor).collect()))
}

/// The storages of the gradients; that for the parameters is not written unless they are `trained`.
fn gradients<T: Element>(
    function: &(impl Operation + ?Sized),
    packed: &Packed,
    sources: &[Source],
    grad: Source,
    trained: bool,
) -> Result<Vec<CudaStorage>> {
    let (storage, layout) = sources[0];
    let (device, length, inputs) = (
        storage.device(),
        layout.shape().elem_count(),
        function.inputs(),
    );
    let name = function.name();
    let out = (0..inputs).map(|_| memory::<T>(name, device, length));
    let out = out.collect::<Result<Vec<CudaSlice<T>>>>()?;
    let numbers = sources
        .get(inputs)
        .map_or(0, |(_, layout)| layout.shape().elem_count());
    let sums = device.alloc_zeros::<T::Compute>(numbers.max(1))?;
    if length > 0 {
        let stream = device.cuda_stream();
        let mut call = Call::new::<T>(function, packed, sources, Some(grad), &stream)?;
        let addresses: Vec<_> = out.iter().map(|out| out.device_ptr(&stream)).collect();
        for (slot, (address, _)) in call.launch.out.iter_mut().zip(&addresses) {
            *slot = *address;
        }
        let (address, _write) = sums.device_ptr(&stream);
        call.launch.sums = address;
        let count = call.kernel.trained().count();
        if !trained || count == 0 {
            let task = if call.dense {
                Task::BackwardDense
            } else {
                Task::BackwardStrided
            };
            call.run(device, task)?;
        } else {
            let by_channel = |p: &super::super::kernel::Parameter| {
                matches!(p.kind, ParameterKind::PerChannel(_))
            };
            let channels = call.kernel.parameters.iter().any(by_channel);
            for first in (0..count).step_by(MOST_SUMS) {
                let some = MOST_SUMS.min(count - first);
                call.kernel.task = match channels {
                    true => Task::Channels(first, some),
                    false => Task::Scalars(first, some),
                };
                let partial =
                    memory::<f64>(call.name, device, call.launch.partial_len(&call.kernel))?;
                let (address, _write) = partial.device_ptr(&stream);
                call.launch.partial = address;
                call.run(device, call.kernel.task)?;
            }
        }
    }
    let out = out
        .into_iter()
        .map(|out| T::wrap_cuda_slice(out, device.clone()));
    let sums = T::Compute::wrap_cuda_slice(sums, device.clone());
    Ok(out.chain([sums]).collect())
}

/// Memory of the device for a result, not yet written; a little for an empty one, for the device has no empty memory.
fn memory<T: DeviceRepr>(name: &str, device: &CudaDevice, length: usize) -> Result<CudaSlice<T>> {
    // SAFETY: the kernels write every element before anything reads it.
    let memory = unsafe { device.alloc::<T>(length.max(1)) };
    memory.map_err(|error| {
        let bytes = length * size_of::<T>();
        candle_core::Error::Msg(format!(
            "{name}: no memory for a result of {length} elements, {bytes} bytes, on the device ({error}); take smaller batches, or free tensors"
        ))
    })
}

/// The storage on CUDA.
fn cuda(storage: &Storage) -> Result<&CudaStorage> {
    match storage {
        Storage::Cuda(storage) => Ok(storage),
        _ => bail!("the tensors are on different devices; move one with .to_device"),
    }
}
