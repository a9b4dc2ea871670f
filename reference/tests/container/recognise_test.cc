// What is neither a zip archive nor a legacy stream is refused by name. The second source of the verdicts is
// torch 2.15.0: its rule for zip archives was run (REC-001), and it reads none of the others with weights_only=True but
// the legacy stream. The signatures are those of the formats' own specifications.
#include "container/recognise.h"

#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

std::optional<Refusal> Recognise(const std::string& bytes) {
  return RefusalOf([&] { container::Recognise(AsBytes(bytes)); });
}

struct Row {
  const char* name;
  std::string bytes;
  const char* kind;
  const char* detail;  // a part of the detail
};

// A tar header whose checksum is right.
std::string TarHeader(const std::string& magic, const std::string& name = "name", bool as_signed = false) {
  std::string block(512, '\0');
  block.replace(0, name.size(), name);
  block.replace(148, 8, 8, ' ');
  block.replace(257, magic.size(), magic);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c) - (as_signed && (c & 0x80) != 0 ? 256U : 0U);
  std::string digits(6, '0');
  for (std::size_t i = 6; i-- > 0; sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
  return block.replace(148, 8, digits + std::string("\0 ", 2));
}

std::string Replace(std::string block, std::size_t at, const std::string& with) {
  return block.replace(at, with.size(), with);
}

std::string Sized(std::string start, std::size_t size) {
  start.resize(size, '\xee');
  return start;
}

}  // namespace

TEST_CASE("a file is read as a zip archive exactly when it starts with the signature of a local header") {
  CHECK_FALSE(Recognise("PK\3\4"));
  CHECK_FALSE(Recognise("PK\3\4 and anything"));
  CHECK(Recognise("PK\3\5"));
  CHECK(Recognise("xPK\3\4"));
}

TEST_CASE("a legacy stream is told by its first pickle") {
  const std::string magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const std::string frame = std::string("\x95\x0d\0\0\0\0\0\0\0", 9);
  const std::string ustar = Replace(std::string(600, 'x'), 257, "ustar");
  for (const std::string& start :
       {"\x80\2" + magic, "\x80\3" + magic, "\x80\4" + frame + magic, magic,
        std::string("L119547037146038801333356L\n."), "\x80\2\x8a\x0a" + std::string(10, '\1') + ".\x80",
        Replace(ustar, 0, "\x80\2" + magic)}) {
    CHECK(container::Recognise(AsBytes(start)) == container::Format::kLegacy);
  }
  CHECK(container::Recognise(AsBytes("PK\3\4")) == container::Format::kZip);
}

