#define FN static __device__ __forceinline__
// The estimate that the device's own division begins with.
FN float reciprocal_estimate(float b) { float r; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(b)); return r; }
