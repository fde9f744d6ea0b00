typedef float T;
#define LANES 4
FN real load(T v) { return v; }
FN T store(real v) { return v; }
FN void unpack(uint4 v, real* f) {
    f[0] = __uint_as_float(v.x); f[1] = __uint_as_float(v.y); f[2] = __uint_as_float(v.z); f[3] = __uint_as_float(v.w);
}
FN uint4 pack(const real* f) {
    return make_uint4(__float_as_uint(f[0]), __float_as_uint(f[1]), __float_as_uint(f[2]), __float_as_uint(f[3]));
}
