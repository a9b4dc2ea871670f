// A file that is mapped, one that is read, and its bytes in memory are the same; so are they where offsets of storages
// are computed, which only refuses more.
#include "checkpoint/checkpoint.h"
#include "support/outcome.h"
#include "support/sources.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

void CheckComputedOffsets(Bytes file, const Outcome& usual) {
  Options options = DefaultOptions();
  options.calculate_storage_offsets = true;
  const Outcome computed = OutcomeOf(Load(file, options));
  const auto refused = [&](RefusalKind kind) { return !computed.accepted && computed.refusal.kind == kind; };
  // Also where .storage_alignment holds no alignment, which nobody looks at otherwise.
  if (refused(RefusalKind::kStorageOffset) || refused(RefusalKind::kContainerRecordText)) return;
  RequireSame(computed, usual, "computed offsets change what becomes of a file");
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  CheckComputedOffsets(file, CheckSources(file, DefaultOptions()));
  return 0;
}
