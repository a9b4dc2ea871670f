// Floor 1. Tells a zip archive and a legacy stream from everything else that people give to a loader of checkpoints.
// SPEC.md chapter 1, rules REC-…. It looks at the first bytes only and reads none of the formats that it names.
#include "container/recognise.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/refusal.h"
#include "base/text.h"
#include "container/zip_format.h"

namespace weightsonly::container {
namespace {

using std::string_view_literals::operator""sv;

// How much of a file is looked at to call it text.
constexpr std::size_t kTextSample = 4096;
constexpr std::size_t kTarBlock = 512;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  RefusalKind kind;
  std::string_view detail;
};

// Columns: where the bytes stand, the bytes, the kind, what was seen and the way out. The first that fits counts.
constexpr std::array kSignatures = {
    // REC-003
    Signature{0, "PK\5\6"sv, RefusalKind::kZipEocd,
              "the file is a zip archive without records (it starts with the end record)"},
    Signature{0, "PK\7\10"sv, RefusalKind::kContainerNotACheckpoint,
              "the file is one part of a split zip archive: join the parts"},
    Signature{0, "PYTORCH1"sv, RefusalKind::kContainerNotACheckpoint,
              "the file is an archive of a preview release of torch 1.0, which no release reads"},
    // REC-006
    Signature{0, "\x1f\x8b"sv, RefusalKind::kContainerCompressed,
              "the file is compressed with gzip: run gunzip on it first"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, RefusalKind::kContainerCompressed,
              "the file is a 7z archive: unpack it first"},
    Signature{0,
              "\xfd"
              "7zXZ\0"sv,
              RefusalKind::kContainerCompressed, "the file is compressed with xz: run unxz on it first"},
    Signature{0, "BZh"sv, RefusalKind::kContainerCompressed,
              "the file is compressed with bzip2: run bunzip2 on it first"},
    Signature{0, "\x28\xb5\x2f\xfd"sv, RefusalKind::kContainerCompressed,
              "the file is compressed with zstd: run unzstd on it first"},
    Signature{0, "\x04\x22\x4d\x18"sv, RefusalKind::kContainerCompressed,
              "the file is compressed with lz4: run unlz4 on it first"},
    Signature{0, "Rar!\x1a\7"sv, RefusalKind::kContainerCompressed, "the file is a RAR archive: unpack it first"},
    // REC-004
    Signature{257, "ustar"sv, RefusalKind::kContainerTar,
              "the file is a damaged tar archive (its checksum is wrong): copy or download it again"},
    // REC-009
    Signature{0, "\x93NUMPY"sv, RefusalKind::kContainerNotACheckpoint,
              "the file is a numpy array (.npy): read it with numpy.load"},
    Signature{0, "\x89HDF\r\n\x1a\n"sv, RefusalKind::kContainerNotACheckpoint,
              "the file is in the HDF5 format (Keras, h5py): read it with h5py"},
    Signature{0, "GGUF"sv, RefusalKind::kContainerNotACheckpoint,
              "the file is in the GGUF format: read it with a gguf library"},
    Signature{4, "TFL3"sv, RefusalKind::kContainerNotACheckpoint, "the file is a TensorFlow Lite model"},
    Signature{0,
              "\x7f"
              "ELF"sv,
              RefusalKind::kContainerNotACheckpoint, "the file is an ELF program or library"},
    Signature{0, "MZ"sv, RefusalKind::kContainerNotACheckpoint, "the file is a Windows program or library"},
    Signature{0, "\x89PNG"sv, RefusalKind::kContainerNotACheckpoint, "the file is a PNG picture"},
    Signature{0, "%PDF"sv, RefusalKind::kContainerNotACheckpoint, "the file is a PDF document"},
    Signature{0, "SQLite format 3\0"sv, RefusalKind::kContainerNotACheckpoint, "the file is an SQLite database"},
};

// The magic number of torch's stream format, 0x1950a86a20f9469cfc6c, as a pickle: LONG1 of ten bytes, or decimal.
constexpr auto kLegacyBinary = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr auto kLegacyDecimal = "L119547037146038801333356L\n"sv;

[[noreturn]] void RefuseFile(RefusalKind kind, std::string_view detail) { Refuse(kind, {}, 0, std::string(detail)); }

bool HasAt(std::string_view file, std::size_t offset, std::string_view bytes) {
  return file.size() >= offset && file.substr(offset).starts_with(bytes);
}

bool StartsWithPickle(std::string_view file) {
  return file.size() >= 2 && file[0] == '\x80' && static_cast<unsigned char>(file[1]) <= 5;
}

// REC-005, DEV-629: PROTO, perhaps FRAME (nine bytes, protocols 4 and 5), then the magic number; or protocol 0 or 1.
// Also a first pickle that is another number of that length, alone, with the next pickle right behind it: a damaged
// magic.
bool IsLegacy(std::string_view file) {
  if (file.starts_with(kLegacyDecimal) || file.starts_with(kLegacyBinary)) return true;
  if (!StartsWithPickle(file)) return false;
  const std::size_t next = 2 + kLegacyBinary.size();
  if (HasAt(file, 2, kLegacyBinary.substr(0, 2)) && HasAt(file, next, ".\x80")) return true;
  return HasAt(file, 2, kLegacyBinary) || (HasAt(file, 2, "\x95") && HasAt(file, 11, kLegacyBinary));
}

// REC-012: torch.save writes the magic number at protocol 2 unless it is told otherwise.
bool IsCutLegacy(std::string_view file) {
  constexpr std::size_t kProto = 2;
  return file.size() > kProto && StartsWithPickle(file) && kLegacyBinary.starts_with(file.substr(kProto));
}

// A number in a tar header: octal digits, blanks in front and behind; nothing counts as 0. Nothing for other text.
std::optional<std::uint64_t> TarNumber(std::string_view field) {
  field = field.substr(0, field.find('\0'));
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
  std::uint64_t number = 0;
  for (const char c : field) {
    if (c < '0' || c > '7') return std::nullopt;
    number = number * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// REC-004: torch asks Python's tarfile: a block of zeros, or a header with a right checksum (at 148, counted with
// blanks in its own place, the bytes as unsigned or signed numbers). The magic `ustar` does not count.
bool IsTar(std::string_view file) {
  if (file.size() < kTarBlock) return false;
  const std::string_view block = file.substr(0, kTarBlock);
  std::int64_t sum = std::int64_t{8} * ' ';
  std::int64_t signed_sum = sum;
  bool zeros = true;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    zeros &= block[i] == '\0';
    if (i >= 148 && i < 156) continue;
    sum += static_cast<unsigned char>(block[i]);
    signed_sum += static_cast<signed char>(block[i]);
  }
  const auto announced = TarNumber(block.substr(148, 8));
  return zeros || (announced && (std::cmp_equal(*announced, sum) || std::cmp_equal(*announced, signed_sum)));
}

// REC-013: what the way out is. torch wrote `sys_info`, `pickle`, `tensors` and `storages` into its archives.
std::string_view TarDetail(std::string_view file) {
  if (file.front() == '\0') return "the file starts with 512 NUL bytes, which is an empty tar archive";
  for (const std::string_view name : {"sys_info"sv, "pickle"sv, "tensors"sv, "storages"sv}) {
    const std::string_view found = file.substr(0, std::min(file.find('\0'), file.size()));
    if (found == name || found == std::string("./").append(name)) {
      return "the file is a checkpoint of torch before 0.1.10, a tar archive: load it with a torch of that time or "
             "with "
             "weights_only=False in an isolated environment, and save its state_dict() again";
    }
  }
  return "the file is a tar archive: unpack it and load what is inside";
}

// REC-007: the length of a JSON header, then the header. The length is judged loosely so that a cut file is still
// named.
bool IsSafetensors(std::string_view file) {
  if (file.size() < 10 || file[8] != '{') return false;
  const std::uint64_t length = Load64(AsBytes(file).data());
  return length >= 2 && length < (std::uint64_t{1} << 40) && (file[9] == '"' || file[9] == '}' || file[9] == ' ');
}

bool IsIdentifierLine(std::string_view line) {
  return !line.empty() && std::ranges::all_of(line, [](char c) {
    return c == '_' || c == '.' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

// REC-008: a pickle of protocol 0 or 1 has no mark of its own; what pickles of dicts, lists and calls start with is
// told.
bool LooksLikeOldPickle(std::string_view file) {
  if (file.size() < 2 || !file.ends_with('.')) return false;
  for (const std::string_view start :
       {"(dp"sv, "(lp"sv, "(d."sv, "(l."sv, "}q"sv, "]q"sv, "}."sv, "]."sv, ")."sv, "N."sv}) {
    if (file.starts_with(start)) return true;
  }
  if (file[0] != 'c') return false;
  const std::size_t first = file.find('\n');
  if (first > 256) return false;  // or not found
  const std::size_t second = file.find('\n', first + 1);
  return second != std::string_view::npos && second - first <= 256 && IsIdentifierLine(file.substr(1, first - 1)) &&
         IsIdentifierLine(file.substr(first + 1, second - first - 1));
}

// Printable UTF-8 with line ends and tabs, as far as the sample goes; a character that the sample cuts is let through.
bool IsText(std::string_view file) {
  std::string_view sample = file.substr(0, kTextSample);
  for (int i = 0; sample.size() < file.size() && i < 4 && !IsUtf8(sample); ++i) sample.remove_suffix(1);
  return IsUtf8(sample) && std::ranges::none_of(sample, [](char c) {
           return c == '\x7f' ||
                  (static_cast<unsigned char>(c) < ' ' && "\t\n\v\f\r\x1b"sv.find(c) == std::string_view::npos);
         });
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// REC-010: what kind of text, because the way out differs.
std::string_view TextDetail(std::string_view file) {
  const std::size_t start = std::min(file.find_first_not_of("\xef\xbb\xbf \t\r\n"), file.size());
  const std::string_view text = file.substr(start, 256);
  const std::string lower = Lower(text);
  if (text.starts_with("version https://git-lfs.github.com/spec/")) {
    return "the file is a Git LFS pointer, not the checkpoint that it points to: run `git lfs pull`";
  }
  if (lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.starts_with("<head")) {
    return "the file is an HTML page, such as a download that needs a login answers with: download it again";
  }
  if (text.starts_with("<?xml") || text.starts_with("<Error>")) {
    return "the file is XML, such as an object store answers with in place of a file: download it again";
  }
  if (text.starts_with('{') || text.starts_with('[')) return "the file is JSON: look for the weights beside it";
  for (const std::string_view word : {"#!"sv, "import "sv, "from "sv, "def "sv, "class "sv, "\"\"\""sv}) {
    if (text.starts_with(word)) return "the file is source code, not a checkpoint";
  }
  return "the file is text, not a checkpoint";
}

}  // namespace

// Format notes:
//  - REC-001: torch reads a zip archive exactly when the first four bytes are `PK\3\4`. Everything else goes to its
//    reader of the legacy stream, which asks first whether it is a tar archive; all of it fails there but for a stream,
//    so the order below only chooses the name.
//  - DEV-112: the name of the file is not looked at.
Format Recognise(Bytes bytes) {
  const std::string_view file = AsText(bytes);
  constexpr auto kZip = "PK\3\4"sv;
  if (file.starts_with(kZip)) return Format::kZip;
  // REC-011
  if (file.empty()) RefuseFile(RefusalKind::kContainerEmpty, "the file has 0 bytes");
  // REC-002
  if (kZip.starts_with(file)) {
    RefuseFile(RefusalKind::kContainerTruncated, "the file ends inside the first four bytes of a zip archive");
  }
  if (IsTar(file)) RefuseFile(RefusalKind::kContainerTar, TarDetail(file));
  if (IsLegacy(file)) return Format::kLegacy;
  if (IsCutLegacy(file)) {
    RefuseFile(RefusalKind::kContainerTruncated,
               "the file ends inside the magic number of the stream that torch wrote before 1.6");
  }
  for (const Signature& signature : kSignatures) {
    if (HasAt(file, signature.offset, signature.bytes)) RefuseFile(signature.kind, signature.detail);
  }
  if (IsSafetensors(file)) {
    RefuseFile(RefusalKind::kContainerSafetensors,
               "the file starts as the safetensors format does: read it with a safetensors library");
  }
  if (StartsWithPickle(file) || LooksLikeOldPickle(file)) {
    RefuseFile(RefusalKind::kContainerPlainPickle,
               "the file is a bare pickle: never load it with pickle.load unless you trust its author");
  }
  if (IsText(file)) RefuseFile(RefusalKind::kContainerText, TextDetail(file));
  std::string start;
  AppendHex(start, file.substr(0, 8));
  RefuseFile(RefusalKind::kContainerNotACheckpoint,
             "the file starts with the bytes " + start + ", which no known format has");
}

}  // namespace weightsonly::container
