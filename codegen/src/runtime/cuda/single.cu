// The f32 functions of `runtime/math`, name by name with the same arithmetic: a product and a sum that stand apart are rounded apart
// (compile with --fmad=false), and a fused one is `fma`. What each formula rests on is explained there.

// math/mod.rs, math/fma.rs
FN float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
FN float horner(float x, float c) { return c; }
template <class... Rest> FN float horner(float x, float c, Rest... rest) { return fma(x, horner(x, rest...), c); }
FN float bits(u32 b) { return __uint_as_float(b); }
FN u32 bits(float x) { return __float_as_uint(x); }
FN float pow2(int n) { return bits((u32)(n + 127) << 23); }
FN float abs(float x) { return ::fabsf(x); }
FN float sqrt(float x) { return ::sqrtf(x) + $0.0; } // +0 of −0 too
FN float copysign(float x, float sign) { return ::copysignf(x, sign); }

// The correctly rounded reciprocal and quotient, by the steps of the full division without its test for extreme arguments: for
// places where operands, quotient and remainder are ordinary numbers.
FN float inverse(float b) {
    float r = reciprocal_estimate(b);
    return fma(r, fma(-b, r, $1), r);
}
FN float quotient(float a, float b) {
    float r = inverse(b), q = a * r;
    q = fma(fma(-b, q, a), r, q);
    return fma(fma(-b, q, a), r, q);
}

// math/elementary.rs
#define LN2_HI $0.6931471805599453
#define LN2_LO $-1.9046542e-9
#define LOG2_E $1.4426950408889634
FN float rounder(int bias) { return $12582912 + (float)(127 + bias); }
FN Reduced reduce(float hi, float lo, float rounder) {
    float shifted = fma(hi, LOG2_E, rounder);
    float n = shifted - rounder;
    return {fma(n, -LN2_HI, hi), fma(n, -LN2_LO, lo), bits(bits(shifted) << 23)};
}
FN float exp_rest(float r) { return horner(r, $0.5, $0.16666535, $0.041667245, $0.008367477, $0.0013863775); }
FN Power exp_parts(float hi, float lo, float rounder) {
    Reduced a = reduce(hi, lo, rounder);
    float r = a.r + a.r_lo;
    return {fma(r * r, exp_rest(r), r), a.w, $1};
}
FN float times_exp(Pair v, float hi, float lo, float rounder) {
    Reduced a = reduce(hi, lo, rounder);
    float sum = a.r + a.r_lo;
    float p_rest = fma(sum * sum, exp_rest(sum), a.r_lo);
    return (v.hi + fma(v.hi, a.r, fma(v.hi, p_rest, v.lo))) * a.w;
}
FN float exp_raised(float hi, float lo) {
    Power a = exp_parts(hi, lo, rounder(64));
    return fma(a.p, a.w, a.w);
}
FN float exp_nonpositive(float x) {
    x = x < $-104 ? $-104 : x;
    return exp_raised(x, $0) * pow2(-64);
}
FN float exp(float x) {
    bool low = x < $-86;
    Power a = exp_parts(clamp(x, $-104, $88.8), $0, low ? rounder(63) : rounder(-1));
    return fma(a.p, a.w, a.w) * (low ? pow2(-63) : pow2(1));
}
FN float expm1(float x) {
    bool high = x > $60;
    float one = high ? $0.5 : $1;
    Power a = exp_parts(clamp(x, $-18, $88.8), $0, high ? rounder(-1) : rounder(0));
    return fma(a.p, a.w, a.w - one) * (high ? $2 : $1);
}
FN Pair minus_half_square(float x) {
    float half = $-0.5 * x;
    float hi = half * x;
    return {hi, fma(half, x, -hi)};
}
FN float gaussian(float x) {
    x = clamp(x, $-10.2, $10.2);
    float hi = -x * x;
    return exp_raised(hi, fma(-x, x, -hi)) * pow2(-64);
}
FN float normal_pdf(float x) {
    Pair h = minus_half_square(clamp(abs(x), $0, $14.5));
    float e = exp_raised(h.hi, h.lo);
    return fma(e, $0.3989423 * pow2(-64), e * ($-1.1335172e-8 * pow2(-64)));
}

