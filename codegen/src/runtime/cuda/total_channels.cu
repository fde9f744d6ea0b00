// The sums of the channels over all chunks, one after another: a thread for each channel, `blockIdx.y` for each parameter.
extern "C" __global__ void __launch_bounds__(256) total_channels(const __grid_constant__ Launch a) {
    const Parameter& q = a.parameters[trained(blockIdx.y)];
    const u64 channel = (u64)blockIdx.x * 256 + threadIdx.x, chunks = (a.length + 16383) / 16384;
    if (channel >= q.channels) return;
    const double* partial = a.partial;
    for (u32 k = 0; k < blockIdx.y; k++) partial += chunks * entries(a.parameters[trained(k)]);
    const u64 width = entries(q);
    double all = $0d;
    for (u64 c = 0; c < chunks; c++) {
        const u64 start = c * 16384, end = a.length < start + 16384 ? a.length : start + 16384;
        const u64 rows = (end + q.inner - 1) / q.inner - start / q.inner, apart = rows < q.channels ? rows : q.channels;
        const u64 entry = (channel + q.channels - start / q.inner % q.channels) % q.channels;
        if (entry < apart) all += partial[c * width + entry];
    }
    a.sums[q.at + channel] = (real)all;
}
