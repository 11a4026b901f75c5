#include "slab.h"

#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstdint>

namespace onebit {

void* map_slab(size_t bytes) {
  // mmap knows the boundaries of small pages only: a large page more is mapped, and what stands over at both ends is given back.
  void* mapped = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* start = static_cast<char*>(mapped);
  const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(start) % kLargePage) % kLargePage;
  if (before > 0) munmap(start, before);
  char* slab = start + before;
  munmap(slab + bytes, kLargePage - before);
#ifdef MADV_HUGEPAGE
  // A fault a large page instead of 512, and fewer misses of the TLB. A system without them refuses, which does no harm.
  madvise(slab, bytes, MADV_HUGEPAGE);
#endif
  return slab;
}

void unmap_slab(void* data, size_t bytes) { munmap(data, bytes); }

void discard_pages(void* data, size_t bytes) {
#ifdef __linux__
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t first = (reinterpret_cast<uintptr_t>(data) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(data) + bytes) / page * page;
  if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
#else
  (void)data;
  (void)bytes;
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
  // glibc maps large blocks, but its bound follows what is freed, up to 32 MiB: once the first weights are gone, JavaScript's arrays come out of the
  // heap and leave holes that stay resident (55 MiB after the first steps of a ResNet-18). A bound that was set stays.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

}  // namespace onebit
