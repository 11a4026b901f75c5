// Softmax and cross-entropy over rows.
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

constexpr FunctionEntry kFunctions[] = {
    {"softmax", softmax<false>},
    {"logSoftmax", softmax<true>},
    {"softmaxCrossEntropy", cross_entropy},
    {"softmaxCrossEntropyGradient", cross_entropy_gradient},
};

}  // namespace

void register_loss(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
