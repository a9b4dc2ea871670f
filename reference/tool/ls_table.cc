// Floor 8. Tensors for people: one aligned line each, a total, and storages that are shared or dragged along. SPEC.md
// chapter 8.
#include "tool/ls_table.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "tool/listing.h"
#include "tool/path_text.h"
#include "tool/screen.h"
#include "tool/storage_use.h"
#include "tool/value_text.h"
#include "value/quantizer.h"
#include "value/subclass.h"

namespace weightsonly::tool {
namespace {

// A name wider than this does not widen the column for everybody.
constexpr std::size_t kMaxNameColumn = 60;
constexpr std::size_t kMaxShapeColumn = 24;
constexpr std::size_t kMaxNotes = 10;
constexpr std::size_t kMaxClass = 120;

struct Columns {
  std::size_t name = 4, dtype = 5, shape = 5, bytes = 5;

  void Fit(std::string_view name_text, std::string_view dtype_text, std::string_view shape_text,
           std::string_view bytes_text) {
    name = std::max(name, std::min(kMaxNameColumn, Width(name_text)));
    dtype = std::max(dtype, dtype_text.size());
    shape = std::max(shape, std::min(kMaxShapeColumn, shape_text.size()));
    bytes = std::max(bytes, bytes_text.size());
  }
};

void AppendFlag(std::string& out, std::string_view flag) {
  if (!out.empty()) out += ", ";
  out += flag;
}

// What a reader would not expect from dtype and shape alone.
std::string FlagsOf(const Tensor& tensor) {
  std::string out;
  if (const auto subclass = tensor.subclass()) AppendFlag(out, EscapeForTerminal(subclass->class_name(), kMaxClass));
  if (tensor.is_meta() && tensor.device() != "meta") AppendFlag(out, "wrapper");  // SUB-003
  if (tensor.is_parameter()) AppendFlag(out, "parameter");
  if (tensor.requires_grad() != tensor.is_parameter())
    AppendFlag(out, tensor.requires_grad() ? "requires grad" : "frozen");
  if (IsExpanded(tensor)) {
    AppendFlag(out, "expanded");
  } else if (!tensor.is_contiguous()) {
    AppendFlag(out, "strided");
  }
  if (const auto quantizer = tensor.quantizer()) AppendFlag(out, QschemeName(quantizer->scheme()).substr(6));
  if (tensor.is_conj()) AppendFlag(out, "conj");
  if (tensor.is_neg()) AppendFlag(out, "neg");
  if (tensor.device() != "cpu") AppendFlag(out, EscapeForTerminal(tensor.device()));
  return out;
}

std::string_view OmittedDigest(const Tensor& tensor) {
  if (tensor.is_meta()) return "(no bytes)";
  if (tensor.quantizer()) return "(quantized)";
  return tensor.subclass() ? "(of a class)" : "(too large)";
}

class TablePrinter {
 public:
  TablePrinter(const Context& context, const Checkpoint& checkpoint, const Digests* digests)
      : out_(context.out),
        style_(context.arguments.color, context.out),
        checkpoint_(checkpoint),
        digests_(digests),
        uses_(checkpoint.storage_count()) {}

  void Print() {
    const bool truncated = ForEach([this](const TensorEntry& entry) { Measure(entry); });
    if (paths_ != 0) PrintHead();
    ForEach([this](const TensorEntry& entry) { PrintRow(entry); });
    PrintTotal();
    if (truncated) out_ << "note: the walk stopped at its limit: there are more paths than are listed here\n";
    PrintStorageNotes();
  }

 private:
  // True when the walk was stopped before its end.
  bool ForEach(const std::function<void(const TensorEntry&)>& visit) const {
    ListingBudget budget(checkpoint_);
    TensorRange tensors = checkpoint_.tensors();
    for (const TensorEntry& entry : tensors) {
      if (!budget.Take(entry)) break;
      visit(entry);
    }
    return budget.exhausted() || tensors.truncated();
  }

  void Measure(const TensorEntry& entry) {
    const Tensor& tensor = entry.tensor;
    ++paths_;
    uses_.Add(tensor);
    columns_.Fit(PathText(entry.path), DtypeName(tensor.dtype()), ShapeText(tensor.shape()),
                 ReadableBytes(tensor.nbytes()));
  }

  void PrintHead() {
    std::string line(style_.bold);
    AppendLeft(line, "NAME", columns_.name + 2);
    AppendLeft(line, "DTYPE", columns_.dtype + 2);
    AppendLeft(line, "SHAPE", columns_.shape + 2);
    AppendRight(line, "BYTES", columns_.bytes);
    if (digests_ != nullptr) AppendLeft(line.append("  "), "SHA256", 64);
    out_ << line << style_.reset << "\n";
  }