// math/log.rs
FN int exponent(u32 b) { return (int)(b - 0x3f2aaaabu) >> 23; }
FN float log_parts(float f, float n) {
    float q = horner(f, $0.33333334, $-0.2499982, $0.19999598, $-0.16679578, $0.14304459, $-0.121957794, $0.10754206, $-0.12845053, $0.12007255);
    float tail = fma(f * f, fma(f, q, $-0.5), n * LN2_LO);
    return fma(n, LN2_HI, f + tail);
}
FN float log1p_finite(float u, float extra) {
    int n = exponent(bits($1 + u));
    int half = n >> 1;
    float a = pow2(-half), b = pow2(half - n);
    float f = u * a * b + (a * b - $1);
    return log_parts(f, (float)n + extra);
}
FN float log1p(float x) {
    float finite = log1p_finite(x, $0);
    float upper = x < INFINITE ? finite : x;
    float lower = x == $-1 ? -INFINITE : UNDEFINED;
    return x > $-1 ? upper : lower;
}
FN float ln(float x) {
    bool subnormal = x < $1.1754943508222875e-38;
    u32 b = bits(subnormal ? x * $8388608 : x);
    int n = exponent(b);
    float f = bits(b - ((u32)n << 23)) - $1;
    float finite = log_parts(f, (float)n - (subnormal ? $23 : $0));
    float upper = x < INFINITE ? finite : x;
    float lower = x == $0 ? -INFINITE : UNDEFINED;
    return x > $0 ? upper : lower;
}
FN float asinh(float x) {
    float a = abs(x);
    float square = a * a;
    float near = a + square / ($1 + sqrt(fma(a, a, $1)));
    bool far = a > $1e9;
    float finite = log1p_finite(far ? a : near, far ? $1 : $0);
    return copysign(a < INFINITE ? finite : a, x);
}
FN float asinh_grad(float x) {
    float a = abs(x);
    return $1 / (a > $1e9 ? a : sqrt(fma(a, a, $1)));
}

// math/trig.rs
FN Angle reduce_huge(float x) {
    u32 b = bits(x);
    u32 m = (b & 0x007fffffu) | 0x00800000u;
    u32 offset = ((b >> 23) & 0xffu) - 152u;
    u32 shift = offset & 31u;
    bool two = (offset & 64u) != 0u, one = (offset & 32u) != 0u;
    u32 h0 = two ? 0xfc2757d1u : 0xa2f9836eu, h1 = two ? 0xf534ddc0u : 0x4e441529u, h2 = two ? 0xdb629599u : 0xfc2757d1u,
        h3 = two ? 0x3c439041u : 0xf534ddc0u, h4 = two ? 0xfe5163abu : 0xdb629599u;
    u32 w0 = one ? h1 : h0, w1 = one ? h2 : h1, w2 = one ? h3 : h2, w3 = one ? h4 : h3;
    u32 high = w0 << shift | w1 >> 1 >> (31u - shift);
    u32 middle = w1 << shift | w2 >> 1 >> (31u - shift);
    u32 low = w2 << shift | w3 >> 1 >> (31u - shift);
    u64 quarters = ((u64)(m * high) << 32) + (u64)m * (u64)middle + (((u64)m * (u64)low) >> 32);
    u32 n = ((u32)(quarters >> 61) + 1u) >> 1;
    u64 fraction = quarters << 2;
    double turn = (double)(int)(u32)(fraction >> 32) + (double)(u32)fraction * $2.3283064365386963e-10d;
    return {(float)(turn * ($1.5707963267948966d / $4294967296d)), n};
}
FN float sin_shifted(float x, u32 quarters) {
    double wide = (double)x;
    double shifted = wide * $0.6366197723675814d + $6755399441055744d;
    double whole = shifted - $6755399441055744d;
    Angle near = {(float)((wide - whole * $1.5707963109016418d) - whole * $1.5893254773528197e-8d), (u32)__double_as_longlong(shifted)};
    Angle far = reduce_huge(x);
    if (x < $0) far = {-far.r, 0u - far.n};
    Angle a = abs(x) >= $268435456 ? far : near;
    float r = a.r;
    u32 quadrant = a.n + quarters;
    float u = r * r;
    float sin = horner(u, $-0.16666655, $0.008332189, $-0.00019518285);
    float cos = horner(u, $-0.5, $0.041666646, $-0.001388731, $2.4432327e-05);
    float magnitude = (quadrant & 1u) == 0u ? fma(r * u, sin, r) : fma(u, cos, $1);
    float value = bits(bits(magnitude) ^ ((quadrant & 2u) << 30));
    return abs(x) < INFINITE ? value : UNDEFINED;
}
FN float sin(float x) { return sin_shifted(x, 0u); }
FN float cos(float x) { return sin_shifted(x, 1u); }
FN Angle nearest_integer(float a) {
    a = a >= $16777216 ? $0 : a;
    a = a >= $8388608 ? a - $8388608 : a;
    a = a >= $4194304 ? a - $4194304 : a;
    float shifted = a + $12582912;
    return {a - (shifted - $12582912), bits(shifted) << 31};
}
FN float flip(float x, u32 odd) { return bits(bits(x) ^ odd); }
FN float sinc_rest(float u) { return horner(u, $-1.644934, $0.811742, $-0.19074538, $0.026104743, $-0.0022154802); }
FN float sin_pi(float r) {
    float u = r * r;
    return fma(r * u, sinc_rest(u), r);
}
FN float sinc(float x) {
    float a = abs(x);
    float u = a * a;
    float near = fma(u, sinc_rest(u), $1);
    Angle turn = nearest_integer(a);
    float far = flip(sin_pi(turn.r), turn.n) / a;
    return a <= $0.5 ? near : far;
}
FN float sinc_grad(float x) {
    float a = abs(x);
    float u = a * a;
    float near = horner(u, $-3.289868, $3.2469664, $-1.144407, $0.2080422, $-0.018321311, $-0.0063786097);
    Angle turn = nearest_integer(a);
    float v = turn.r * turn.r;
    float cos = fma(v, horner(v, $-4.934802, $4.0587053, $-1.3351616, $0.23468377, $-0.023963874), $1);
    float reciprocal = $1 / a;
    float far = flip(fma(-sin_pi(turn.r), reciprocal, cos) * reciprocal, turn.n);
    float magnitude = a <= $0.5 ? a * near : far;
    return flip(magnitude, bits(x) & 0x80000000u);
}
FN float atan(float x) {
    float a = abs(x);
    bool far = a > $1;
    float t = far ? $1 / a : a;
    float u = t * t;
    float q = horner(u, $-0.333333, $0.1999853, $-0.14264016, $0.10950878, $-0.083992854, $0.05788248, $-0.031102639, $0.010876138, $-0.0017858993);
    float near = fma(t * u, q, t);
    return copysign(far ? $1.5707963267948966 - near : near, x);
}
FN float atan_grad(float x) {
    float a = abs(x);
    bool far = a > $1e9;
    float reciprocal = $1 / (far ? a : fma(a, a, $1));
    return far ? reciprocal * reciprocal : reciprocal;
}

