// Parameter updates in place, all parameters of a model in one call.
#include <cmath>
#include <limits>

#include "vector/array_list.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// The numbers that belong to each parameter, `count` of them, one row per parameter.
Span<double> settings_argument(const Args& args, size_t i, size_t parameters, size_t count) {
  const Span<double> settings = args.float64s_or_nothing(i);
  args.require(settings.size == parameters * count, "settings must be a Float64Array of length %zu (%zu for each parameter), got length %zu",
               parameters * count, count, settings.size);
  return settings;
}

float clip_of(const Args& args, double clip) {
  args.require(clip >= 0, "clip must be 0 (none) or positive, got %g", clip);
  return clip == 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(clip);
}

napi_value sgd_update(Args& args) {
  enum { kRate, kDecay, kClip, kSettings };
  const FloatArrays p = float_arrays(args, 0, "parameters"), g = float_arrays_like(args, 1, "gradients", p);
  const double momentum = args.number(4, "momentum");
  const bool moves = momentum != 0;
  const FloatArrays velocities = moves ? float_arrays_like(args, 2, "velocities", p) : FloatArrays{};
  const Span<double> settings = settings_argument(args, 3, p.size(), kSettings);
  SgdOptions common{};
  common.momentum = static_cast<float>(momentum);
  common.nesterov = args.boolean(5, "nesterov");
  common.gradient_scale = static_cast<float>(args.number(6, "gradientScale"));
  std::vector<SgdOptions> options(p.size(), common);
  for (size_t k = 0; k < p.size(); k++) {
    const double* own = settings.data + k * kSettings;
    options[k].rate = static_cast<float>(own[kRate]);
    options[k].weight_decay = static_cast<float>(own[kDecay]);
    options[k].clip = clip_of(args, own[kClip]);
  }
  const VectorSet& set = vector_set();
  for_pieces(p, kGrain, [&](int64_t, size_t k, int64_t begin, int64_t end) {
    set.sgd(p[k].data + begin, g[k].data + begin, moves ? velocities[k].data + begin : nullptr, end - begin, options[k]);
  });
  return nullptr;
}

napi_value adam_update(Args& args) {
  enum { kRate, kDecay, kClip, kStep, kSettings };
  const FloatArrays p = float_arrays(args, 0, "parameters"), g = float_arrays_like(args, 1, "gradients", p);
  const FloatArrays m = float_arrays_like(args, 2, "firstMoments", p), v = float_arrays_like(args, 3, "secondMoments", p);
  const Span<double> settings = settings_argument(args, 4, p.size(), kSettings);
  const double beta1 = args.number(5, "beta1"), beta2 = args.number(6, "beta2");
  args.require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "beta1 and beta2 must be in [0, 1), got %g and %g", beta1, beta2);
  const bool decoupled = args.boolean(8, "decoupled");
  AdamOptions common{};
  common.beta1 = static_cast<float>(beta1), common.beta2 = static_cast<float>(beta2);
  common.rest1 = static_cast<float>(1 - beta1), common.rest2 = static_cast<float>(1 - beta2);
  common.epsilon = static_cast<float>(args.number(7, "epsilon"));
  common.gradient_scale = static_cast<float>(args.number(9, "gradientScale"));
  std::vector<AdamOptions> options(p.size(), common);
  for (size_t k = 0; k < p.size(); k++) {
    const double* own = settings.data + k * kSettings;
    const double rate = own[kRate], decay = own[kDecay];
    const auto step = static_cast<double>(args.checked_integer(own[kStep], "step", 1, int64_t{1} << 52));
    options[k].step = static_cast<float>(rate / (1 - std::pow(beta1, step)));
    options[k].root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
    options[k].coupled_decay = decoupled ? 0.f : static_cast<float>(decay);
    options[k].keep = decoupled ? static_cast<float>(1 - rate * decay) : 1.f;
    options[k].clip = clip_of(args, own[kClip]);
  }
  const VectorSet& set = vector_set();
  for_pieces(p, kGrain / 2, [&](int64_t, size_t k, int64_t begin, int64_t end) {
    set.adam(p[k].data + begin, g[k].data + begin, m[k].data + begin, v[k].data + begin, end - begin, options[k]);
  });
  return nullptr;
}

napi_value average_update(Args& args) {
  const FloatArrays averages = float_arrays(args, 0, "averages"), values = float_arrays_like(args, 1, "values", averages);
  const auto amount = static_cast<float>(args.number(2, "amount"));
  const VectorSet& set = vector_set();
  for_pieces(averages, kGrain, [&](int64_t, size_t k, int64_t begin, int64_t end) {
    set.lerp(averages[k].data + begin, values[k].data + begin, amount, end - begin);
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"sgdUpdate", sgd_update}, {"adamUpdate", adam_update}, {"averageUpdate", average_update}};

}  // namespace

void register_optimizer(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
