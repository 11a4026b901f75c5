// What a detector does with boxes outside of tensors: matching with truths, ranking by score, suppression.
#include <algorithm>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// Boxes column by column, with their areas.
class Columns {
 public:
  Columns(const float* corners, int64_t count) : values_(static_cast<size_t>(5 * count)), count_(count) {
    for (int64_t i = 0; i < count; i++, corners += 4) {
      for (int64_t k = 0; k < 4; k++) column(k)[i] = corners[k];
      column(4)[i] = (corners[2] - corners[0]) * (corners[3] - corners[1]);
    }
  }
  BoxColumns view() { return {column(0), column(1), column(2), column(3), column(4)}; }

 private:
  float* column(int64_t k) { return values_.data() + k * count_; }
  std::vector<float> values_;
  int64_t count_;
};

/// Where each of consecutive groups ends; throws unless the ends ascend to `total`.
Span<int32_t> ends_argument(const Args& args, size_t i, int64_t total) {
  const Span<int32_t> ends = args.int32s(i, "ends");
  int64_t last = 0;
  for (size_t g = 0; g < ends.size; g++) {
    args.require(ends[g] >= last, "ends must ascend, got %d after %lld", ends[g], static_cast<long long>(last));
    last = ends[g];
  }
  args.require(last == total, "ends must close with the number of boxes %lld, got %lld", static_cast<long long>(total), static_cast<long long>(last));
  return ends;
}

int64_t start_of(const Span<int32_t>& ends, int64_t group) { return group == 0 ? 0 : ends[static_cast<size_t>(group) - 1]; }

Span<float> boxes_argument(const Args& args, size_t i, const char* what) {
  const Span<float> boxes = args.floats(i, what);
  args.require(boxes.size % 4 == 0, "%s must be rows of 4 corners, got length %zu", what, boxes.size);
  args.require(boxes.size / 4 <= 2147483647, "%s must be at most 2147483647 boxes", what);
  return boxes;
}

napi_value match_priors(Args& args) {
  const Span<float> truths = boxes_argument(args, 0, "truths"), priors = boxes_argument(args, 2, "priors");
  const Span<int32_t> ends = ends_argument(args, 1, static_cast<int64_t>(truths.size / 4));
  const auto count = static_cast<int64_t>(priors.size / 4), images = static_cast<int64_t>(ends.size);
  const Span<int32_t> truth = args.int32s(3, "truth", static_cast<size_t>(images * count));
  const Span<float> overlap = args.floats(4, "overlap", static_cast<size_t>(images * count));
  const Span<int32_t> best_prior = args.int32s(5, "bestPrior", truths.size / 4);
  Columns prior_columns(priors.data, count);
  const BoxColumns p = prior_columns.view();
  const VectorSet& set = vector_set();
  parallel_for(images, 1, [&](int64_t image, int64_t) {
    const int64_t begin = start_of(ends, image), matched = ends[static_cast<size_t>(image)] - begin;
    Columns columns(truths.data + 4 * begin, matched);
    int32_t* owner = truth.data + image * count;
    float* best = overlap.data + image * count;
    std::fill(owner, owner + count, matched == 0 ? -1 : 0);
    std::fill(best, best + count, 0.f);
    std::fill(best_prior.data + begin, best_prior.data + begin + matched, 0);
    if (count == 0) return;
    std::vector<float> iou(static_cast<size_t>(count));
    int32_t* chosen = best_prior.data + begin;
    for (int64_t t = 0; t < matched; t++) {
      set.overlaps(columns.view(), t, p, 0, count, iou.data());
      set.keep_larger(iou.data(), static_cast<int32_t>(t), best, owner, count);
      chosen[t] = static_cast<int32_t>(set.first_largest(iou.data(), count));
    }
    for (int64_t t = 0; t < matched; t++) {
      owner[chosen[t]] = static_cast<int32_t>(t);
      best[chosen[t]] = 2.f;
    }
  });
  return nullptr;
}