// math/hyperbolic.rs
FN float half_exp(float a) {
    a = a > $89.5 ? $89.5 : a;
    Power e = exp_parts(a, $0, rounder(-2));
    return $2 * fma(e.p, e.w, e.w);
}
FN float sinh(float x) {
    float a = abs(x);
    float u = x * x;
    float q = horner(u, $0.16666667, $0.0083333105, $0.00019842896, $2.7822132e-06);
    float near = fma(x * u, q, x);
    float h = half_exp(a);
    float far = copysign(h - $0.25 / h, x);
    return a < $1 ? near : far;
}
FN float cosh(float x) {
    float h = half_exp(abs(x));
    return h + $0.25 / h;
}
FN Pair tanh_parts(float x) {
    float a = abs(x);
    a = a > $54 ? $54 : a;
    Power e = exp_parts($-2 * a, $0, rounder(64));
    float plain = e.w * pow2(-64);
    return {fma(e.p, e.w, e.w), fma(e.p, plain, plain - $1)};
}
FN float tanh(float x) {
    float m = tanh_parts(x).lo;
    float d = $2 + m;
    float q = -m / d;
    float rest = fma(-q, m - (d - $2), fma(-q, d, -m));
    return copysign(fma(rest, fma($0.5, q, $0.5), q), x);
}
FN float tanh_grad(float x) {
    Pair e = tanh_parts(x);
    float y = e.hi / ($2 + e.lo);
    return fma(y * -pow2(-64), y, y) * pow2(-62);
}
FN float tanhshrink(float x) {
    float a = abs(x);
    float u = x * x;
    float rest = horner(u, $-0.13333413, $0.053978562, $-0.021915365, $0.008932419, $-0.0035389112, $0.0011581656, $-0.00020824715);
    float q = fma(u, rest, $0.33333334);
    float q_lo = fma(u, rest, $0.33333334 - q);
    float cube = x * u;
    float cube_lo = fma(x, u, -cube) + x * fma(x, x, -u);
    float near = fma(cube, q, fma(cube, q_lo, cube_lo * q));
    Power e = exp_parts($2 * (a > $20 ? $20 : a), $0, rounder(0));
    float far = copysign((a - $1) + $2 / fma(e.p, e.w, e.w + $1), x);
    return a < $1 ? near : far;
}

