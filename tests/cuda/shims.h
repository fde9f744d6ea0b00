// What the functions of a CUDA text need of CUDA, for a C++ compiler on the CPU.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vector>

#define FN static inline

template <class To, class From> static inline To same_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "numbers of one size");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
static inline float __uint_as_float(unsigned bits) { return same_bits<float>(bits); }
static inline unsigned __float_as_uint(float x) { return same_bits<unsigned>(x); }
static inline double __longlong_as_double(long long bits) { return same_bits<double>(bits); }
static inline long long __double_as_longlong(double x) { return same_bits<long long>(x); }
static inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
// The device's own division begins with its estimate and takes the same steps, to the nearest number for any ordinary divisor.
static inline float reciprocal_estimate(float b) { return 1.0f / b; }

// Reads numbers from the first file; writes the values, then the slopes, to the second.
template <class Number> using Value = Number (*)(Number);
template <class Number> using Slope = void (*)(Number, Number*);
template <class Number> struct Function { Value<Number> value; Slope<Number> slope; };

template <class Number, int N> int run(const Function<Number> (&functions)[N], char** files) {
    FILE* in = fopen(files[1], "rb");
    FILE* out = fopen(files[2], "wb");
    if (!in || !out) return 1;
    std::vector<Number> x, y;
    Number number;
    while (fread(&number, sizeof number, 1, in) == 1) x.push_back(number);
    y.resize(x.size());
    for (const Function<Number>& f : functions) {
        for (size_t i = 0; i < x.size(); i++) y[i] = f.value(x[i]);
        fwrite(y.data(), sizeof(Number), y.size(), out);
        for (size_t i = 0; i < x.size(); i++) f.slope(x[i], &y[i]);
        fwrite(y.data(), sizeof(Number), y.size(), out);
    }
    return fclose(out);
}
