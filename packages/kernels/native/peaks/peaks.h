#pragma once
// The machine's limits, measured: loops that touch only registers, with nothing but the instructions of an inner loop. A kernel's speed is
// judged against the loop of its kernel set in the same run, so that neither clock speed nor a neighbour's load enters the ratio.

#include <cstdint>

#include "dispatch.h"

namespace onebit {

struct Peak {
  const char* name;
  /// The lowest kernel set that has the instructions; a set uses the entry of the highest set that is not above it.
  KernelSet set;
  /// Operations of one round: 2 per bit (xor, count) or per product (multiply, add).
  double operations;
  void (*run)(int64_t rounds);
};

struct PeakList {
  const Peak* entries;
  int count;
};

PeakList peaks_portable();
PeakList peaks_x86();
PeakList peaks_neon();

/// The loop called `name` for the active kernel set; null where the machine has no such instructions.
const Peak* find_peak(const char* name);
/// Operations per second: the median of short stretches, `milliseconds` altogether.
double measure_peak(const Peak& peak, double milliseconds);

/// Time that the calling thread has computed, in milliseconds; 0 where the system does not tell.
double thread_milliseconds();

/// Binds the calling thread to the core it is on, or gives it back the cores it had before. False where the system does not allow it.
bool pin_thread(bool pinned);

}  // namespace onebit
