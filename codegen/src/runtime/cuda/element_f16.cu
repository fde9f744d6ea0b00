FN real load(T v) { real f; asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(v)); return f; }
FN T store(real v) { T h; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(v)); return h; }
FN u32 pair(real low, real high) { return (u32)store(low) | (u32)store(high) << 16; }
