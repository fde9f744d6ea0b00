// Gradients for inputs of any layout, an element at a time.
extern "C" __global__ void __launch_bounds__(256) backward_strided(const __grid_constant__ Launch a) {
    const u64 i = element(a);
    if (i >= a.length) return;
    real p[PARAMETERS + 1], none[1];
    numbers(a, p);
    backward_element(a, (index)i, p, none);
}
