// Floor 6. A loaded checkpoint, and Load, which makes one. Public. SPEC.md chapter 6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"
#include "checkpoint/options.h"
#include "value/sparse_tensor.h"
#include "value/value.h"

namespace weightsonly {

class TensorWalk;  // the iterative walk behind TensorRange; internal

// Every tensor under every path that reaches it, in document order (dict pairs and list items in their order). Cycles
// are cut where they close; the walk stops at its limit of edges (Limits::walk_base, walk_per_node) and says so. A
// single-pass range: one live iterator at a time, on one thread; ask the Checkpoint for another range to walk again.
class WEIGHTSONLY_EXPORT TensorRange {
 public:
  class WEIGHTSONLY_EXPORT iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = TensorEntry;
    using difference_type = std::ptrdiff_t;
    explicit iterator(TensorWalk* walk) : walk_(walk) {}
    TensorEntry operator*() const;
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const;

   private:
    TensorWalk* walk_;
  };

  explicit TensorRange(std::shared_ptr<const Graph> graph);
  TensorRange(TensorRange&&) noexcept;
  ~TensorRange();
  iterator begin();
  static std::default_sentinel_t end() { return std::default_sentinel; }
  // The sparse tensor of which the tensor that the live iterator is at is a part (CHK-031), if there is one. Not at the
  // end.
  [[nodiscard]] std::optional<SparseTensor> sparse() const;
  // True after the walk when it stopped at its limit: what was listed is not everything.
  [[nodiscard]] bool truncated() const;

 private:
  std::unique_ptr<TensorWalk> walk_;
};

class WEIGHTSONLY_EXPORT Checkpoint {
 public:
  // The whole value.
  [[nodiscard]] Value root() const;
  // Every tensor with its path, a sparse one as its parts (CHK-031). Structure only: no storage is read. May throw
  // std::bad_alloc.
  [[nodiscard]] TensorRange tensors() const;
  // The storages that the pickle names, in the order of their first mention; in a legacy stream also the views of
  // storages that it names.
  [[nodiscard]] std::size_t storage_count() const;
  [[nodiscard]] Storage storage(std::size_t index) const;

  // Checks the contents: inflates every deflated storage (and in strict compares every CRC). Load has checked the
  // structure only. Refuses container.zip.{inflate, crc}.
  [[nodiscard]] std::expected<void, Refusal> Verify() const;
  // Makes the bytes of every storage that is not used in place (deflated, foreign byte order) with `threads` threads
  // (0: as many as the machine has); afterwards data() costs nothing. Refuses as Storage::data(), the lowest storage
  // index first.
  [[nodiscard]] std::expected<void, Refusal> Materialize(unsigned threads = 0) const;

  // True when the file's byte order is not the host's (a legacy stream is little-endian, LST-015).
  [[nodiscard]] bool foreign_byte_order() const;
  // Bytes of the file, and of data.pkl (of a legacy stream: of its five pickles together).
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] std::uint64_t pickle_bytes() const;

  explicit Checkpoint(std::shared_ptr<const Graph> graph);
  [[nodiscard]] const std::shared_ptr<const Graph>& graph() const { return graph_; }

 private:
  std::shared_ptr<const Graph> graph_;
};

// Loads a checkpoint from a file ("-": standard input) or from bytes that the caller keeps alive and unchanged as long
// as the Checkpoint, or any handle made from it, lives. Never throws; every fault is a Refusal, std::bad_alloc included
// (host.memory).
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<Checkpoint, Refusal> Load(const std::string& path,
                                                                         const Options& options = {});
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<Checkpoint, Refusal> Load(std::span<const std::byte> bytes,
                                                                         const Options& options = {});

// One copy of CopyAll: a tensor and where its logical bytes go (nbytes() bytes; regions of different jobs must not
// overlap).
struct CopyJob {
  Tensor tensor;
  std::span<std::byte> out;
};
// Runs Tensor::CopyTo for every job with `threads` threads (0: as many as the machine has). On a refusal the regions
// hold unspecified bytes; the refusal is that of the lowest job.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<void, Refusal> CopyAll(std::span<const CopyJob> jobs,
                                                                      unsigned threads = 0);

// The same for whole storages: Storage::CopyTo for every job (nbytes() bytes each).
struct StorageCopyJob {
  Storage storage;
  std::span<std::byte> out;
};
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<void, Refusal> CopyStorages(std::span<const StorageCopyJob> jobs,
                                                                           unsigned threads = 0);

// What a pickle names, found by reading it without executing it.
struct NamedGlobal {
  enum class Standing : std::uint8_t { kAllowed, kNotAllowed, kBlocked, kNotImported };
  std::string path;  // module.name after torch's Python 2 names; raw bytes: escape before printing
  Standing standing;
  std::string_view record;       // the pickle that names it first: "data.pkl", or "legacy/object" of a legacy stream
  std::uint64_t offset;          // of the first GLOBAL, in that pickle
  std::size_t module_size;       // how much of `path` is the module: "datetime" of "datetime.datetime"
  bool by_user = false;          // kAllowed by Options::allowlist, not by torch's own list
  std::string_view import = {};  // of kNotImported: the module after whose import torch answers, of static storage
};
// In order of first mention, each name once. Linear in data.pkl (in a legacy stream: in its five pickles). Refuses what
// keeps it from being read as instructions up to its first STOP (GLS-001).
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<std::vector<NamedGlobal>, Refusal> GlobalsIn(
    const std::string& path, const Options& options = {});

// A class that torch asks for although no GLOBAL names it: BUILD fills the result of a function that is not allowed by
// default, and its class must be allowed besides that function (GLS-002).
struct BuiltClass {
  std::string name;                    // "numpy.dtypes.Float32DType"; empty: only running the function would tell
  std::string name_before_numpy_1_25;  // "numpy.dtype[float32]" for the same; empty with `name`
  std::string maker;                   // the function, a NamedGlobal::path: "numpy.dtype"
  std::string argument;                // of numpy.dtype: the text that it is called with first, "f4"; raw bytes
  std::string_view record = {};        // as in NamedGlobal
  std::uint64_t offset = 0;            // of the first such BUILD
  bool allowed = false;                // Options::allowlist has this class, under either name
};

// A class whose objects get items in the pickle, although torch fills only lists and dicts (GLS-005): the file is
// refused even when the class is allowed.
struct FilledClass {
  std::string name;         // a NamedGlobal::path
  std::string_view record;  // as in NamedGlobal
  std::uint64_t offset;     // of the first APPEND(S) or SETITEM(S)
};

// GlobalsIn, and what it cannot tell.
struct GlobalsReport {
  std::vector<NamedGlobal> named;
  std::vector<BuiltClass> built;    // in order of the first BUILD, each maker and class once
  std::vector<FilledClass> filled;  // in order of the first mention, each class once
};
// Linear as GlobalsIn, and refuses the same. Nothing is executed here either: the stack and the memo are followed.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<GlobalsReport, Refusal> ExamineGlobals(const std::string& path,
                                                                                      const Options& options = {});

}  // namespace weightsonly
