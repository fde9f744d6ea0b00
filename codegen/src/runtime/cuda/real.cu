// The default methods of the runtime's `Real`, for f32 and f64 alike.

FN real clamp(real x, real lo, real hi) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
}
FN real sign(real x) {
    real nonpositive = x < $0 ? $-1 : x;
    return x > $0 ? $1 : nonpositive;
}
FN real min(real x, real o) { return (o < x) | (o != o) ? o : x; }
FN real max(real x, real o) { return (o > x) | (o != o) ? o : x; }
FN real powi(real x, int n) {
    real square = x, power = $1;
    u32 rest = n < 0 ? 0u - (u32)n : (u32)n;
    while (rest > 0u) {
        if (rest & 1u) power = power * square;
        rest >>= 1;
        if (rest > 0u) square = square * square;
    }
    return n < 0 ? $1 / power : power;
}
FN real square(real x) { return x * x; }
FN real cube(real x) { return x * x * x; }
FN real relu(real x) { return x < $0 ? $0 : x; }
FN real min0(real x) { return x > $0 ? $0 : x; }
FN real relu6(real x) { return clamp(x, $0, $6); }
FN real prelu(real x, real slope) { return x > $0 ? x : slope * x; }
FN real leaky_relu(real x) { return prelu(x, $0.01); }
FN real rrelu(real x) { return prelu(x, $0.22916666666666666); }
FN real threshold(real x, real threshold, real value) { return x <= threshold ? value : x; }
FN real hardtanh(real x) { return clamp(x, $-1, $1); }
FN real hardshrink(real x) { return abs(x) <= $0.5 ? $0 : x; }
FN real softshrink(real x) { return x - clamp(x, $-0.5, $0.5); }
FN real hardsigmoid(real x) { return relu6(x + $3) / $6; }
FN real hardswish(real x) { return max(x, $-3) * hardsigmoid(x); }
FN real softsign(real x) {
    x = clamp(x, $-1e30, $1e30);
    return x / ($1 + abs(x));
}
FN real softsign_grad(real x) {
    real reciprocal = $1 / ($1 + abs(x));
    return reciprocal * reciprocal;
}
FN real log_sigmoid(real x) { return -softplus(-x); }
FN real elu(real x) { return x > $0 ? x : expm1(x); }
FN real elu_with(real x, real alpha) { return x > $0 ? x : alpha * expm1(x); }
FN real celu(real x, real alpha) {
    alpha = alpha + $0;
    real reciprocal = $1 / alpha;
    return x >= $0 ? x : alpha * expm1(x * reciprocal);
}
FN real selu(real x) {
    real positive = x * $1.0507009873554805;
    return x > $0 ? positive : expm1(x) * $1.7580993408473769;
}
