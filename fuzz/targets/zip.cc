// Fuzz target: container::Archive over the bytes of a file, which lie in memory of exactly their size. What it says is
// compared with the plainest reading of the same bytes (support/zip_check.h). The input is the file.
#include "container/zip.h"

#include <optional>

#include "container/recognise.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/zip_check.h"

namespace weightsonly::fuzz {
namespace {

void CheckContainerRefusal(const Refusal& refusal, std::uint64_t file_bytes) {
  CheckRefusal(refusal, file_bytes);
  Require(KindName(refusal.kind).starts_with("container."), "opening is refused with a kind of others",
          KindName(refusal.kind));
}

// REC-001, REC-005: by the first bytes.
void CheckRecognition(Bytes file) {
  bool zip = false;
  try {
    zip = container::Recognise(file) == container::Format::kZip;
  } catch (const Refusal& refusal) {
    CheckContainerRefusal(refusal, file.size());
  }
  Require(zip == AsText(file).starts_with("PK\3\4"), "a file is a zip by its first four bytes, and not by the library");
}

void Check(Bytes file) {
  CheckRecognition(file);
  std::optional<container::Archive> archive;
  try {
    archive.emplace(file);
  } catch (const Refusal& refusal) {
    return CheckContainerRefusal(refusal, file.size());
  }
  CheckDirectory(file, *archive);
  CheckNames(*archive);
  CheckRecords(file, *archive);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
