// Entropy of chosen class probabilities.
#include <algorithm>
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// Chosen entries of softmax(logits): row, column, what the probability is divided by, weight of its term.
struct Picks {
  Span<float> logits;
  int64_t classes;
  Span<int32_t> rows, columns;
  Span<float> totals, weights;

  /// q of pick k; `probabilities` receives the softmax of its row.
  double quotient(const VectorSet& set, size_t k, float* probabilities) const {
    set.softmax(logits.data + rows[k] * classes, 1, classes, probabilities);
    return static_cast<double>(probabilities[columns[k]]) / static_cast<double>(totals[k]);
  }
};

Picks picks_argument(const Args& args) {
  Picks picks{};
  picks.logits = args.floats(0, "logits");
  picks.classes = args.integer(1, "classes", 1, int64_t{1} << 31);
  args.require(picks.logits.size % static_cast<size_t>(picks.classes) == 0, "the logits must be whole rows of %lld classes, got length %zu",
               static_cast<long long>(picks.classes), picks.logits.size);
  const auto rows = static_cast<int64_t>(picks.logits.size) / picks.classes;
  picks.rows = args.int32s(2, "rows");
  picks.columns = args.int32s(3, "columns", picks.rows.size);
  picks.totals = args.floats(4, "totals", picks.rows.size);
  picks.weights = args.floats(5, "weights", picks.rows.size);
  for (size_t k = 0; k < picks.rows.size; k++) {
    args.require(picks.rows[k] >= 0 && picks.rows[k] < rows, "rows must be in [0, %lld), got %d", static_cast<long long>(rows), picks.rows[k]);
    args.require(picks.columns[k] >= 0 && picks.columns[k] < picks.classes, "columns must be in [0, %lld), got %d",
                 static_cast<long long>(picks.classes), picks.columns[k]);
  }
  return picks;
}

napi_value picked_entropy(Args& args) {
  const Picks picks = picks_argument(args);
  const VectorSet& set = vector_set();
  const auto count = static_cast<int64_t>(picks.rows.size);
  const int64_t grain = row_grain(picks.classes, kMathGrain);
  std::vector<double> partial(static_cast<size_t>(ceil_div(count, grain)));
  parallel_for(count, grain, [&](int64_t begin, int64_t end) {
    std::vector<float> probabilities(static_cast<size_t>(picks.classes));
    double sum = 0;
    for (int64_t k = begin; k < end; k++) {
      const double q = picks.quotient(set, static_cast<size_t>(k), probabilities.data());
      sum += static_cast<double>(picks.weights[static_cast<size_t>(k)]) * q * std::log(q);
    }
    partial[static_cast<size_t>(begin / grain)] = sum;
  });
  double total = 0;
  for (const double sum : partial) total += sum;
  return args.make_number(total);
}

napi_value picked_entropy_gradient(Args& args) {
  const Picks picks = picks_argument(args);
  const double dy = args.number(6, "dy");
  const Span<float> dx = args.floats(7, "dlogits", picks.logits.size);
  const VectorSet& set = vector_set();
  std::fill(dx.data, dx.data + dx.size, 0.f);
  std::vector<float> probabilities(static_cast<size_t>(picks.classes));
  // One thread: a row may be picked several times, and there are few picks.
  for (size_t k = 0; k < picks.rows.size; k++) {
    const double q = picks.quotient(set, k, probabilities.data());
    const auto g = static_cast<float>(dy * static_cast<double>(picks.weights[k]) * (std::log(q) + 1) * q);
    float* row = dx.data + picks.rows[k] * picks.classes;
    for (int64_t c = 0; c < picks.classes; c++) row[c] -= g * probabilities[static_cast<size_t>(c)];
    row[picks.columns[k]] += g;
  }
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"pickedEntropy", picked_entropy}, {"pickedEntropyGradient", picked_entropy_gradient}};

}  // namespace

void register_entropy(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
