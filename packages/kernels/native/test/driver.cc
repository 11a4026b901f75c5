// Every operation under every kernel set of this CPU on random cases: `driver [cases]`. For processors on which no Node is at hand; ends with the line
// `N passed, N failed`.

#include <cstdlib>
#include <random>

#include "dispatch.h"
#include "test/check.h"

using namespace onebit;

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 1000;
  int passed = 0, failed = 0;
  for (int i = 0; i < kKernelSetCount; i++) {
    const auto set = static_cast<KernelSet>(i);
    if (!supported(set)) continue;
    set_kernel_set(set);
    for (const test::NamedCheck& check : test::all_checks()) {
      std::string wrong;
      int seed = 0;
      for (; seed < cases && wrong.empty(); seed++) {
        std::mt19937 random(static_cast<unsigned>(seed));
        uint8_t bytes[64];
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
        test::Choices choices(bytes, sizeof bytes);
        wrong = check.run(choices);
      }
      std::printf("%s %s: %d cases\n", kernel_set_name(set), check.name, seed);
      if (!wrong.empty()) std::printf("  seed %d: %s\n", seed - 1, wrong.c_str());
      (wrong.empty() ? passed : failed)++;
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
