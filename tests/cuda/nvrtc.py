"""Compiles every CUDA text of a folder with NVRTC, for four compute capabilities in turn. NVRTC is that of this Python, of a toolkit, or
of a cache folder, into which pip installs it once; where it cannot be had, nothing is compiled."""

import ctypes
import glob
import os
import subprocess
import sys

PACKAGE = "nvidia-cuda-nvrtc==13.0.*"
OPTIONS = ["--std=c++17", "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true", "--disable-warnings"]
DEVICES = [75, 80, 90, 120]


def library():
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "actsmith", "nvrtc")
    patterns = [os.path.join(root, "nvidia", "*", "lib") for root in sys.path + [cache]] + ["/usr/local/cuda/lib64"]

    def find():
        for pattern in patterns:
            for path in sorted(glob.glob(os.path.join(pattern, "libnvrtc.so.1[3-9]"))):
                return path
        return None

    if find() is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", cache, PACKAGE]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    path = find()
    if path is None:
        return None
    # The library looks for this one by its bare name.
    for builtins in glob.glob(os.path.join(os.path.dirname(path), "libnvrtc-builtins.so*")):
        ctypes.CDLL(builtins, mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(path)


def errors(nvrtc, text, device):
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), None, 0, None, None)
    options = [f"--gpu-architecture=sm_{device}"] + OPTIONS
    array = (ctypes.c_char_p * len(options))(*[option.encode() for option in options])
    status = nvrtc.nvrtcCompileProgram(program, len(options), array)
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return log.value.decode() or f"status {status}" if status else None


def main():
    try:
        nvrtc = library()
    except (OSError, subprocess.SubprocessError) as error:
        nvrtc = print(f"no NVRTC: {error}")
    if nvrtc is None:
        print("skipped: NVRTC is not installed, and pip does not install it")
        return 0
    files = sorted(glob.glob(os.path.join(sys.argv[1], "*.cu")))
    for place, path in enumerate(files):
        with open(path) as file:
            text = file.read()
        found = errors(nvrtc, text, DEVICES[place % len(DEVICES)])
        if found:
            print(f"sm_{DEVICES[place % len(DEVICES)]}: {found}\n{text}")
            return 1
    print(f"{len(files)} texts compiled")
    return 0


sys.exit(main())
