typedef double T;
#define LANES 2
FN real load(T v) { return v; }
FN T store(real v) { return v; }
FN double joined(u32 low, u32 high) { return __longlong_as_double((long long)((u64)high << 32 | low)); }
FN void unpack(uint4 v, real* f) {
    f[0] = joined(v.x, v.y); f[1] = joined(v.z, v.w);
}
FN uint4 pack(const real* f) {
    u64 a = (u64)__double_as_longlong(f[0]), b = (u64)__double_as_longlong(f[1]);
    return make_uint4((u32)a, (u32)(a >> 32), (u32)b, (u32)(b >> 32));
}