napi_value best_above(Args& args) {
  struct Candidate {
    float score;
    int32_t row;
  };
  const Span<float> table = args.floats(0, "table");
  const int64_t columns = args.integer(1, "columns", 1, int64_t{1} << 31), rows = args.integer(2, "rows", 0, 2147483647);
  args.require(table.size % static_cast<size_t>(columns) == 0, "table must be whole rows of %lld columns, got length %zu",
               static_cast<long long>(columns), table.size);
  const auto total = static_cast<int64_t>(table.size) / columns;
  args.require(total <= 2147483647, "table must have at most 2147483647 rows");
  const Span<int32_t> starts = args.int32s(3, "starts"), picked = args.int32s(4, "picked", starts.size);
  const double threshold = args.number(5, "threshold");
  const int64_t limit = args.integer(6, "limit", 0, 2147483647);
  const auto groups = static_cast<int64_t>(starts.size);
  int64_t places = 0;
  args.require(!__builtin_mul_overflow(groups, limit, &places), "the sizes must not overflow");
  const Span<int32_t> best = args.int32s(7, "best", static_cast<size_t>(places)), found = args.int32s(9, "found", starts.size);
  const Span<float> scores = args.floats(8, "scores", static_cast<size_t>(places));
  for (size_t g = 0; g < starts.size; g++) {
    args.require(starts[g] >= 0 && starts[g] <= total - rows, "starts must leave %lld rows of %lld, got %d", static_cast<long long>(rows),
                 static_cast<long long>(total), starts[g]);
    args.require(picked[g] >= 0 && picked[g] < columns, "picked must be in [0, %lld), got %d", static_cast<long long>(columns), picked[g]);
  }
  parallel_for(groups, 1, [&](int64_t group, int64_t) {
    const auto g = static_cast<size_t>(group);
    std::vector<Candidate> candidates;
    for (int64_t row = starts[g]; row < starts[g] + rows; row++) {
      const float score = table.data[row * columns + picked[g]];
      if (static_cast<double>(score) > threshold) candidates.push_back({score, static_cast<int32_t>(row)});
    }
    const auto better = [](const Candidate& a, const Candidate& b) { return a.score > b.score || (a.score == b.score && a.row < b.row); };
    const int64_t kept = std::min(limit, static_cast<int64_t>(candidates.size()));
    std::partial_sort(candidates.begin(), candidates.begin() + kept, candidates.end(), better);
    for (int64_t k = 0; k < kept; k++) {
      best.data[group * limit + k] = candidates[static_cast<size_t>(k)].row;
      scores.data[group * limit + k] = candidates[static_cast<size_t>(k)].score;
    }
    found[g] = static_cast<int32_t>(kept);
  });
  return nullptr;
}

napi_value suppress(Args& args) {
  const Span<float> boxes = boxes_argument(args, 0, "boxes");
  const Span<int32_t> ends = ends_argument(args, 1, static_cast<int64_t>(boxes.size / 4));
  const double threshold = args.number(2, "iou");
  const Span<uint8_t> kept = args.uint8s(3, "kept", boxes.size / 4);
  const VectorSet& set = vector_set();
  parallel_for(static_cast<int64_t>(ends.size), 1, [&](int64_t group, int64_t) {
    const int64_t begin = start_of(ends, group), count = ends[static_cast<size_t>(group)] - begin;
    Columns columns(boxes.data + 4 * begin, count);
    std::vector<float> iou(static_cast<size_t>(count));
    uint8_t* keep = kept.data + begin;
    std::fill(keep, keep + count, 1);
    for (int64_t i = 0; i < count; i++) {
      if (keep[i] == 0) continue;
      const int64_t rest = count - i - 1;
      set.overlaps(columns.view(), i, columns.view(), i + 1, rest, iou.data());
      for (int64_t j = 0; j < rest; j++) keep[i + 1 + j] &= static_cast<double>(iou[static_cast<size_t>(j)]) <= threshold;
    }
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"matchPriors", match_priors}, {"bestAbove", best_above}, {"suppress", suppress}};

}  // namespace

void register_boxes(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
