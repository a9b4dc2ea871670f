// The examples of reference/EXAMPLES.md about what may be loaded, compiled as they stand there, and run over files of
// the corpus. The values are those that torch 2.15.0 has for these files under the same names.
#include <weightsonly/weightsonly.h>

#include <any>
#include <cstring>
#include <optional>

#include "tests/api/corpus.h"

namespace {

// EXAMPLE
std::vector<std::string> ToBeAllowed(const std::string& path) {
  std::vector<std::string> names;
  const auto report = weightsonly::ExamineGlobals(path);
  if (!report || !report->filled.empty()) return names;
  for (const weightsonly::NamedGlobal& global : report->named) {
    if (global.standing == weightsonly::NamedGlobal::Standing::kNotAllowed) names.push_back(global.path);
  }
  for (const weightsonly::BuiltClass& built : report->built) {
    if (!built.name.empty() && !built.allowed) names.push_back(built.name);
  }
  return names;
}
// END

// EXAMPLE
std::optional<double> RateIn(const std::string& path) {
  weightsonly::Options options;
  options.allowlist.Add("training.Config");
  const auto checkpoint = weightsonly::Load(path, options);
  if (!checkpoint) return std::nullopt;
  const auto config = checkpoint->root().Find("config");
  const auto object = config ? config->AsObject() : std::nullopt;
  const auto state = object ? object->state() : std::nullopt;
  const auto rate = state ? state->Find("rate") : std::nullopt;
  return rate ? std::optional(rate->AsFloat()) : std::nullopt;
}
// END

// EXAMPLE
struct Config {
  double rate;
};

weightsonly::Construction MakeConfig(const weightsonly::Object& object) {
  const auto state = object.state();
  const auto rate = state ? state->Find("rate") : std::nullopt;
  if (!rate) return {.fault = "a Config without a rate"};
  return {.value = Config{rate->AsFloat()}};
}

std::optional<Config> ConfigIn(const std::string& path) {
  weightsonly::Options options;
  options.allowlist.Register("training.Config", MakeConfig);
  const auto checkpoint = weightsonly::Load(path, options);
  const auto found = checkpoint ? checkpoint->root().Find("config") : std::nullopt;
  const auto object = found ? found->AsObject() : std::nullopt;
  const auto* config = object ? std::any_cast<Config>(object->constructed()) : nullptr;
  return config != nullptr ? std::optional(*config) : std::nullopt;
}
// END

// EXAMPLE
std::optional<weightsonly::Tensor> DataOf(const weightsonly::Value& value, std::string_view known) {
  const auto subclass = value.AsSubclass();
  if (!subclass) return value.AsTensor();
  if (subclass->class_name() != known || subclass->state() || subclass->data().is_meta()) return std::nullopt;
  return subclass->data();
}
// END

// EXAMPLE
std::vector<std::uint8_t> NumpyBytes(const std::string& path) {
  weightsonly::Options options;
  options.numpy = "2.4";
  options.allowlist.AddNumpy(options.numpy);
  const auto checkpoint = weightsonly::Load(path, options);
  const auto array = checkpoint ? checkpoint->root().AsNdarray() : std::nullopt;
  if (!array || array->dtype() != "<f4") return {};
  std::vector<std::uint8_t> bytes(array->nbytes());
  if (!array->CopyTo(std::as_writable_bytes(std::span(bytes)))) return {};
  return bytes;
}
// END

}  // namespace

namespace weightsonly::testing {
namespace {

std::string Written(const std::string& name) { return WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/" + name; }

}  // namespace

TEST_CASE("examples: what has to be allowed is enough") {
  const std::string path = Written("np-array-float32.pt");
  const std::vector<std::string> names = ToBeAllowed(path);
  CHECK(names == std::vector<std::string>{"numpy._core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype",
                                          "numpy.dtypes.Float32DType"});
  Options options;
  options.numpy = "2.4";
  for (const std::string& name : names) options.allowlist.Add(name);
  CHECK(Load(path, options).has_value());
  options.allowlist.Clear();
  for (const std::string& name : names) {
    if (name != names.back()) options.allowlist.Add(name);
  }
  CHECK(Load(path, options).error().kind == RefusalKind::kPolicyBuild);
  CHECK(ToBeAllowed(Written("obj-dict-subclass.pt")).empty());  // torch never fills such a class
}

TEST_CASE("examples: objects, and values made of them") {
  const std::string path = Written("user-class.pt");
  CHECK(RateIn(path) == 0.5);
  CHECK(ConfigIn(path)->rate == 0.5);
  CHECK_FALSE(RateIn(Written("linear.pt")).has_value());
  CHECK_FALSE(ConfigIn(Written("linear.pt")).has_value());
}

TEST_CASE("examples: tensors of a class that is known") {
  Options options;
  options.allowlist.Add("training.Tagged");
  const auto bare = Load(Written("obj-tensor-subclass-bare.pt"), options);
  REQUIRE(bare.has_value());
  CHECK(DataOf(bare->root(), "training.Tagged")->numel() == 2);
  CHECK_FALSE(DataOf(bare->root(), "training.Other").has_value());
}

TEST_CASE("examples: arrays of numpy") {
  const std::vector<std::uint8_t> bytes = NumpyBytes(Written("np-array-float32.pt"));
  constexpr std::uint8_t kFive[] = {0, 0, 0xa0, 0x40};
  REQUIRE(bytes.size() == 24);
  CHECK(std::memcmp(&bytes[20], kFive, 4) == 0);
  CHECK(NumpyBytes(Written("np-array-float64.pt")).empty());
}

}  // namespace weightsonly::testing
