#pragma once
// Lists of arrays that one call works on, such as all parameters of a model.

#include <algorithm>
#include <vector>

#include "vector/common.h"

namespace onebit {

/// A list of Float32Arrays.
using FloatArrays = std::vector<Span<float>>;

/// The list of Float32Arrays at argument `i`.
FloatArrays float_arrays(const Args& args, size_t i, const char* what);
/// The same, with one array for each of `like` and of its length.
FloatArrays float_arrays_like(const Args& args, size_t i, const char* what, const FloatArrays& like);

/// Calls fn(block, array, begin, end) for every piece of every array, where `block` numbers blocks of `grain` entries that go on across the ends
/// of arrays: most parameters of a model are far shorter than a block, and a call each would wake the threads for nothing. The pieces of a block
/// are visited in order by one thread.
template <typename Function>
void for_pieces(const FloatArrays& arrays, int64_t grain, const Function& fn) {
  std::vector<int64_t> ends;
  int64_t total = 0;
  for (const Span<float>& array : arrays) ends.push_back(total += static_cast<int64_t>(array.size));
  parallel_for(total, grain, [&](int64_t begin, int64_t end) {
    const int64_t block = begin / grain;
    auto k = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), begin) - ends.begin());
    for (; begin < end; k++) {
      const int64_t first = k == 0 ? 0 : ends[k - 1], stop = std::min(end, ends[k]);
      fn(block, k, begin - first, stop - first);
      begin = stop;
    }
  });
}

}  // namespace onebit
