// What f16 and bf16 have in common: eight in 16 bytes.
typedef u16 T;
#define LANES 8
FN real load(T v);
FN u32 pair(real low, real high);
FN void unpack(uint4 v, real* f) {
    const u32 words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int k = 0; k < 4; k++) { f[2 * k] = load((T)(words[k] & 0xffffu)); f[2 * k + 1] = load((T)(words[k] >> 16)); }
}
FN uint4 pack(const real* f) { return make_uint4(pair(f[0], f[1]), pair(f[2], f[3]), pair(f[4], f[5]), pair(f[6], f[7])); }
