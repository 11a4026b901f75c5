#pragma once
// Shared by the bindings of the vector kernels: shapes, block sizes, names of operations.

#include <cstring>
#include <vector>

#include "napi_args.h"
#include "thread_pool.h"
#include "vector/kernels.h"

namespace onebit {

constexpr size_t kMaxRank = 6;
constexpr int64_t kMaxElements = int64_t{1} << 40;
/// Elements per block: a few microseconds of memory traffic, so that smaller arrays never wake another thread.
constexpr int64_t kGrain = 32768;
/// For functions that calculate longer per element than they wait for memory (exp, log ...).
constexpr int64_t kMathGrain = 8192;

using Dims = std::vector<int64_t>;

/// A shape argument; throws if it describes more than 2^40 elements.
Dims shape_argument(const Args& args, size_t i, const char* what);
int64_t element_count(const Dims& shape);
/// The array at `i` with the type of `like` and exactly `size` elements.
AnySpan tensor_like(const Args& args, size_t i, const char* what, const AnySpan& like, int64_t size);
const char* type_name(napi_typedarray_type type);

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
/// Rows of `width` elements per block.
inline int64_t row_grain(int64_t width, int64_t grain = kGrain) { return width >= grain ? 1 : grain / (width < 1 ? 1 : width); }

/// After VectorSet::stream, before the block counts as done.
inline void finish_streaming() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

/// The entry called `name` of a table that ends with a null name; throws with the known names.
template <typename Entry>
const Entry& entry_named(const Args& args, const Entry* table, const std::string& name) {
  std::string known;
  for (const Entry* entry = table; entry->name; entry++) {
    if (name == entry->name) return *entry;
    known += known.empty() ? "" : ", ";
    known += entry->name;
  }
  args.fail("op must be one of %s, got %s", known.c_str(), name.c_str());
}

/// Index of `name` among `names`; throws with the known names.
template <size_t N>
int name_index(const Args& args, const char* what, const std::string& name, const char* const (&names)[N]) {
  std::string known;
  for (size_t k = 0; k < N; k++) {
    if (name == names[k]) return static_cast<int>(k);
    known += known.empty() ? "" : ", ";
    known += names[k];
  }
  args.fail("%s must be one of %s, got %s", what, known.c_str(), name.c_str());
}

/// One dimension of a copy: how many, and by how many elements source and destination advance (0: repeat, negative: backwards).
struct CopyDim {
  int64_t size, to, from;
};
/// Copies elements of `width` bytes (1 or 4) between strided arrays; the last dimension varies fastest. No two elements may share a destination.
void strided_copy(std::vector<CopyDim> dims, void* to, const void* from, size_t width);

}  // namespace onebit