  void PrintRow(const TensorEntry& entry) {
    const Tensor& tensor = entry.tensor;
    const std::string name = PathText(entry.path);
    std::string& out = out_.buffer();
    AppendLeft(out, name, columns_.name);
    AppendLeft(out.append("  "), DtypeName(tensor.dtype()), columns_.dtype);
    AppendLeft(out.append("  "), ShapeText(tensor.shape()), columns_.shape);
    AppendRight(out.append("  "), ReadableBytes(tensor.nbytes()), columns_.bytes);
    if (digests_ != nullptr) {
      const std::string& digest = digests_->of(tensor);
      AppendLeft(out.append("  "), digest.empty() ? OmittedDigest(tensor) : digest, 64);
    }
    std::string flags = FlagsOf(tensor);
    AppendSharing(flags, tensor, name);
    if (!flags.empty()) out.append("  ").append(style_.dim).append(flags).append(style_.reset);
    out_ << "\n";
  }

  // Adds with which earlier tensor this one shares its storage. Only names that can be needed again are kept.
  void AppendSharing(std::string& flags, const Tensor& tensor, const std::string& name) {
    const auto storage = tensor.is_meta() ? std::nullopt : tensor.storage();
    if (!storage) return;
    const StorageUse& use = uses_.of(storage->index());
    if (use.tensors == 1 && paths_ == uses_.tensors && use.ShownAtMost() >= storage->nbytes()) return;
    const auto [first, is_first] = first_names_.try_emplace(storage->index(), name);
    if (is_first) return;
    AppendFlag(flags, use.first_node == tensor.node() ? "same tensor as " : "shares storage with ");
    flags += first->second;
  }

  void PrintTotal() {
    std::uint64_t storage_bytes = 0;
    std::uint64_t shared = 0;
    for (std::size_t i = 0; i < uses_.size(); ++i) {
      storage_bytes += checkpoint_.storage(i).nbytes();
      if (uses_.of(i).tensors > 1) ++shared;
    }
    std::string line(style_.bold);
    line += Count(uses_.tensors, "tensor");
    if (paths_ != uses_.tensors) line += " under " + Count(paths_, "path");
    line += ", " + Count(uses_.elements, "element") + ", " + ReadableBytes(uses_.bytes);
    line.append(style_.reset).append("; ").append(Count(uses_.size(), "storage"));
    line += ", " + ReadableBytes(storage_bytes);
    if (shared != 0) line += ", " + GroupedDigits(shared) + " shared by several tensors";
    out_ << line << "\n";
  }

  // CLI-011. Storage that was saved and that no tensor shows.
  void PrintStorageNotes() {
    std::size_t notes = 0;
    for (std::size_t i = 0; i < uses_.size(); ++i) {
      const Storage storage = checkpoint_.storage(i);
      const StorageUse& use = uses_.of(i);
      if (use.tensors == 0 || use.ShownAtMost() >= storage.nbytes()) continue;
      if (++notes <= kMaxNotes) PrintStorageNote(storage, use);
    }
    if (notes > kMaxNotes) out_ << "note: " << GroupedDigits(notes - kMaxNotes) << " more storages like these\n";
  }

  void PrintStorageNote(const Storage& storage, const StorageUse& use) {
    const std::uint64_t shown = use.ShownAtMost();
    const std::string& first = first_names_.at(storage.index());
    std::string text = EscapeForTerminal(storage.record()) + " has " + ReadableBytes(storage.nbytes()) + ", of which ";
    text += use.tensors == 1 ? first + " shows " : "its " + Count(use.tensors, "tensor") + " show at most ";
    text += ReadableBytes(shown) + ".";
    if (shown <= storage.nbytes() / 2) {
      text += " A small view drags a large storage along: save " + first + ".clone() to keep only what it shows.";
    }
    out_ << style_.yellow << "note:" << style_.reset << " " << text << "\n";
  }

  Stream& out_;
  Style style_;
  const Checkpoint& checkpoint_;
  const Digests* digests_;
  StorageUses uses_;
  std::unordered_map<std::size_t, std::string> first_names_;  // by storage
  Columns columns_;
  std::uint64_t paths_ = 0;
};

}  // namespace

void PrintTensors(const Context& context, const Checkpoint& checkpoint, const Digests* digests) {
  TablePrinter(context, checkpoint, digests).Print();
}

void PrintTensorTable(const Context& context, const std::string& file, const Checkpoint& checkpoint,
                      const Digests* digests) {
  if (context.arguments.operands.size() > 1) context.out << DisplayName(file) << ":\n";
  PrintTensors(context, checkpoint, digests);
  if (context.arguments.operands.size() > 1) context.out << "\n";
}

}  // namespace weightsonly::tool
