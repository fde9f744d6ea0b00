// Before compute capability 8.0 there is no conversion to bf16; the integers round to nearest, ties to even, as it does.
FN real load(T v) { return __uint_as_float((u32)v << 16); }
#if __CUDA_ARCH__ >= 800
FN T store(real v) { T h; asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(h) : "f"(v)); return h; }
FN u32 pair(real low, real high) { u32 w; asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(w) : "f"(high), "f"(low)); return w; }
#else
FN T store(real v) {
    u32 b = __float_as_uint(v);
    u32 rounded = (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
    return (T)((b & 0x7fffffffu) > 0x7f800000u ? (b >> 16) | 0x40u : rounded);
}
FN u32 pair(real low, real high) { return (u32)store(low) | (u32)store(high) << 16; }
#endif
