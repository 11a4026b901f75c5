#include "thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace onebit {
namespace {

using BlockFunction = std::function<void(int64_t, int64_t)>;

thread_local bool inside_job = false;

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/// Spins until `done()` holds or about a millisecond has passed; returns whether it holds.
template <typename Condition>
bool spin(const Condition& done) {
  constexpr auto kSpinTime = std::chrono::microseconds(1000);
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 64; i++) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

/// The job in progress. `state` = epoch << 17 | open << 16 | workers inside. A worker may enter only while the job is open, so the caller can
/// close it and leave without waiting for workers that never woke.
class Pool {
 public:
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void resize(int count) {
    std::lock_guard<std::mutex> owner(owner_);
    stop();
    stopping_.store(false);
    try {
      for (int i = 1; i < count; i++) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();  // the system has no more threads: one is always enough
    }
  }

  void run(int64_t count, int64_t grain, const BlockFunction& fn) {
    std::unique_lock<std::mutex> owner(owner_, std::defer_lock);
    if (inside_job || count <= grain || !owner.try_lock() || workers_.empty()) {
      for (int64_t begin = 0; begin < count; begin += grain) fn(begin, std::min(count, begin + grain));
      return;
    }
    fn_ = &fn;
    count_ = count;
    grain_ = grain;
    next_.store(0, std::memory_order_relaxed);
    failure_ = nullptr;
    state_.store(((state_.load() >> 17) + 1) << 17 | kOpen);
    if (sleepers_.load() > 0) {
      { std::lock_guard<std::mutex> lock(sleep_); }
      wake_.notify_all();
    }
    take_blocks();
    state_.fetch_and(~kOpen);
    const auto left = [this] { return (state_.load(std::memory_order_acquire) & kInside) == 0; };
    if (!spin(left)) {
      while (!left()) std::this_thread::yield();
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr uint64_t kOpen = 1u << 16;
  static constexpr uint64_t kInside = kOpen - 1;

  void stop() {
    stopping_.store(true);
    { std::lock_guard<std::mutex> lock(sleep_); }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void take_blocks() {
    inside_job = true;
    const int64_t blocks = (count_ + grain_ - 1) / grain_;
    try {
      for (int64_t b = next_.fetch_add(1); b < blocks; b = next_.fetch_add(1)) {
        (*fn_)(b * grain_, std::min(count_, (b + 1) * grain_));
      }
    } catch (...) {
      next_.store(blocks);
      std::lock_guard<std::mutex> lock(sleep_);
      if (!failure_) failure_ = std::current_exception();
    }
    inside_job = false;
  }

  bool fresh(uint64_t seen) const {
    const uint64_t state = state_.load(std::memory_order_acquire);
    return (state & kOpen) != 0 && state >> 17 != seen;
  }

  void work() {
    uint64_t seen = 0;
    const auto ready = [&] { return stopping_.load(std::memory_order_relaxed) || fresh(seen); };
    for (;;) {
      if (!spin(ready)) {
        std::unique_lock<std::mutex> lock(sleep_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, ready);
        sleepers_.fetch_sub(1);
      }
      if (stopping_.load()) return;
      uint64_t state = state_.load();
      while ((state & kOpen) != 0 && state >> 17 != seen) {
        if (!state_.compare_exchange_weak(state, state + 1)) continue;
        seen = state >> 17;
        take_blocks();
        state_.fetch_sub(1);
        break;
      }
    }
  }

  std::mutex owner_;  // held by the JavaScript thread whose job runs
  std::vector<std::thread> workers_;
  const BlockFunction* fn_ = nullptr;
  int64_t count_ = 0;
  int64_t grain_ = 1;
  std::exception_ptr failure_;
  alignas(64) std::atomic<uint64_t> state_{0};
  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
  std::mutex sleep_;
  std::condition_variable wake_;
};

/// Never destroyed: workers may still spin while the process exits.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

int thread_count() { return pool().threads(); }

void set_thread_count(int count) {
  if (count != pool().threads()) pool().resize(count);
}

void parallel_for(int64_t count, int64_t grain, const BlockFunction& fn) {
  if (count <= 0) return;
  pool().run(count, std::max<int64_t>(grain, 1), fn);
}

}  // namespace onebit