// math/erf.rs
#define K $3.73139
#define STEEPNESS $-0.65
#define END $14.5
#define NEAR $0.835
FN Pair scaled_tail(float y, float t) {
    float q = horner(t, $-0.58661056, $0.35026398, $-0.14888658, $0.035882536, $0.0017044168, $-0.0041203015, $0.00044677223, $0.00042150207);
    float value = fma(t, q, $0.7498894);
    float value_rest = fma(t, q, $0.7498894 - value);
    float v = y * value;
    return {v, fma(y, value_rest, fma(y, value, -v))};
}
FN float raised_tail(float a, float a_lo, float hi, float lo) {
    float d = a + K;
    float reciprocal = inverse(d);
    float d_lo = (a - (d - K)) + a_lo;
    float rest = fma(-reciprocal, d_lo, fma(-reciprocal, d, $1));
    float t = fma($-2 * K, reciprocal, $1), correction = $-2 * K * reciprocal;
    float sum = fma(correction, rest, t);
    float t_lo = fma(correction, rest, t - sum);
    Pair v = scaled_tail(reciprocal, sum);
    return times_exp({v.hi, fma(v.hi, fma(STEEPNESS, t_lo, rest), v.lo)}, hi, lo, rounder(64));
}
FN float erf_near(float x) {
    return horner(x * x, $0.12837915, $-0.37612498, $0.112818435, $-0.026767345, $0.0049940264, $-0.00059944164);
}
FN float erf(float x) {
    float a = abs(x);
    float z = a > $3.93 ? $3.93 : a;
    float l = horner(z, $-0.00017055128, $1.1294951, $0.63338673, $0.10823642, $-0.025091263, $0.004160403, $-0.00043228132, $2.0910675e-05);
    Power e = exp_parts(-l, $0, rounder(0));
    float far = copysign(fma(-e.p, e.w, $1 - e.w), x);
    return a < $0.92 ? fma(x, erf_near(x), x) : far;
}
FN float erfc(float x) {
    float a = abs(x);
    float z = a > $10.2 ? $10.2 : a;
    float hi = -z * z;
    float lo = fma(-z, z, -hi);
    float wide = z * $1.4142135623730951;
    float wide_lo = fma(z, $1.4142135623730951, -(z * $1.4142135623730951)) + z * $2.4203235e-8;
    float tail = raised_tail(wide, wide_lo, hi, lo) * pow2(-63);
    float far = x < $0 ? $2 - tail : tail;
    return a < $0.6 ? fma(-x, erf_near(x), $1 - x) : far;
}
FN float normal_cdf_near(float x, float minus_half_square) {
    float rho = horner(minus_half_square, $0.3989423, $0.13298143, $0.039899, $0.009484582, $0.0016825505);
    return fma(x, rho, $0.5);
}
FN float normal_cdf(float x) {
    float a = abs(x);
    a = a > END ? END : a;
    Pair h = minus_half_square(a);
    float tail = raised_tail(a, $0, h.hi, h.lo) * pow2(-64);
    float far = x > $0 ? $1 - tail : tail;
    return a < NEAR ? normal_cdf_near(x, h.hi) : far;
}
FN float gelu(float x) {
    float a = abs(x);
    a = a > END ? END : a;
    Pair h = minus_half_square(a);
    float d = a + K;
    float y = quotient(a, d);
    Pair v = scaled_tail(y, fma($2, y, $-1));
    float rest = fma($-0.02, a - (d - K), v.lo);
    float tail = times_exp({v.hi, rest}, h.hi, h.lo, rounder(64));
    float positive = x < $0 ? $0 : x;
    float far = fma(tail, -pow2(-64), positive);
    return a < NEAR ? x * normal_cdf_near(x, h.hi) : far;
}

