// The functions of this area that JavaScript sees.
#include "peaks.h"

#include "napi_args.h"

namespace onebit {
namespace {

/// measurePeak(name, milliseconds): operations per second; 0 where the kernel set in use has no such instructions.
napi_value measure(Args& args) {
  const std::string name = args.text(0, "name");
  const int64_t milliseconds = args.integer(1, "milliseconds", 1, 10000);
  const Peak* peak = find_peak(name.c_str());
  return args.make_number(peak == nullptr ? 0 : measure_peak(*peak, static_cast<double>(milliseconds)));
}

/// threadMs(): time that this thread has computed.
napi_value thread_ms(Args& args) { return args.make_number(thread_milliseconds()); }

/// pinThread(pinned): whether the system did it.
napi_value pin(Args& args) { return args.make_boolean(pin_thread(args.boolean(0, "pinned"))); }

constexpr FunctionEntry kFunctions[] = {
    {"measurePeak", measure},
    {"threadMs", thread_ms},
    {"pinThread", pin},
};

}  // namespace

void register_peaks(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
