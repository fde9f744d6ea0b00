typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#define INFINITE __uint_as_float(0x7f800000u)
#define UNDEFINED __uint_as_float(0x7fc00000u)
struct Pair { real hi, lo; };
// The power e^.. is (1 + p)·w, or (1 + p)·w/one.
struct Power { real p, w, one; };
struct Reduced { real r, r_lo, w; };
struct Angle { float r; u32 n; };
