#!/usr/bin/env bash
# Runs `actsmith`, built elsewhere with the feature `cuda`, on a machine that has a GPU and CUDA's libraries in Python packages:
#     .ci/gpu-check.sh PATH_OF_ACTSMITH gpu-check
#     .ci/gpu-check.sh PATH_OF_ACTSMITH bench activations --device cuda:0 --sizes 67108864
# The folders of NVRTC, cuBLAS and cuRAND are found beside the Python in use, or those of a toolkit in /usr/local/cuda.
set -euo pipefail
program=$1
shift
folders=$(python3 - <<'PYTHON' 2>/dev/null || true
import glob, os, site, sys, sysconfig
roots = set(site.getsitepackages() + [site.getusersitepackages(), sysconfig.get_paths()["purelib"]] + sys.path)
found = []
for root in sorted(roots):
    for folder in sorted(glob.glob(os.path.join(root, "nvidia", "*", "lib"))):
        if any(glob.glob(os.path.join(folder, f"lib{name}.so*")) for name in ("nvrtc", "cublas", "curand", "cudart")):
            found.append(folder)
print(":".join(dict.fromkeys(found)))
PYTHON
)
for folder in /usr/local/cuda/lib64 /usr/local/cuda/targets/x86_64-linux/lib; do
    if [ -d "$folder" ]; then folders=${folders:+$folders:}$folder; fi
done
export LD_LIBRARY_PATH=$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if missing=$(ldd "$program" | grep 'not found'); then
    echo "error: libraries are missing; searched $folders" >&2
    echo "$missing" >&2
    exit 1
fi
exec "$program" "$@"
