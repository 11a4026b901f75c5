// The functions of this area that JavaScript sees.
#include "napi_args.h"
#include "slab.h"

namespace onebit {
namespace {

/// Called when the last view of a slab is gone or it was detached. The hint is its size, as no object lives that long for it.
void finalize_slab(napi_env, void* data, void* bytes) { unmap_slab(data, reinterpret_cast<size_t>(bytes)); }

/// allocateSlab(bytes): a new ArrayBuffer; undefined where the system has no memory or JavaScript may not hold memory from outside.
napi_value allocate_slab(Args& args) {
  const auto bytes = static_cast<size_t>(args.integer(0, "bytes", kLargePage, int64_t{1} << 40));
  args.require(bytes % kLargePage == 0, "bytes must be a multiple of %zu, got %zu", kLargePage, bytes);
  void* data = map_slab(bytes);
  if (data == nullptr) return nullptr;
  napi_value buffer = args.make_external_buffer(data, bytes, finalize_slab, reinterpret_cast<void*>(bytes));
  if (buffer == nullptr) unmap_slab(data, bytes);
  return buffer;
}

/// discardPages(array): the content of its whole pages is lost.
napi_value discard(Args& args) {
  const Span<uint8_t> array = args.uint8s(0, "array");
  discard_pages(array.data, array.size);
  return nullptr;
}

/// releaseBuffer(buffer): every view of it becomes empty, and its memory goes back to the system in one of the next turns of the event loop.
napi_value release_buffer(Args& args) {
  args.detach(0, "buffer");
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"allocateSlab", allocate_slab},
    {"discardPages", discard},
    {"releaseBuffer", release_buffer},
};

}  // namespace

void register_memory(napi_env env, napi_value exports) {
  return_freed_memory();
  define_functions(env, exports, kFunctions);
}

}  // namespace onebit
