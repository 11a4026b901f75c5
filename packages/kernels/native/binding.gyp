{
  "targets": [
    {
      "target_name": "onebit_kernels",
      # A folder per area: register_<area> in <area>/<area>.cc, instruction sets in <area>/{scalar,avx2,avx512}.cc.
      "sources": [
        "binding.cc",
        "dispatch.cc",
        "thread_pool.cc",
        "<!@(node -p \"['conv','int8','binary','bits','signed','vector','peaks','memory'].flatMap((d) => require('fs').readdirSync(d).filter((f) => f.endsWith('.cc')).sort().map((f) => d + '/' + f)).join(' ')\")"
      ],
      "include_dirs": ["."],
      "defines": ["NAPI_VERSION=8"],
      # Exceptions stay inside the add-on (napi_args.h catches them at the border).
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "cflags!": ["-O2"],
      "cflags_cc": [
        "-std=gnu++17",
        "-O3",
        "-fexceptions",
        "-ffp-contract=fast",
        "-fvisibility=hidden",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-Wall",
        "-Wextra",
        # g++ 12 reports uninitialised values inside its own AVX-512 headers.
        "-Wno-maybe-uninitialized",
        "-Wno-uninitialized",
        # Vector types as template arguments or return values of static functions never cross a file.
        "-Wno-ignored-attributes",
        "-Wno-psabi"
      ],
      # The pool's threads outlive the worker that loaded the add-on, so it must never be unmapped.
      "ldflags": ["-Wl,-z,nodelete", "-Wl,-s"],
      "xcode_settings": {
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "CLANG_CXX_LANGUAGE_STANDARD": "gnu++17",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES"
      }
    }
  ]
}
