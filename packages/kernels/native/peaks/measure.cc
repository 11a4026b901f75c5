#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <vector>

#include "peaks.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace onebit {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const Peak& peak, int64_t rounds) {
  const auto start = Clock::now();
  peak.run(rounds);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool usable(const Peak& peak) {
  if (!supported(peak.set) || peak.set > kernel_set()) return false;
  return std::strcmp(peak.name, "bf16-dot") != 0 || has_avx512_bf16();
}

}  // namespace

const Peak* find_peak(const char* name) {
  const Peak* best = nullptr;
  for (const PeakList& list : {peaks_portable(), peaks_x86(), peaks_neon()}) {
    for (int i = 0; i < list.count; i++) {
      const Peak& peak = list.entries[i];
      if (std::strcmp(peak.name, name) != 0 || !usable(peak)) continue;
      if (best == nullptr || peak.set > best->set) best = &peak;
    }
  }
  return best;
}

double measure_peak(const Peak& peak, double milliseconds) {
  // Stretches of about 0.2 ms: far above the clock's resolution, far below a time slice of the scheduler.
  constexpr double kStretch = 2e-4;
  int64_t rounds = 256;
  while (seconds_of(peak, rounds) < kStretch / 2) rounds *= 2;
  std::vector<double> times;
  for (double total = 0; total < milliseconds * 1e-3 || times.empty(); total += times.back()) {
    times.push_back(seconds_of(peak, rounds));
  }
  const auto middle = times.begin() + static_cast<int64_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return peak.operations * static_cast<double>(rounds) / *middle;
}

double thread_milliseconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec time;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0) return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
#endif
  return 0;
}

#if defined(__linux__)
bool pin_thread(bool pinned) {
  // Per thread: a worker of the process may measure, too.
  static thread_local cpu_set_t before;
  static thread_local bool is_pinned = false;
  if (pinned == is_pinned) return true;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  if (pinned) {
    const int core = sched_getcpu();
    if (core < 0 || sched_getaffinity(0, sizeof before, &before) != 0) return false;
    CPU_SET(static_cast<size_t>(core), &wanted);
  } else {
    wanted = before;
  }
  if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) return false;
  is_pinned = pinned;
  return true;
}
#else
bool pin_thread(bool pinned) { return !pinned; }
#endif

}  // namespace onebit
