// The f64 functions of `runtime/math/double.rs`, over the math library of CUDA where the CPU has the crate `libm`: results agree to a
// few ULP, and to the last bit where no library function is called.

FN double fma(double a, double b, double c) { return ::fma(a, b, c); }
FN double horner(double x, double c) { return c; }
template <class... Rest> FN double horner(double x, double c, Rest... rest) { return c + x * horner(x, rest...); }
FN double abs(double x) { return ::fabs(x); }
FN double sqrt(double x) { return ::sqrt(x) + $0.0; } // +0 of −0 too
FN double copysign(double x, double sign) { return ::copysign(x, sign); }
FN double exp(double x) { return ::exp(x); }
FN double expm1(double x) { return ::expm1(x); }
FN double ln(double x) { return ::log(x); }
FN double log1p(double x) { return ::log1p(x); }
FN double sin(double x) { return ::sin(x); }
FN double cos(double x) { return ::cos(x); }
FN double sinh(double x) { return ::sinh(x); }
FN double cosh(double x) { return ::cosh(x); }
FN double tanh(double x) { return ::tanh(x); }
FN double asinh(double x) { return ::asinh(x); }
FN double atan(double x) { return ::atan(x); }
FN double erf(double x) { return ::erf(x); }
FN double erfc(double x) { return ::erfc(x); }
FN double at_least(double lo, double x) { return x < lo ? lo : x; }
FN Pair sin_cos_pi(double x) {
    double turn = x >= $9007199254740992 ? $0 : ::fmod(x, $2);
    double n = ::rint(turn);
    double angle = $3.141592653589793 * (turn - n);
    double sign = n == $1 ? $-1 : $1;
    return {sign * sin(angle), sign * cos(angle)};
}
FN double sinc(double x) {
    double a = abs(x);
    return a < $1e-9 ? $1 : sin_cos_pi(a).hi / ($3.141592653589793 * a);
}
FN double sinc_grad(double x) {
    double a = abs(x);
    if (a < $0.5) {
        double u = ($3.141592653589793 * x) * ($3.141592653589793 * x);
        double term = $-1 / $3, sum = $0;
        for (int i = 1; i < 14; i++) {
            sum += term;
            double k = (double)i;
            term *= -u * (k + $1) / (k * ($2 * k + $2) * ($2 * k + $3));
        }
        return $3.141592653589793 * $3.141592653589793 * x * sum;
    }
    Pair turn = sin_cos_pi(a);
    return (turn.lo - turn.hi / ($3.141592653589793 * a)) / x;
}
FN double asinh_grad(double x) {
    double a = abs(x);
    return $1 / (a > $1e9 ? a : sqrt(fma(x, x, $1)));
}
FN double atan_grad(double x) { return abs(x) > $1e9 ? ($1 / x) * ($1 / x) : $1 / fma(x, x, $1); }
FN double exp_minus_square(double x, double c) {
    x = clamp(x, $-40, $40);
    double square = x * x;
    double rest = fma(x, x, -square);
    double e = exp(-c * square);
    return e - e * (c * rest);
}
FN double gaussian(double x) { return exp_minus_square(x, $1); }
FN double normal_pdf(double x) { return $0.3989422804014327 * exp_minus_square(x, $0.5); }
FN double normal_cdf(double x) {
    double minus_x = -clamp(x, $-40, $40);
    double z = minus_x * $0.7071067811865476;
    double rest = fma(minus_x, $0.7071067811865476, -z) + minus_x * $-4.833646656726457e-17;
    return $0.5 * (erfc(z) - $1.1283791670955126 * exp_minus_square(z, $1) * rest);
}
FN double gelu(double x) { return at_least($-40, x) * normal_cdf(x); }
FN double tanhshrink(double x) {
    double a = abs(x);
    double u = x * x;
    double near = x * u
        * horner(u, $0.3333333333333333, $-0.13333333333333092, $0.053968253968046734, $-0.021869488529139666,
            $0.008863235404740473, $-0.0035921266808628736, $0.0014558247011086044, $-0.0005899793318455953,
            $0.0002389571608699115, $-9.646300483966559e-05, $3.838995105720724e-05, $-1.4606501547329093e-05,
            $4.988038010927732e-06, $-1.379319388019725e-06, $2.633484612414485e-07, $-2.5160439266587867e-08);
    double far = copysign((a - $1) + $2 / (exp($2 * a) + $1), x);
    return a < $1 ? near : far;
}
FN double times_exp(double factor, double x) {
    double half = exp($0.5 * x);
    return factor * half * half;
}
#define TAIL $-700
FN double sigmoid(double x) {
    double e = exp(-abs(x));
    return (x < $0 ? e : $1) / ($1 + e);
}
FN double sigmoid_grad(double x) {
    double e = exp(-abs(x));
    return e / (($1 + e) * ($1 + e));
}
FN double tanh_grad(double x) {
    double minus = $-2 * abs(x);
    return minus < TAIL ? times_exp($4, minus) : $4 * sigmoid_grad(minus);
}
FN double softplus(double x) {
    double positive = x < $0 ? $0 : x;
    return positive + log1p(exp(-abs(x)));
}
FN double silu(double x) {
    x = at_least($-800, x);
    return x < TAIL ? times_exp(x, x) : x * sigmoid(x);
}
FN double gated_grad(double z, double v, double rest) {
    if (v < TAIL) return times_exp(($1 + z) * ($1 + rest), v);
    double s = sigmoid(v), c = sigmoid(-v);
    double shift = s * c * rest;
    return (s + shift) * ($1 + z * (c - shift));
}
FN double silu_grad(double x) {
    x = clamp(x, $-800, $800);
    return gated_grad(x, x, $0);
}
#define LINEAR $1.5957691216057308
#define LINEAR_REST $-9.96930880911092e-17
#define CUBIC $0.07135481627260025
#define CUBIC_REST $-6.175149918155315e-19
FN Pair gelu_tanh_argument(double x) {
    double square = x * x;
    double square_rest = fma(x, x, -square);
    double term = CUBIC * square;
    double term_rest = fma(CUBIC, square, -term) + CUBIC * square_rest + CUBIC_REST * square;
    double w = LINEAR + term;
    double from_term = w - LINEAR;
    double w_rest = (LINEAR - (w - from_term)) + (term - from_term) + term_rest + LINEAR_REST;
    double v = x * w;
    return {v, fma(x, w, -v) + x * w_rest};
}
FN double gelu_tanh(double x) {
    Pair v = gelu_tanh_argument(clamp(x, $-25, $25));
    x = at_least($-25, x);
    if (v.hi < TAIL) return times_exp(x * ($1 + v.lo), v.hi);
    double s = sigmoid(v.hi);
    return x * (s + s * ($1 - s) * v.lo);
}
FN double gelu_tanh_grad(double x) {
    x = clamp(x, $-25, $25);
    Pair v = gelu_tanh_argument(x);
    return gated_grad(x * fma($3 * CUBIC, x * x, LINEAR), v.hi, v.lo);
}
FN double mish(double x) {
    x = at_least($-800, x);
    // As f64::min, whose result is the other argument if one is NaN; a NaN comes through x.
    double e = exp(x < $40 ? x : $40);
    double product = e * (e + $2);
    if (x < TAIL) return times_exp(x, x);
    return x > $40 ? x : x * (product / (product + $2));
}
FN double mish_grad(double x) {
    x = clamp(x, $-800, $40);
    if (x < TAIL) return times_exp($1 + x, x);
    double e = exp(x);
    double d = e * (e + $2) + $2;
    return (e / d) * ((((e + $2) * d) + $4 * x * (e + $1)) / d);
}
