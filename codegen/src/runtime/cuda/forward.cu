// Values of inputs that lie side by side, 16 bytes at a time. All of a thread's loads come first: the result may overwrite an input.
extern "C" __global__ void __launch_bounds__(256) forward_dense(const __grid_constant__ Launch a) {
    const u64 vectors = a.length / LANES, first = (u64)blockIdx.x * (256 * UNROLL) + threadIdx.x;
    real p[PARAMETERS + 1];
    numbers(a, p);
    uint4 in[INPUTS][UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++) if (first + u * 256 < vectors) {
#pragma unroll
        for (int k = 0; k < INPUTS; k++) in[k][u] = ((const uint4*)a.x[k])[first + u * 256];
    }
#pragma unroll
    for (int u = 0; u < UNROLL; u++) if (first + u * 256 < vectors) {
        real x[INPUTS][LANES], y[LANES];
#pragma unroll
        for (int k = 0; k < INPUTS; k++) unpack(in[k][u], x[k]);
#pragma unroll
        for (int j = 0; j < LANES; j++) {
            rows(a, (index)((first + u * 256) * LANES + j), p);
            y[j] = VALUE(x, j, p);
        }
        ((uint4*)a.out[0])[first + u * 256] = pack(y);
    }
    if (blockIdx.x == gridDim.x - 1 && threadIdx.x < a.length - vectors * LANES) {
        const u64 i = vectors * LANES + threadIdx.x;
        real x[INPUTS][1];
#pragma unroll
        for (int k = 0; k < INPUTS; k++) x[k][0] = load(a.x[k][i]);
        rows(a, (index)i, p);
        a.out[0][i] = store(VALUE(x, 0, p));
    }
}
