#include "slab.h"

#include <sys/mman.h>

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

}  // namespace onebit
