// libFuzzer target: the first two bytes choose the kernel set and the operation, the others its case. A wrong result is a crash.

#include <cstdlib>

#include "dispatch.h"
#include "test/check.h"

using namespace onebit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  test::Choices choices(data, size);
  const auto set = static_cast<KernelSet>(choices.in(0, kKernelSetCount - 1));
  if (!supported(set)) return -1;  // not to be kept
  set_kernel_set(set);
  const auto& checks = test::all_checks();
  const test::NamedCheck& check = checks[static_cast<size_t>(choices.in(0, static_cast<int64_t>(checks.size()) - 1))];
  const std::string wrong = check.run(choices);
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s %s: %s\n", kernel_set_name(set), check.name, wrong.c_str());
  std::abort();
}
