// Gradients for inputs that lie side by side, 16 bytes at a time.
extern "C" __global__ void __launch_bounds__(256) backward_dense(const __grid_constant__ Launch a) {
    const u64 vectors = a.length / LANES, first = (u64)blockIdx.x * (256 * UNROLL) + threadIdx.x;
    real p[PARAMETERS + 1];
    numbers(a, p);
    uint4 in[INPUTS][UNROLL], up[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++) if (first + u * 256 < vectors) {
#pragma unroll
        for (int k = 0; k < INPUTS; k++) in[k][u] = ((const uint4*)a.x[k])[first + u * 256];
        up[u] = ((const uint4*)a.grad)[first + u * 256];
    }
#pragma unroll
    for (int u = 0; u < UNROLL; u++) if (first + u * 256 < vectors) {
        real x[INPUTS][LANES], g[LANES], d[INPUTS][LANES];
#pragma unroll
        for (int k = 0; k < INPUTS; k++) unpack(in[k][u], x[k]);
        unpack(up[u], g);
#pragma unroll
        for (int j = 0; j < LANES; j++) {
            real by[SLOPES];
            rows(a, (index)((first + u * 256) * LANES + j), p);
            GRADIENT(x, j, p, by);
#pragma unroll
            for (int k = 0; k < INPUTS; k++) d[k][j] = g[j] * by[k];
        }
#pragma unroll
        for (int k = 0; k < INPUTS; k++) ((uint4*)a.out[k])[first + u * 256] = pack(d[k]);
    }
    if (blockIdx.x == gridDim.x - 1 && threadIdx.x < a.length - vectors * LANES) {
        const u64 i = vectors * LANES + threadIdx.x;
        real x[INPUTS][1], by[SLOPES];
#pragma unroll
        for (int k = 0; k < INPUTS; k++) x[k][0] = load(a.x[k][i]);
        rows(a, (index)i, p);
        GRADIENT(x, 0, p, by);
        real g = load(a.grad[i]);
#pragma unroll
        for (int k = 0; k < INPUTS; k++) a.out[k][i] = store(g * by[k]);
    }
}
