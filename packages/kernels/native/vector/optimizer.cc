// Parameter updates in place.
#include <cmath>
#include <limits>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

float clip_argument(const Args& args, size_t i) {
  const double clip = args.number(i, "clip");
  args.require(clip >= 0, "clip must be 0 (none) or positive, got %g", clip);
  return clip == 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(clip);
}

napi_value sgd_update(Args& args) {
  const Span<float> p = args.floats(0, "parameter"), g = args.floats(1, "gradient", p.size);
  const Span<float> velocity = args.is_nullish(2) ? Span<float>{} : args.floats(2, "velocity", p.size);
  SgdOptions options;
  options.rate = static_cast<float>(args.number(3, "rate"));
  options.momentum = static_cast<float>(args.number(4, "momentum"));
  options.nesterov = args.boolean(5, "nesterov");
  options.weight_decay = static_cast<float>(args.number(6, "weightDecay"));
  options.gradient_scale = static_cast<float>(args.number(7, "gradientScale"));
  options.clip = clip_argument(args, 8);
  args.require(velocity || options.momentum == 0.f, "velocity must be given when momentum is not 0");
  const VectorSet& set = vector_set();
  parallel_for(static_cast<int64_t>(p.size), kGrain, [&](int64_t begin, int64_t end) {
    set.sgd(p.data + begin, g.data + begin, velocity ? velocity.data + begin : nullptr, end - begin, options);
  });
  return nullptr;
}

napi_value adam_update(Args& args) {
  const Span<float> p = args.floats(0, "parameter"), g = args.floats(1, "gradient", p.size);
  const Span<float> m = args.floats(2, "m", p.size), v = args.floats(3, "v", p.size);
  const auto step = static_cast<double>(args.integer(4, "step", 1, int64_t{1} << 52));
  const double rate = args.number(5, "rate"), beta1 = args.number(6, "beta1"), beta2 = args.number(7, "beta2");
  const double epsilon = args.number(8, "epsilon"), decay = args.number(9, "weightDecay");
  const bool decoupled = args.boolean(10, "decoupled");
  args.require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "beta1 and beta2 must be in [0, 1), got %g and %g", beta1, beta2);
  AdamOptions options;
  options.beta1 = static_cast<float>(beta1), options.beta2 = static_cast<float>(beta2);
  options.rest1 = static_cast<float>(1 - beta1), options.rest2 = static_cast<float>(1 - beta2);
  options.step = static_cast<float>(rate / (1 - std::pow(beta1, step)));
  options.root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
  options.epsilon = static_cast<float>(epsilon);
  options.coupled_decay = decoupled ? 0.f : static_cast<float>(decay);
  options.keep = decoupled ? static_cast<float>(1 - rate * decay) : 1.f;
  options.gradient_scale = static_cast<float>(args.number(11, "gradientScale"));
  options.clip = clip_argument(args, 12);
  const VectorSet& set = vector_set();
  parallel_for(static_cast<int64_t>(p.size), kGrain / 2, [&](int64_t begin, int64_t end) {
    set.adam(p.data + begin, g.data + begin, m.data + begin, v.data + begin, end - begin, options);
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"sgdUpdate", sgd_update}, {"adamUpdate", adam_update}};

}  // namespace

void register_optimizer(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
