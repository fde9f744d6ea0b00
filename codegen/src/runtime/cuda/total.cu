// The sum of one parameter's blocks: a thread block for each parameter.
extern "C" __global__ void __launch_bounds__(1024) total_scalars(const __grid_constant__ Launch a) {
    __shared__ double chunk_sums[2048];
    const u64 blocks = (a.length + 1023) / 1024, chunks = (blocks + 15) / 16;
    const double* partial = a.partial + blockIdx.x * blocks;
    double all = $0d;
    for (u64 first = 0; first < chunks; first += 2048) {
        const u64 end = chunks < first + 2048 ? chunks : first + 2048;
        for (u64 c = first + threadIdx.x; c < end; c += 1024) {
            double sum = $0d;
            const u64 last = blocks < c * 16 + 16 ? blocks : c * 16 + 16;
            for (u64 k = c * 16; k < last; k++) sum += partial[k];
            chunk_sums[c - first] = sum;
        }
        __syncthreads();
        if (threadIdx.x == 0) for (u64 c = first; c < end; c++) all += chunk_sums[c - first];
        __syncthreads();
    }
    if (threadIdx.x == 0) a.sums[a.parameters[trained(blockIdx.x)].at] = (real)all;
}
