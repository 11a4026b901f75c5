#include "vector/reduce_plan.h"

namespace onebit {
namespace {

struct Axis {
  int64_t size, stride;
  bool reduced;
};

/// Contiguous dimensions without those of size 1, neighbours of one kind joined.
std::vector<Axis> joined_axes(const Dims& shape, const std::vector<bool>& reduced) {
  std::vector<Axis> result;
  for (size_t k = 0; k < shape.size(); k++) {
    if (shape[k] == 1) continue;
    if (!result.empty() && result.back().reduced == reduced[k]) {
      result.back().size *= shape[k];
    } else {
      result.push_back({shape[k], 1, reduced[k]});
    }
  }
  for (size_t k = result.size(); k-- > 1;) result[k - 1].stride = result[k].stride * result[k].size;
  return result;
}

void move_kept_to_front(const std::vector<Axis>& axes, const AnySpan& x, ReducePlan& plan) {
  std::vector<CopyDim> dims;
  for (const bool reduced : {false, true}) {
    for (const Axis& axis : axes) {
      if (axis.reduced == reduced) dims.push_back({axis.size, 0, axis.stride});
    }
  }
  int64_t stride = 1;
  for (size_t k = dims.size(); k-- > 0;) {
    dims[k].to = stride;
    stride *= dims[k].size;
  }
  plan.moved.resize(x.width() == 4 ? x.size : x.size / 4 + 1);
  strided_copy(dims, plan.moved.data(), x.data, x.width());
  plan.x = plan.moved.data();
  for (const Axis& axis : axes) (axis.reduced ? plan.count : plan.outer) *= axis.size;
}

}  // namespace

ReducePlan make_reduce_plan(const Args& args, const AnySpan& x, const Dims& shape, const Dims& axes) {
  std::vector<bool> reduced(shape.size(), false);
  for (const int64_t axis : axes) {
    const auto k = static_cast<size_t>(axis);
    args.require(k < shape.size() && !reduced[k], "axes must be different dimensions of x, got %lld", static_cast<long long>(axis));
    reduced[k] = true;
  }
  ReducePlan plan;
  plan.x = x.data;
  if (x.size == 0) {
    for (size_t k = 0; k < shape.size(); k++) (reduced[k] ? plan.count : plan.outer) *= shape[k];
    return plan;
  }
  const std::vector<Axis> joined = joined_axes(shape, reduced);
  size_t first = 0;
  while (first < joined.size() && !joined[first].reduced) first++;
  if (joined.size() > first + 2) {
    move_kept_to_front(joined, x, plan);
    return plan;
  }
  for (size_t k = 0; k < joined.size(); k++) {
    int64_t& target = k < first ? plan.outer : (k == first ? plan.count : plan.inner);
    target *= joined[k].size;
  }
  return plan;
}

}  // namespace onebit
