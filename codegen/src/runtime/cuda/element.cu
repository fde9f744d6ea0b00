// One element backward, in any layout: writes the gradients for the inputs, and the terms of those for the trained parameters.
FN void backward_element(const Launch& a, index i, real* p, real* terms) {
    real x[INPUTS][1], by[SLOPES];
    index at[3];
    places(a, i, at);
#pragma unroll
    for (int k = 0; k < INPUTS; k++) x[k][0] = load(a.x[k][at[k]]);
    rows(a, i, p);
    GRADIENT(x, 0, p, by);
    real g = load(a.grad[at[2]]);
#pragma unroll
    for (int k = 0; k < INPUTS; k++) a.out[k][i] = store(g * by[k]);
#pragma unroll
    for (int k = 0; k < TRAINED; k++) terms[k] = g * by[INPUTS + FIRST_TRAINED + k];
}
