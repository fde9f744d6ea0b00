// Values of inputs of any layout, an element at a time.
extern "C" __global__ void __launch_bounds__(256) forward_strided(const __grid_constant__ Launch a) {
    const u64 i = element(a);
    if (i >= a.length) return;
    real p[PARAMETERS + 1], x[INPUTS][1];
    index at[3];
    places(a, (index)i, at);
#pragma unroll
    for (int k = 0; k < INPUTS; k++) x[k][0] = load(a.x[k][at[k]]);
    numbers(a, p);
    rows(a, (index)i, p);
    a.out[0][i] = store(VALUE(x, 0, p));
}
