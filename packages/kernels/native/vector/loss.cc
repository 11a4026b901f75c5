// Softmax and cross-entropy over rows.
#include <algorithm>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// Rows of `classes` values in an array of `size`.
int64_t rows_of(const Args& args, size_t size, int64_t classes) {
  args.require(size % static_cast<size_t>(classes) == 0, "the values must be whole rows of %lld classes, got length %zu",
               static_cast<long long>(classes), size);
  return static_cast<int64_t>(size) / classes;
}

int64_t classes_argument(const Args& args) { return args.integer(1, "classes", 1, int64_t{1} << 31); }

template <bool logarithm>
napi_value softmax(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const int64_t classes = classes_argument(args), rows = rows_of(args, x.size, classes);
  const Span<float> y = args.floats(2, "y", x.size);
  const VectorSet& set = vector_set();
  parallel_for(rows, row_grain(classes, kMathGrain), [&](int64_t begin, int64_t end) {
    (logarithm ? set.log_softmax : set.softmax)(x.data + begin * classes, end - begin, classes, y.data + begin * classes);
  });
  return nullptr;
}

void check_labels(const Args& args, const Span<int32_t>& labels, int64_t classes) {
  for (size_t i = 0; i < labels.size; i++) {
    args.require(labels[i] >= 0 && labels[i] < classes, "labels must be in [0, %lld), got %d at row %zu", static_cast<long long>(classes), labels[i], i);
  }
}

napi_value cross_entropy(Args& args) {
  const Span<float> x = args.floats(0, "logits");
  const int64_t classes = classes_argument(args), rows = rows_of(args, x.size, classes);
  const Span<int32_t> labels = args.int32s(2, "labels", static_cast<size_t>(rows));
  const Span<float> loss = args.floats(3, "loss", static_cast<size_t>(rows));
  check_labels(args, labels, classes);
  const VectorSet& set = vector_set();
  parallel_for(rows, row_grain(classes, kMathGrain), [&](int64_t begin, int64_t end) {
    set.cross_entropy(x.data + begin * classes, end - begin, classes, labels.data + begin, loss.data + begin);
  });
  return nullptr;
}

napi_value cross_entropy_gradient(Args& args) {
  const Span<float> x = args.floats(0, "logits");
  const int64_t classes = classes_argument(args), rows = rows_of(args, x.size, classes);
  const Span<int32_t> labels = args.int32s(2, "labels", static_cast<size_t>(rows));
  const Span<float> dloss = args.floats(3, "dloss", static_cast<size_t>(rows)), dx = args.floats(4, "dlogits", x.size);
  check_labels(args, labels, classes);
  const VectorSet& set = vector_set();
  parallel_for(rows, row_grain(classes, kMathGrain), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * classes;
    set.cross_entropy_gradient(x.data + at, end - begin, classes, labels.data + begin, dloss.data + begin, dx.data + at);
  });
  return nullptr;
}

/// Sorts ascending by falling loss, then by row: float bits grow with the value where positive and fall where negative.
uint64_t rank_of(float loss, int64_t row) {
  const float value = loss + 0.f;  // makes -0 equal to 0
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t falling = bits >> 31 ? bits : 0x7fffffffu - bits;
  return uint64_t{falling} << 32 | static_cast<uint32_t>(row);
}

/// Marks the positives of one image and the background rows with the largest losses; returns the sum of the marked losses.
double mine(const float* losses, const int32_t* labels, int64_t rows, double ratio, uint8_t* chosen) {
  std::vector<uint64_t> ranks;
  int64_t positives = 0;
  for (int64_t r = 0; r < rows; r++) {
    chosen[r] = labels[r] > 0;
    positives += chosen[r];
    ranks.push_back(rank_of(chosen[r] ? 0.f : losses[r], r));
  }
  if (positives > 0) {
    const auto negatives = static_cast<int64_t>(std::min(ratio * static_cast<double>(positives), static_cast<double>(rows - 1)));
    std::nth_element(ranks.begin(), ranks.begin() + negatives, ranks.end());
    for (int64_t k = 0; k < negatives; k++) chosen[static_cast<uint32_t>(ranks[static_cast<size_t>(k)])] = 1;
  }
  double sum = 0;
  for (int64_t r = 0; r < rows; r++) {
    if (chosen[r]) sum += static_cast<double>(losses[r]);
  }
  return sum;
}

napi_value mined_cross_entropy(Args& args) {
  const Span<float> x = args.floats(0, "logits");
  const int64_t classes = classes_argument(args), rows = rows_of(args, x.size, classes);
  const Span<int32_t> labels = args.int32s(2, "labels", static_cast<size_t>(rows));
  const int64_t images = args.integer(3, "images", 1, 2147483647);
  const double ratio = args.number(4, "ratio");
  const Span<uint8_t> chosen = args.uint8s(5, "chosen", static_cast<size_t>(rows));
  args.require(rows % images == 0 && rows / images <= 2147483647, "images must divide the rows %lld, got %lld", static_cast<long long>(rows),
               static_cast<long long>(images));
  args.require(ratio >= 0, "ratio must be 0 or more, got %g", ratio);
  check_labels(args, labels, classes);
  const VectorSet& set = vector_set();
  const int64_t each = rows / images;
  std::vector<double> sums(static_cast<size_t>(images));
  parallel_for(images, 1, [&](int64_t image, int64_t) {
    const int64_t first = image * each;
    std::vector<float> losses(static_cast<size_t>(each));
    set.cross_entropy(x.data + first * classes, each, classes, labels.data + first, losses.data());
    sums[static_cast<size_t>(image)] = mine(losses.data(), labels.data + first, each, ratio, chosen.data + first);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return args.make_number(total);
}

napi_value mined_cross_entropy_gradient(Args& args) {
  const Span<float> x = args.floats(0, "logits");
  const int64_t classes = classes_argument(args), rows = rows_of(args, x.size, classes);
  const Span<int32_t> labels = args.int32s(2, "labels", static_cast<size_t>(rows));
  const Span<uint8_t> chosen = args.uint8s(3, "chosen", static_cast<size_t>(rows));
  const auto dy = static_cast<float>(args.number(4, "dy"));
  const Span<float> dx = args.floats(5, "dlogits", x.size);
  check_labels(args, labels, classes);
  const VectorSet& set = vector_set();
  parallel_for(rows, row_grain(classes), [&](int64_t begin, int64_t end) {
    std::fill(dx.data + begin * classes, dx.data + end * classes, 0.f);
    for (int64_t r = begin; r < end; r++) {
      if (chosen[static_cast<size_t>(r)]) set.cross_entropy_gradient(x.data + r * classes, 1, classes, labels.data + r, &dy, dx.data + r * classes);
    }
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"minedCrossEntropy", mined_cross_entropy},
    {"minedCrossEntropyGradient", mined_cross_entropy_gradient},
    {"softmax", softmax<false>},
    {"logSoftmax", softmax<true>},
    {"softmaxCrossEntropy", cross_entropy},
    {"softmaxCrossEntropyGradient", cross_entropy_gradient},
};

}  // namespace

void register_loss(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
