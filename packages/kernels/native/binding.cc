// Module init. To add a function:
//  1. write `napi_value my_kernel(Args& args)` in <area>/<file>.cc; read every argument through Args (napi_args.h), which checks types and
//     throws; check each array's length with `args.require(...)` before touching it; return nullptr for undefined;
//  2. list it as `{"myKernel", my_kernel}` in the table of register_<area>;
//  3. add the typed declaration in src/native/<area>.ts.
// Per instruction set: a table of function pointers per KernelSet, chosen with `kernel_set()` (dispatch.h) at each call. The files that hold
// AVX code include the standard headers first, then `#pragma GCC push_options` + `#pragma GCC target(...)`, then the kernels.
// New .cc files inside an area's folder are compiled without being listed.
#include "dispatch.h"
#include "napi_args.h"
#include "thread_pool.h"

namespace onebit {

void register_conv(napi_env env, napi_value exports);
void register_int8(napi_env env, napi_value exports);
void register_binary(napi_env env, napi_value exports);
void register_bits(napi_env env, napi_value exports);
void register_signed(napi_env env, napi_value exports);
void register_vector(napi_env env, napi_value exports);
void register_peaks(napi_env env, napi_value exports);
void register_memory(napi_env env, napi_value exports);

namespace {

/// supportedKernelSets(): names of the sets this CPU and OS can run, best first.
napi_value supported_kernel_sets(Args& args) {
  napi_value list = args.make_array();
  uint32_t index = 0;
  for (int i = kKernelSetCount - 1; i >= 0; i--) {
    const auto set = static_cast<KernelSet>(i);
    if (supported(set)) args.append(list, index++, args.make_text(kernel_set_name(set)));
  }
  return list;
}

/// selectKernelSet(name)
napi_value select_kernel_set(Args& args) {
  const std::string name = args.text(0, "name");
  for (int i = 0; i < kKernelSetCount; i++) {
    const auto set = static_cast<KernelSet>(i);
    if (name != kernel_set_name(set)) continue;
    args.require(supported(set), "the CPU must support %s", name.c_str());
    set_kernel_set(set);
    return nullptr;
  }
  args.fail("name must be a kernel set, got %s", name.c_str());
}

/// setThreads(count): 1 to 256.
napi_value set_threads(Args& args) {
  set_thread_count(static_cast<int>(args.integer(0, "threads", 1, 256)));
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"supportedKernelSets", supported_kernel_sets},
    {"selectKernelSet", select_kernel_set},
    {"setThreads", set_threads},
};

napi_value init(napi_env env, napi_value exports) {
  define_functions(env, exports, kFunctions);
  register_conv(env, exports);
  register_int8(env, exports);
  register_binary(env, exports);
  register_bits(env, exports);
  register_signed(env, exports);
  register_vector(env, exports);
  register_peaks(env, exports);
  register_memory(env, exports);
  return exports;
}

}  // namespace
}  // namespace onebit

NAPI_MODULE(onebit_kernels, onebit::init)
