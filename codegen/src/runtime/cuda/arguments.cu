// What the host passes, laid out as in `launch.rs`. Defined before: INPUTS, PARAMETERS, RANK, `index` (of elements: u32 or u64), T and real.

// Division by a number that is known before the launch (Granlund and Montgomery, PLDI 1994): for dividends below 2^31.
struct Divider { u32 divisor, factor, shift; };
struct Dimension { u64 length; u64 strides[3]; Divider by; u32 unused; };
struct Parameter { double number; u64 at, inner, channels; Divider by_inner, by_channels; };
struct Launch {
    u64 length;
    const T* x[2];
    const T* grad;
    const real* packed;
    T* out[2];
    double* partial;
    real* sums;
    u64 columns;
    Dimension dimensions[16];
    Parameter parameters[MOST_PARAMETERS];
};

FN u32 quotient_of(u32 n, Divider d) { return (__umulhi(n, d.factor) + n) >> d.shift; }
FN u64 quotient_of(u64 n, u64 d) { return n / d; }

// The element of a thread of a block of 256; past the last one, there is none.
FN u64 element(const Launch& a) {
#ifdef TILED
    // Neighbours in memory are neighbours along another dimension than the last: a block takes 8 rows of 32, so that what one of its
    // loads brings along serves others.
    const index length = (index)a.dimensions[RANK - 1].length, height = (index)a.dimensions[RANK - 2].length;
    const index columns = (index)a.columns, bands = (height + 7) / 8;
    const index band = (index)blockIdx.x / columns, plane = band / bands;
    const index column = ((index)blockIdx.x - band * columns) * 32 + (threadIdx.x & 31u);
    const index row = (band - plane * bands) * 8 + (threadIdx.x >> 5);
    return column < length && row < height ? (u64)((plane * height + row) * length + column) : a.length;
#else
    return (u64)blockIdx.x * 256 + threadIdx.x;
#endif
}

// Where element `i` lies in each of the inputs, and in the gradient.
FN void places(const Launch& a, index i, index* at) {
#pragma unroll
    for (int k = 0; k < 3; k++) at[k] = 0;
    index rest = i;
#pragma unroll
    for (int r = RANK - 1; r >= 0; r--) {
        const Dimension& d = a.dimensions[r];
        index k = rest;
        if (r > 0) {
#ifdef WIDE
            index q = quotient_of(rest, d.length);
#else
            index q = quotient_of(rest, d.by);
#endif
            k = rest - q * (index)d.length;
            rest = q;
        }
#pragma unroll
        for (int j = 0; j < 3; j++) at[j] += k * (index)d.strides[j];
    }
}

// The number of a parameter for element `i` if it varies.
FN real row(const Launch& a, const Parameter& p, index i) {
#ifdef WIDE
    index channel = quotient_of(i, p.inner) % p.channels;
#else
    index q = quotient_of(i, p.by_inner);
    index channel = q - quotient_of(q, p.by_channels) * (index)p.channels;
#endif
    return a.packed[p.at + channel];
}

// The most channels of a parameter that one chunk of 16,384 elements meets.
FN u64 entries(const Parameter& p) {
    const u64 rows = 16383 / p.inner + 2;
    return rows < p.channels ? rows : p.channels;
}
