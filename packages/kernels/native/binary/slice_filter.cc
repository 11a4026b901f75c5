#include "slice_filter.h"

#include <vector>

#include "binary_kernels.h"
#include "dispatch.h"
#include "filter_panels.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// Where zero words fill up the last chunk, at most this share of the work is for nothing: tiles run at about 0.7 of the speed.
constexpr double kMostPadding = 1.2;

/// Word p of `lanes` output channels from `column` on, out of the slivers of a group.
void read_word(const int32_t* slivers, int64_t depth, int64_t p, int64_t column, int64_t lanes, int32_t* word) {
  const int64_t width = binary_kernels().width;
  for (int64_t o = 0; o < lanes; o += width) {
    const int32_t* const at = slivers + (column + o) * depth + p * width;
    for (int64_t j = 0; j < width; j++) {
      int32_t value = at[j];
      // A running word holds all words before it too: those up to the last running one, and the one between.
      if (is_running(p, depth) && p >= 1) value ^= at[j - width];
      if (is_running(p, depth) && p >= 2) value ^= at[j - 2 * width];
      word[o + j] = value;
    }
  }
}

}  // namespace

const SliceKernels& slice_kernels() {
  static const SliceKernels none{};
  const KernelSet set = kernel_set();
  return set == KernelSet::kAvx512 || set == KernelSet::kAvx512Popcnt ? slice_avx512() : none;
}

SlicePlan::SlicePlan(const Conv2dGeometry& g) : lanes(slice_kernels().lanes), blocks(0), chunks(0), bits(slice_bits(0)) {
  const int64_t depth = g.kernel_height * g.kernel_width * words_for(g.group_in());
  const int64_t needed = (depth + 2) / 3;
  const bool worthwhile = static_cast<double>(3 * needed) <= kMostPadding * static_cast<double>(depth);
  if (lanes == 0 || g.group_out() < lanes || slice_bits(needed) > kSliceMaxBits || !worthwhile) return;
  blocks = g.group_out() / lanes;
  chunks = needed;
  bits = slice_bits(needed);
}

void prepare_slices(const Conv2dGeometry& g, const int32_t* prepared, int32_t* tables) {
  const SlicePlan plan(g);
  const SliceKernels& kernels = slice_kernels();
  const int64_t depth = g.kernel_height * g.kernel_width * words_for(g.group_in());
  parallel_for(g.groups * plan.blocks * plan.chunks, 1, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> words(static_cast<size_t>(3 * plan.lanes));
    const int32_t* const rows[3] = {words.data(), words.data() + plan.lanes, words.data() + 2 * plan.lanes};
    for (int64_t i = begin; i < end; i++) {
      const int64_t chunk = i % plan.chunks, block = i / plan.chunks % plan.blocks, group = i / plan.chunks / plan.blocks;
      for (int64_t w = 0; w < 3; w++) {
        int32_t* const word = words.data() + w * plan.lanes;
        if (3 * chunk + w < depth) {
          read_word(prepared + group * group_words(g), depth, 3 * chunk + w, block * plan.lanes, plan.lanes, word);
        } else {
          for (int64_t o = 0; o < plan.lanes; o++) word[o] = 0;
        }
      }
      const uint8_t* const table = plan.tables(tables, group, block) + chunk * slice_table_bytes(plan.lanes);
      kernels.prepare(rows, const_cast<uint8_t*>(table));
    }
  });
}

}  // namespace onebit
