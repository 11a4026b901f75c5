#pragma once
// One pool for everything. Workers spin about a millisecond between jobs before they sleep: a sleeping worker wakes too late for kernels that
// take less than that, and a training step is a chain of hundreds of such kernels.

#include <cstdint>
#include <functional>

namespace onebit {

/// Threads that take part in a job, the caller included.
int thread_count();
/// Waits for a running job, then restarts the pool with `count` threads (>= 1).
void set_thread_count(int count);

/// Calls fn(begin, end) for the blocks [0, grain), [grain, 2 grain) ... of [0, count), each exactly once, spread over the threads as they become
/// free. Blocks are the same whatever the number of threads, so partial results kept per block (index begin / grain) make a reduction
/// independent of scheduling. A call inside `fn`, or while another JavaScript thread uses the pool, runs its blocks on the spot.
/// An exception thrown by `fn` is rethrown here after all threads have stopped.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& fn);

}  // namespace onebit
