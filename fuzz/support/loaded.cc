// Fuzz targets: what must hold of every checkpoint that was accepted.
#include "support/loaded.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "container/zip.h"
#include "output/canonical.h"
#include "output/tensor_rows.h"
#include "support/budgets.h"
#include "support/outcome.h"
#include "support/refusals.h"
#include "support/target.h"

#include "nlohmann/json.hpp"

namespace weightsonly::fuzz {
namespace {

// Bytes that are copied out of one storage.
constexpr std::uint64_t kMostCopied = std::uint64_t{64} << 10;

bool LiesIn(Bytes part, Bytes whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// The payload of the record that a storage says it is from; nothing for a legacy stream. The directory is read anew.
class Payloads {
 public:
  explicit Payloads(Bytes file) : file_(file) {
    try {
      archive_.emplace(file);
    } catch (const Refusal&) {
      archive_.reset();
    }
  }

  void Require(const Storage& storage, Bytes bytes) const {
    fuzz::Require(LiesIn(bytes, file_), "bytes in place lie outside of the file");
    const std::string record = storage.record();
    if (record.starts_with("legacy/")) return;
    fuzz::Require(archive_.has_value(), "a storage of an archive that is none", record);
    const container::Entry* entry = archive_->Find(record);
    fuzz::Require(entry != nullptr, "a storage of a record that is not there", record);
    const container::Extent extent = archive_->Locate(*entry);
    fuzz::Require(bytes.data() == file_.data() + extent.offset && bytes.size() == extent.compressed_size,
                  "bytes in place are not those of their record", record);
  }

 private:
  Bytes file_;
  std::optional<container::Archive> archive_;
};

void CheckStorageCopy(const Storage& storage, Bytes bytes) {
  if (bytes.size() > kMostCopied) return;
  std::vector<std::byte> copy(bytes.size());
  const auto copied = storage.CopyTo(copy);
  Require(copied.has_value(), "the bytes of a storage are there and cannot be copied");
  Require(std::ranges::equal(copy, bytes), "the copy of a storage differs from its bytes", storage.record());
}

void CheckStorages(const Checkpoint& checkpoint, Bytes file, bool contents_are_good) {
  std::optional<Payloads> payloads;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const Storage storage = checkpoint.storage(i);
    const auto bytes = storage.data();
    if (storage.is_meta()) {
      Require(!bytes && bytes.error().kind == RefusalKind::kStorageMeta, "a storage without bytes has some");
      continue;
    }
    Require(bytes.has_value() || !contents_are_good, "Verify found nothing, and a storage cannot be read");
    if (!bytes) {
      CheckRefusal(bytes.error(), file.size());
      continue;
    }
    Require(bytes->size() == storage.nbytes(), "a storage has more or fewer bytes than it says", storage.record());
    if (storage.in_place() && !bytes->empty()) {
      if (!payloads) payloads.emplace(file);
      payloads->Require(storage, *bytes);
    }
    CheckStorageCopy(storage, *bytes);
  }
}

// Inflating is all that making bytes does with contents; CRCs are for Verify alone.
bool CheckContents(const Checkpoint& checkpoint, Bytes file) {
  const auto verified = checkpoint.Verify();
  const auto made = checkpoint.Materialize(1);
  if (!verified) CheckRefusal(verified.error(), file.size());
  if (!made) CheckRefusal(made.error(), file.size());
  Require(made.has_value() || !verified, "Verify found nothing, and contents cannot be made");
  if (!verified && verified.error().kind == RefusalKind::kZipInflate) {
    Require(!made && made.error().kind == RefusalKind::kZipInflate, "contents were made that Verify refused");
  }
  return verified.has_value();
}

// The text up to kMostText; what is longer was not written to its end.
template <typename Write>
void CheckJson(Write write, std::string_view what) {
  std::string text;
  const auto written = write([&](std::string_view piece) {
    text += piece;
    return text.size() <= kMostText;
  });
  if (written && text.size() <= kMostText) RequireJson(text, what);
}

void CheckTexts(const Checkpoint& checkpoint, Bytes file, bool contents_are_good) {
  CheckJson(
      [&](const TextSink& sink) {
        auto written = WriteCanonical(checkpoint, {}, sink);
        if (!written) CheckRefusal(written.error(), file.size());
        Require(written || !contents_are_good || written.error().kind == RefusalKind::kLimitOutput,
                "Verify found nothing, and there is no canonical value");
        Require(contents_are_good || !written, "Verify refused, and there is a canonical value");
        return written;
      },
      "the canonical value is no JSON");
  if (!contents_are_good) return;
  CheckJson(
      [&](const TextSink& sink) {
        auto written = WriteTensorRows(checkpoint, sink);
        if (!written && written.error().kind != RefusalKind::kUnsupported) CheckRefusal(written.error(), file.size());
        return written;
      },
      "the list of tensors is no JSON");
}

}  // namespace

void RequireJson(std::string_view text, std::string_view what) {
  const bool controls = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  Require(!controls, "JSON holds a control character", text);
  Require(nlohmann::json::accept(text), what, text);
}

std::expected<Checkpoint, Refusal> LoadInBudget(Bytes file, const Options& options) {
  const AllocationCounter counter;
  auto loaded = Load(file, options);
  RequireLoadBudget(counter.Now(), file, options.limits);
  if (loaded) {
    RequireLimits(*loaded);
  } else {
    CheckRefusal(loaded.error(), file.size());
  }
  return loaded;
}

void CheckLoaded(const Checkpoint& checkpoint, Bytes file) {
  const bool contents_are_good = CheckContents(checkpoint, file);
  CheckStorages(checkpoint, file, contents_are_good);
  CheckTensors(checkpoint, contents_are_good);
  CheckValues(checkpoint);
  CheckTexts(checkpoint, file, contents_are_good);
}

}  // namespace weightsonly::fuzz