TEST_CASE("what is neither a zip archive nor a legacy stream is refused by name") {
  const std::string magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const Row rows[] = {
      {"no bytes", "", "container.empty", "0 bytes"},
      {"one byte of a zip archive", "P", "container.truncated", "zip archive"},
      {"three bytes of a zip archive", "PK\3", "container.truncated", "zip archive"},
      {"an empty zip archive", "PK\5\6" + std::string(18, '\0'), "container.zip.eocd", "without records"},
      {"a split zip archive", "PK\7\10PK\3\4", "container.not-a-checkpoint", "split"},
      {"three bytes of a legacy stream", "\x80\2\x8a", "container.truncated", "magic number"},
      {"all but one byte of its magic number", "\x80\2" + magic.substr(0, 11), "container.truncated", "magic number"},
      {"another number of ten bytes alone", "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x18.",
       "container.plain-pickle", "bare"},
      {"no pickle, but the magic number", "\x81\2" + magic, "container.not-a-checkpoint", "81028a0a"},
      {"tar", TarHeader("ustar"), "container.tar", "unpack it"},
      {"tar without magic", TarHeader(""), "container.tar", "unpack it"},
      {"tar of torch before 0.1.10", TarHeader("ustar", "sys_info"), "container.tar", "before 0.1.10"},
      {"tar of torch, packed again", TarHeader("ustar", "./pickle"), "container.tar", "before 0.1.10"},
      {"tar with a sum of signed bytes", TarHeader("", "n\xc3\xa9", true), "container.tar", "unpack it"},
      {"tar with a sum of unsigned bytes", TarHeader("", "n\xc3\xa9"), "container.tar", "unpack it"},
      {"tar with a sum behind blanks", Replace(TarHeader("ustar"), 148, "  "), "container.tar", "unpack it"},
      {"tar with a sum before blanks", Replace(TarHeader("ustar"), 154, "  "), "container.tar", "unpack it"},
      {"tar that starts like a legacy stream", TarHeader("", "\x80\2" + magic), "container.tar", "unpack it"},
      {"tar with a wrong checksum", Replace(TarHeader("ustar"), 0, "N"), "container.tar", "checksum is wrong"},
      {"old tar with a wrong checksum", Replace(TarHeader(""), 0, "N"), "container.not-a-checkpoint", "4e616d65"},
      {"old tar with a checksum of letters", Replace(TarHeader(""), 148, "abcdef"), "container.not-a-checkpoint",
       "6e616d65"},
      {"512 NUL bytes", std::string(512, '\0'), "container.tar", "NUL"},
      {"511 NUL bytes", std::string(511, '\0'), "container.not-a-checkpoint", "0000000000000000"},
      {"safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10), "container.safetensors", "safetensors"},
      {"safetensors, cut", std::string("\x40\1\0\0\0\0\0\0{\"__me", 14), "container.safetensors", "safetensors"},
      {"safetensors with a blank in the header", std::string("\x03\0\0\0\0\0\0\0{ }", 11), "container.safetensors",
       "safetensors"},
      {"no safetensors: a header of one byte", std::string("\x01\0\0\0\0\0\0\0{}", 10), "container.not-a-checkpoint",
       "0100"},
      {"no safetensors: a header of 2^40 bytes", std::string("\0\0\0\0\0\1\0\0{}", 10), "container.not-a-checkpoint",
       "0000"},
      {"no safetensors: a name without quotes", std::string("\x04\0\0\0\0\0\0\0{a:1", 12), "container.not-a-checkpoint",
       "0400"},
      {"no safetensors: a list", std::string("\x02\0\0\0\0\0\0\0[\"", 10), "container.not-a-checkpoint", "0200"},
      {"gzip", "\x1f\x8b\x08", "container.compressed", "gunzip"},
      {"7z", "7z\xbc\xaf\x27\x1c", "container.compressed", "7z"},
      {"xz",
       std::string("\xfd"
                   "7zXZ\0",
                   6),
       "container.compressed", "unxz"},
      {"bzip2", "BZh91AY", "container.compressed", "bunzip2"},
      {"zstd", "\x28\xb5\x2f\xfd", "container.compressed", "unzstd"},
      {"a pickle of protocol 2", "\x80\2}q\0.", "container.plain-pickle", "pickle.load"},
      {"a pickle of protocol 5", "\x80\5K\1.", "container.plain-pickle", "pickle.load"},
      {"no pickle: protocol 6", "\x80\6K\1.", "container.not-a-checkpoint", "80064b012e"},
      {"a pickle of protocol 0", "(dp0\nS'a'\np1\nI1\ns.", "container.plain-pickle", "pickle.load"},
      {"a pickle of protocol 1", "}q\1X\1\1\1\1aK\1s.", "container.plain-pickle", "pickle.load"},
      {"a pickle that calls", "cposix\nmkdir\n(S'marker'\ntR.", "container.plain-pickle", "pickle.load"},
      {"a pickle that calls out of a package", "cos.path\njoin\n(tR.", "container.plain-pickle", "pickle.load"},
      {"text that starts like a call", "class A:\n  pass\n.", "container.text", "source code"},
      {"text that starts like a dict", "(dp is no pickle without its end", "container.text", "text"},
      {"two lines and no call", "dposix\nmkdir\n.", "container.text", "text"},
      {"a call of no module", "c\nmkdir\n.", "container.text", "text"},
      {"one line and no name", "cposix\nmkdir.", "container.text", "text"},
      {"the longest line of a module", "c" + std::string(255, 'm') + "\nmkdir\n.", "container.plain-pickle", "bare"},
      {"a line too long for a module", "c" + std::string(256, 'm') + "\nmkdir\n.", "container.text", "text"},
      {"the longest line of a name", "cposix\n" + std::string(255, 'm') + "\n.", "container.plain-pickle", "bare"},
      {"a line too long for a name", "cposix\n" + std::string(256, 'm') + "\n.", "container.text", "text"},
      {"Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "container.text", "git lfs pull"},
      {"HTML", "\n<!DOCTYPE html><html>", "container.text", "HTML"},
      {"HTML without its declaration", "<HTML lang='en'>", "container.text", "HTML"},
      {"HTML from its head on", "<head><title>Sign in</title>", "container.text", "HTML"},
      {"XML", "<?xml version='1.0'?>", "container.text", "XML"},
      {"XML without its declaration", "<Error><Code>AccessDenied</Code></Error>", "container.text", "XML"},
      {"JSON", "{\"a\": 1}", "container.text", "JSON"},
      {"JSON, a list", "[1, 2]", "container.text", "JSON"},
      {"Python", "import torch\n", "container.text", "source code"},
      {"words", "just words", "container.text", "text"},
      {"words in UTF-8", "Gr\xc3\xbc\xc3\x9f", "container.text", "text"},
      {"words with a wrong byte just before what the sample may cut", std::string(4091, 'a') + "\xff" + "aaaaaaaa",
       "container.not-a-checkpoint", "6161616161616161"},
      {"words, cut inside a character by the sample", std::string(4095, 'a') + "\xc3\xbc", "container.text", "text"},
      {"words with a control character", "just\1words", "container.not-a-checkpoint", "6a757374"},
      {"words with a byte that is not UTF-8", "just\xffwords", "container.not-a-checkpoint", "6a757374ff"},
      {"numpy", "\x93NUMPY\1\1", "container.not-a-checkpoint", "numpy.load"},
      {"HDF5", "\x89HDF\r\n\x1a\n", "container.not-a-checkpoint", "HDF5"},
      {"GGUF", "GGUF\3\1\1\1", "container.not-a-checkpoint", "GGUF"},
      {"the preview release", "PYTORCH1\1\1", "container.not-a-checkpoint", "preview"},
      {"anything else", Sized("\xde\xad\xbe\xef", 600), "container.not-a-checkpoint", "deadbeefeeeeeeee"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      const std::optional<Refusal> refusal = Recognise(row.bytes);
      REQUIRE(refusal);
      CHECK(KindName(refusal->kind) == row.kind);
      CHECK(refusal->offset == 0);
      CHECK(refusal->record.empty());
      CHECK_THAT(refusal->detail, Catch::Contains(row.detail));
    }
  }
}

TEST_CASE("every start of a magic number or tar header is refused without reading past it") {
  const std::string legacy = "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  for (const std::string& whole : {legacy, TarHeader("ustar")}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // A buffer of exactly this size, so that a sanitizer sees a step too far.
      const std::vector<char> bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto refusal = RefusalOf([&] { container::Recognise(AsBytes({bytes.data(), bytes.size()})); });
      if (!refusal) FAIL("accepted " << size << " bytes");
    }
  }
  SUCCEED();
}

}  // namespace weightsonly::testing
