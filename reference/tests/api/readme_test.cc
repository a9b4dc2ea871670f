// The C++ examples of README.md and weightsonly.h, compiled as they stand there, and run.
#include <weightsonly/weightsonly.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/catch.h"

namespace {

constexpr const char* kGood = WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/checkpoint-Adam.pt";
constexpr const char* kBad = WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/user-class.pt";

struct Seen {
  int tensors = 0;
  std::size_t bytes = 0;
  std::string kind;
};
Seen* seen = nullptr;

void Use(std::span<const weightsonly::PathElement> path, weightsonly::Dtype dtype, std::span<const std::int64_t> shape,
         std::span<const std::int64_t> stride, std::span<const std::byte> bytes) {
  CHECK_FALSE(path.empty());
  CHECK(dtype == weightsonly::Dtype::kFloat32);
  CHECK(shape.size() == stride.size());
  ++seen->tensors;
  seen->bytes += bytes.size();
}
int Report(const weightsonly::Refusal& refusal) {
  seen->kind = weightsonly::KindName(refusal.kind);
  return 1;
}

// The examples name a file "model.pt": each lambda is called with its path.
int ReadmeExample(const std::string& model) {
  const auto Load = [&](const char*) { return weightsonly::Load(model); };
  // README begins
  auto checkpoint = Load("model.pt");
  if (!checkpoint) {
    const weightsonly::Refusal& refusal = checkpoint.error();
    std::cerr << weightsonly::KindName(refusal.kind) << ": " << refusal.detail << '\n'
              << weightsonly::KindAdvice(refusal.kind) << '\n';
    return 1;
  }
  for (const auto& [path, tensor] : checkpoint->tensors())
    Use(path, tensor.dtype(), tensor.shape(), tensor.stride(), *tensor.data());
  const weightsonly::Value root = checkpoint->root();
  // README ends
  CHECK(root.type() == weightsonly::ValueType::kDict);
  return 0;
}

int HeaderExample(const std::string& model) {
  const auto Load = [&](const char*) { return weightsonly::Load(model); };
  // HEADER begins
  auto checkpoint = Load("model.pt");
  if (!checkpoint) return Report(checkpoint.error());
  for (const auto& [path, tensor] : checkpoint->tensors())
    Use(path, tensor.dtype(), tensor.shape(), tensor.stride(), *tensor.data());
  const weightsonly::Value root = checkpoint->root();
  // HEADER ends
  CHECK(root.size() == 3);
  return 0;
}

std::string ReadText(const std::string& path) {
  std::ifstream stream(WEIGHTSONLY_SOURCE_DIR "/" + path, std::ios::binary);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const std::size_t to = text.find(end, from + begin.size());
  REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size());
}

// Code without comments and blanks; `weightsonly::Load` is `Load` here.
std::string Code(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("//"));
    std::erase_if(line, [](unsigned char c) { return std::isspace(c) != 0; });
    out += line;
  }
  const std::string call = "weightsonly::Load(";
  for (std::size_t at = out.find(call); at != std::string::npos; at = out.find(call))
    out.replace(at, call.size(), "Load(");
  return out;
}

// A block comment's lines without their "//".
std::string Uncommented(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += (line.starts_with("//") ? line.substr(2) : line) + "\n";
  return out;
}

}  // namespace

TEST_CASE("the example of README.md is the one that is compiled here") {
  const std::string own =
      Code(Between(ReadText("reference/tests/api/readme_test.cc"), "// README begins\n", "// README ends"));
  const std::string block = Between(ReadText("README.md"), "#include <weightsonly/weightsonly.h>\n", "```");
  CHECK(own.size() > 200);
  CHECK(Code(block) == own);
}

TEST_CASE("the example of weightsonly.h is the one that is compiled here") {
  const std::string own =
      Code(Between(ReadText("reference/tests/api/readme_test.cc"), "// HEADER begins\n", "// HEADER ends"));
  const std::string block = Between(ReadText("reference/weightsonly.h"), "In one look:\n//\n", "//\n// Nothing");
  CHECK(own.size() > 150);
  CHECK(Code(Uncommented(block)) == own);
}

TEST_CASE("both examples list the tensors of a checkpoint") {
  for (const auto example : {&ReadmeExample, &HeaderExample}) {
    Seen here;
    seen = &here;
    CHECK(example(kGood) == 0);
    // What torch 2.15.0 has in this file: 16 tensors of 82 float32.
    CHECK(here.tensors == 16);
    CHECK(here.bytes == 328);
  }
}

TEST_CASE("both examples say what was refused") {
  Seen here;
  seen = &here;
  CHECK(HeaderExample(kBad) == 1);
  CHECK(here.kind == "policy.global-not-allowed");
  std::ostringstream said;
  std::streambuf* old = std::cerr.rdbuf(said.rdbuf());
  const int result = ReadmeExample(kBad);
  std::cerr.rdbuf(old);
  CHECK(result == 1);
  CHECK(said.str().starts_with("policy.global-not-allowed: `training.Config`"));
}
