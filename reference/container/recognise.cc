// Floor 1. Tells a zip archive from everything else that people give to a loader of checkpoints. SPEC.md chapter 1,
// rules REC-…. It looks at the first bytes only and reads none of the formats that it names.
#include "container/recognise.h"

#include <algorithm>
#include <array>
#include <cctype>
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
              "the file is a tar archive: if it was packed by hand, unpack it and load what is inside"},
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

// REC-005: PROTO, perhaps FRAME (nine bytes, protocols 4 and 5), then the magic number; or protocol 0 or 1.
bool IsLegacy(std::string_view file) {
  if (file.starts_with(kLegacyDecimal) || file.starts_with(kLegacyBinary)) return true;
  if (!StartsWithPickle(file)) return false;
  return HasAt(file, 2, kLegacyBinary) || (HasAt(file, 2, "\x95") && HasAt(file, 11, kLegacyBinary));
}

// REC-004: torch asks Python's tarfile, which also takes a block of zeros, and a header without the magic whose
// checksum (octal, at 148; counted with blanks in its own place) is right.
bool IsTar(std::string_view file) {
  if (file.size() < kTarBlock) return false;
  const std::string_view block = file.substr(0, kTarBlock);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  if (sum == std::uint64_t{8} * ' ') return true;
  std::uint64_t announced = 0;
  for (const char c : block.substr(148, 8)) {
    if (c == ' ' && announced == 0) continue;
    if (c < '0' || c > '7') break;
    announced = announced * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return announced == sum;
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
//  reader of
//    the old stream format, and all of it fails there but for that format; so the order below only chooses the name.
//  - DEV-112: the name of the file is not looked at.
void RequireZip(Bytes bytes) {
  const std::string_view file = AsText(bytes);
  constexpr auto kZip = "PK\3\4"sv;
  if (file.starts_with(kZip)) return;
  // REC-011
  if (file.empty()) RefuseFile(RefusalKind::kContainerEmpty, "the file has 0 bytes");
  // REC-002
  if (kZip.starts_with(file)) {
    RefuseFile(RefusalKind::kContainerTruncated, "the file ends inside the first four bytes of a zip archive");
  }
  for (const Signature& signature : kSignatures) {
    if (HasAt(file, signature.offset, signature.bytes)) RefuseFile(signature.kind, signature.detail);
  }
  if (IsLegacy(file)) {
    RefuseFile(RefusalKind::kContainerLegacy,
               "the file starts with the magic number of the stream that torch wrote before 1.6: "
               "load it with torch and save it again");
  }
  if (IsTar(file)) {
    RefuseFile(RefusalKind::kContainerTar,
               "the file starts as a tar archive does (torch takes 512 NUL bytes for one, too)");
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
