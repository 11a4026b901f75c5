#pragma once
// Arrays whose ends are watched: an access one element too far ends the process.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#if !defined(ONEBIT_ASAN)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace onebit::test {

template <typename T>
class Buffer {
 public:
  /// At a multiple of `alignment` bytes; where it is more than malloc's, `size` must be a multiple of it, too.
  explicit Buffer(int64_t size, size_t alignment = alignof(std::max_align_t)) : size_(size) { allocate(static_cast<size_t>(size) * sizeof(T), alignment); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  int64_t size() const { return size_; }
  T& operator[](int64_t i) { return data_[i]; }
  const T& operator[](int64_t i) const { return data_[i]; }

  template <typename Make>
  Buffer& fill(Make make) {
    for (int64_t i = 0; i < size_; i++) data_[i] = make();
    return *this;
  }

 private:
#if defined(ONEBIT_ASAN)  // the sanitizer watches both ends of a block
  void allocate(size_t bytes, size_t alignment) {
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment, bytes == 0 ? 1 : bytes) != 0) std::abort();  // no array of JavaScript is null
    data_ = static_cast<T*>(memory);
  }
  void release() { std::free(data_); }
#else
  // Without a sanitizer the array ends where a page begins that nobody may touch.
  void allocate(size_t bytes, size_t) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t usable = (bytes + page - 1) / page * page;
    mapped_ = usable + page;
    map_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (map_ == MAP_FAILED || mprotect(map_ + usable, page, PROT_NONE) != 0) {
      std::perror("mmap");
      std::abort();
    }
    data_ = reinterpret_cast<T*>(map_ + usable - bytes);
  }
  void release() { munmap(map_, mapped_); }
  char* map_ = nullptr;
  size_t mapped_ = 0;
#endif
  T* data_ = nullptr;
  int64_t size_;
};

}  // namespace onebit::test