// math/gate.rs
FN Power logistic_parts(float x) {
    x = clamp(x, $-105, $105);
    bool low = x < $-40;
    Power e = exp_parts(-x, $0, low ? rounder(-64) : rounder(32));
    return {e.p, e.w, low ? pow2(-64) : pow2(32)};
}
FN float sigmoid(float x) {
    Power e = logistic_parts(x);
    return e.one / (e.w + fma(e.p, e.w, e.one));
}
FN float sigmoid_grad(float x) {
    Power e = logistic_parts(x);
    float lesser = x < $0 ? e.one : fma(e.p, e.w, e.w);
    float y = lesser / (e.w + fma(e.p, e.w, e.one));
    return fma(-y, y, y);
}
FN float log1p_unit(float e) {
    float q = horner(e, $-0.4999993, $0.33330464, $-0.24958019, $0.19692102, $-0.1534488, $0.10661128, $-0.05745723, $0.020086242, $-0.0032904686);
    return fma(e * e, q, e);
}
FN float softplus(float x) {
    float positive = x < $0 ? $0 : x;
    return positive + log1p_unit(exp_nonpositive(-abs(x)));
}
FN Power gate_parts(float hi, float lo) {
    bool low = hi < $-60;
    Power e = exp_parts(-hi, -lo, low ? rounder(-64) : rounder(0));
    return {e.p, e.w, low ? pow2(-64) : $1};
}
FN float gated(float x, float hi, float lo) {
    Power e = gate_parts(hi, lo);
    return (x * e.one) / (e.w + fma(e.p, e.w, e.one));
}
FN float gated_grad(float z, float hi, float lo) {
    Power e = gate_parts(hi, lo);
    float reciprocal = inverse(e.w + fma(e.p, e.w, e.one));
    float rest = hi < $0 ? $1 - e.one * reciprocal : fma(e.p, e.w, e.w) * reciprocal;
    return (e.one * fma(z, rest, $1)) * reciprocal;
}
FN float silu(float x) {
    x = x < $-110 ? $-110 : x;
    return gated(x, x > $80 ? $80 : x, $0);
}
FN float silu_grad(float x) {
    x = x < $-110 ? $-110 : x;
    x = x > $80 ? $80 : x;
    return gated_grad(x, x, $0);
}
#define LINEAR $1.5957699
#define LINEAR_LO $-7.605964e-7
#define CUBIC $0.071354814
#define CUBIC_LO $2.3988325e-9
FN Pair gelu_tanh_argument(float x) {
    float square = x * x;
    float square_lo = fma(x, x, -square);
    float s = fma(CUBIC, square, LINEAR);
    float rest = fma(CUBIC, square, LINEAR - s) + LINEAR_LO;
    float s_lo = fma(CUBIC, square_lo, fma(CUBIC_LO, square, rest));
    float hi = x * s;
    return {hi, fma(x, s_lo, fma(x, s, -hi))};
}
FN float gelu_tanh(float x) {
    x = x < $-11.5 ? $-11.5 : x;
    Pair v = gelu_tanh_argument(x > $8 ? $8 : x);
    return gated(x, v.hi, v.lo);
}
FN float gelu_tanh_grad(float x) {
    x = x < $-11.5 ? $-11.5 : x;
    x = x > $8 ? $8 : x;
    Pair v = gelu_tanh_argument(x);
    float slope = fma($3 * CUBIC, x * x, LINEAR + LINEAR_LO);
    return gated_grad(x * slope, v.hi, v.lo);
}
FN Power mish_parts(float x) {
    bool low = x < $-60;
    float one = low ? pow2(-64) : $1;
    Power a = exp_parts(x > $20 ? $20 : x, $0, low ? rounder(64) : rounder(0));
    float e = fma(a.p, a.w, a.w);
    float s = fma(e, one, $2);
    float s_lo = fma(e, one, $2 - s);
    return {e, s * a.w + fma(s * a.w, a.p, s_lo * e), one};
}
FN float mish(float x) {
    x = x < $-110 ? $-110 : x;
    Power a = mish_parts(x);
    return (x * a.one) * quotient(a.w, fma(a.w, a.one, $2));
}
FN float mish_grad(float x) {
    x = x < $-110 ? $-110 : x;
    Power a = mish_parts(x);
    float e = a.p, n = a.w, one = a.one;
    x = x > $20 ? $20 : x;
    float plain = e * one;
    float d = fma(n, one, $2);
    float d_lo = fma(n, one, $2 - d);
    float reciprocal = inverse(d);
    float rest = fma(-reciprocal, d_lo, fma(-reciprocal, d, $1));
    reciprocal = fma(reciprocal, rest, reciprocal);
    float first = e * reciprocal;
    float second = fma($4 * x, plain, $4 * x);
    float right = fma(first * second, reciprocal, fma($-2, reciprocal, $1));
    float left = first * fma(second, reciprocal, plain + $2) * one;
    return x > $0 ? right : left;
}
