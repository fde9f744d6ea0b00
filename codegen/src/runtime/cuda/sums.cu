// Gradients for inputs and for trained parameters that are one number each, summed in the order of `runtime/sums.rs`: in a block of
// 1,024 elements term i goes to lane i mod 32; lanes are added by halves in f64, blocks to chunks of 16, chunks one after another.
// A warp takes a block.
extern "C" __global__ void __launch_bounds__(256) backward_scalars(const __grid_constant__ Launch a) {
    const u64 block = ((u64)blockIdx.x * 256 + threadIdx.x) >> 5, start = block * 1024, blocks = (a.length + 1023) / 1024;
    const u32 lane = threadIdx.x & 31u;
    if (block >= blocks) return;
    const u32 count = (u32)(a.length - start < 1024 ? a.length - start : 1024);
    real p[PARAMETERS + 1], lanes[TRAINED], terms[TRAINED];
    numbers(a, p);
#pragma unroll
    for (int k = 0; k < TRAINED; k++) lanes[k] = $0;
#pragma unroll 4
    for (u32 offset = 0; offset < 1024; offset += 32) {
        if (offset + lane < count) {
            backward_element(a, (index)(start + offset + lane), p, terms);
#pragma unroll
            for (int k = 0; k < TRAINED; k++) lanes[k] = lanes[k] + terms[k];
        }
    }
#pragma unroll
    for (int k = 0; k < TRAINED; k++) {
        double sum = (double)lanes[k];
        if (count < 32) {
            // A run that is shorter than the lanes is added term by term; a lane without a term is not read.
            double rest = sum;
            sum = $0d;
            for (u32 l = 0; l < count; l++) sum += __shfl_sync(0xffffffffu, rest, l);
        } else {
            for (int half = 16; half > 0; half >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, half);
        }
        if (lane == 0) a.partial[(u64)k * blocks + block] = sum;
    }
}
