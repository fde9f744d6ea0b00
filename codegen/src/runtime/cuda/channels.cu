// Gradients for inputs and for trained parameters of which some vary by channel, summed in the order of `runtime/sums.rs`. A thread
// block takes a chunk of 16 blocks of 1,024 elements; within a block, each run of elements of one channel is added to the channel's
// sum, in lanes if it is long, term by term if it is short.
extern "C" __global__ void __launch_bounds__(256) backward_channels(const __grid_constant__ Launch a) {
    __shared__ real terms[TRAINED][1024];
    const u64 begin = (u64)blockIdx.x * 16384;
    const u32 lane = threadIdx.x & 31u, warp = threadIdx.x >> 5;
    real p[PARAMETERS + 1];
    numbers(a, p);
    u64 area = 0;
    for (int k = 0; k < TRAINED; k++) {
        const u64 width = entries(a.parameters[trained(k)]);
        for (u64 e = threadIdx.x; e < width; e += 256) a.partial[area + blockIdx.x * width + e] = $0d;
        area += gridDim.x * width;
    }
    for (u64 start = begin; start < begin + 16384 && start < a.length; start += 1024) {
        const u32 count = (u32)(a.length - start < 1024 ? a.length - start : 1024);
        for (u32 i = threadIdx.x; i < count; i += 256) {
            real own[TRAINED];
            backward_element(a, (index)(start + i), p, own);
#pragma unroll
            for (int k = 0; k < TRAINED; k++) terms[k][i] = own[k];
        }
        __syncthreads();
        area = 0;
        for (int k = 0; k < TRAINED; k++) {
            const Parameter& q = a.parameters[trained(k)];
            const u64 width = entries(q);
            double* sums = a.partial + area + blockIdx.x * width;
            area += gridDim.x * width;
            // Rows are the runs of one channel over the whole tensor; channels of a chunk are counted from its first.
            const u64 first = begin / q.inner % q.channels, row = start / q.inner, last = (start + count - 1) / q.inner;
            const u64 rows = last - row + 1, apart = rows < q.channels ? rows : q.channels;
            const bool wide = q.inner >= 32;
            for (u64 r = wide ? warp : threadIdx.x; r < apart; r += wide ? 8 : 256) {
                double* sum = sums + ((row + r) % q.channels + q.channels - first) % q.channels;
                for (u64 s = row + r; s <= last; s += q.channels) {
                    const u32 from = s * q.inner < start ? 0 : (u32)(s * q.inner - start);
                    const u32 to = (s + 1) * q.inner - start < count ? (u32)((s + 1) * q.inner - start) : count;
                    double run = $0d;
                    if (to - from >= 32) {
                        real own = $0;
                        for (u32 i = from + lane; i < to; i += 32) own = own + terms[k][i];
                        run = (double)own;
                        for (int half = 16; half > 0; half >>= 1) run += __shfl_down_sync(0xffffffffu, run, half);
                    } else {
                        for (u32 i = from; i < to; i++) run += (double)terms[k][i];
                    }
                    if (!wide || lane == 0) *sum += run;
                }
            }
        }
        __syncthreads();
    }
}
