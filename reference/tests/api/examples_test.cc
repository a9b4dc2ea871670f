// The examples of reference/EXAMPLES.md, compiled as they stand there, and run over files of the corpus. What comes out
// is what torch 2.15.0 has for these files, or was put into the bytes by hand.
#include <weightsonly/weightsonly.h>

#include <cstring>
#include <map>
#include <optional>
#include <sstream>

#include "tests/api/corpus.h"

namespace {

// EXAMPLE
std::string Verdict(const std::string& path) {
  const auto checkpoint = weightsonly::Load(path);
  if (checkpoint) return "accepted";
  const weightsonly::Refusal& refusal = checkpoint.error();
  return std::string(weightsonly::KindName(refusal.kind)) + " in " + refusal.record + " at " +
         std::to_string(refusal.offset) + ": " + refusal.detail;
}
// END

// EXAMPLE
bool NeedsAClass(const weightsonly::Refusal& refusal) {
  return refusal.kind == weightsonly::RefusalKind::kPolicyGlobalNotAllowed;
}
// END

// EXAMPLE
std::expected<weightsonly::Checkpoint, weightsonly::Refusal> LoadStrictly(const std::string& path) {
  weightsonly::Options options;
  options.strict = true;
  auto checkpoint = weightsonly::Load(path, options);
  if (!checkpoint) return checkpoint;
  if (const auto verified = checkpoint->Verify(); !verified) return std::unexpected(verified.error());
  return checkpoint;
}
// END

// EXAMPLE
std::string NameOf(std::span<const weightsonly::PathElement> path) {
  std::string name;
  for (const weightsonly::PathElement& step : path) {
    if (!name.empty()) name += '.';
    if (const auto* key = std::get_if<std::string_view>(&step)) name += *key;
    if (const auto* position = std::get_if<std::int64_t>(&step)) name += std::to_string(*position);
    if (const auto* attribute = std::get_if<weightsonly::AttributeName>(&step)) name += attribute->name;
    if (std::holds_alternative<weightsonly::Value>(step)) name += "(another key)";
  }
  return name;
}

std::map<std::string, std::vector<std::int64_t>> Shapes(const weightsonly::Checkpoint& checkpoint) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& [path, tensor] : checkpoint.tensors()) {
    shapes[NameOf(path)].assign(tensor.shape().begin(), tensor.shape().end());
  }
  return shapes;
}
// END

// EXAMPLE
std::optional<double> LearningRate(const weightsonly::Checkpoint& checkpoint) {
  const auto optimizer = checkpoint.root().Find("optimizer");
  const auto groups = optimizer ? optimizer->Find("param_groups") : std::nullopt;
  if (!groups || groups->size() == 0) return std::nullopt;
  const auto rate = groups->item(0).Find("lr");
  if (!rate || rate->type() != weightsonly::ValueType::kFloat) return std::nullopt;
  return rate->AsFloat();
}
// END

// EXAMPLE
std::optional<double> Sum(const weightsonly::Tensor& tensor) {
  const auto elements = tensor.As<float>();
  if (tensor.dtype() != weightsonly::Dtype::kFloat32 || !elements) return std::nullopt;
  double sum = 0;
  for (const float element : *elements) sum += element;
  return sum;
}
// END

// EXAMPLE
std::expected<std::vector<std::byte>, weightsonly::Refusal> Elements(const weightsonly::Tensor& tensor) {
  std::vector<std::byte> out(tensor.nbytes());
  if (const auto copied = tensor.CopyTo(out); !copied) return std::unexpected(copied.error());
  return out;
}
// END

// EXAMPLE
std::expected<std::vector<std::vector<std::byte>>, weightsonly::Refusal> AllBytes(
    const weightsonly::Checkpoint& checkpoint) {
  std::vector<std::vector<std::byte>> bytes;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) bytes.emplace_back(checkpoint.storage(i).nbytes());
  std::vector<weightsonly::StorageCopyJob> jobs;
  for (std::size_t i = 0; i < bytes.size(); ++i) jobs.push_back({checkpoint.storage(i), bytes[i]});
  if (const auto copied = weightsonly::CopyStorages(jobs); !copied) return std::unexpected(copied.error());
  return bytes;
}
// END

// EXAMPLE
bool ShareBytes(const weightsonly::Tensor& a, const weightsonly::Tensor& b) {
  const auto first = a.storage(), second = b.storage();  // of one checkpoint; nothing on the meta device
  return first && second && first->index() == second->index();
}
// END

// EXAMPLE
std::expected<weightsonly::Checkpoint, weightsonly::Refusal> LoadFromBigEndianHost(const std::string& path) {
  weightsonly::Options options;
  options.default_load_endianness = weightsonly::Endianness::kBig;
  return weightsonly::Load(path, options);
}
// END

// EXAMPLE
std::expected<weightsonly::Checkpoint, weightsonly::Refusal> LoadFromPython2(const std::string& path) {
  weightsonly::Options options;
  options.encoding = "latin1";
  return weightsonly::Load(path, options);
}
// END

// EXAMPLE
std::optional<std::vector<double>> Dequantized(const weightsonly::Tensor& tensor) {
  const auto quantizer = tensor.quantizer();
  if (!quantizer || tensor.dtype() != weightsonly::Dtype::kQUInt8) return std::nullopt;
  std::vector<std::byte> elements(tensor.nbytes());
  if (!tensor.CopyTo(elements)) return std::nullopt;
  const auto scales = quantizer->scales();
  const auto points = quantizer->zero_points();
  if (!scales || !points) return std::nullopt;
  std::size_t behind = 1;  // elements from one position along the axis to the next
  const auto shape = tensor.shape();
  for (auto i = static_cast<std::size_t>(quantizer->axis()) + 1; i < shape.size(); ++i) {
    behind *= static_cast<std::size_t>(shape[i]);
  }
  std::vector<double> numbers;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    double scale = quantizer->scale();
    auto point = static_cast<double>(quantizer->zero_point());
    if (quantizer->scheme() == weightsonly::Qscheme::kPerChannelAffine) {
      const std::size_t channel = i / behind % scales->size();
      scale = (*scales)[channel];
      point = static_cast<double>((*points)[channel]);
    } else if (quantizer->scheme() != weightsonly::Qscheme::kPerTensorAffine) {
      return std::nullopt;
    }
    numbers.push_back((std::to_integer<int>(elements[i]) - point) * scale);
  }
  return numbers;
}
// END

// EXAMPLE
std::optional<std::vector<float>> DenseRows(const weightsonly::Value& value) {
  const auto sparse = value.AsSparse();
  if (!sparse || sparse->layout() != weightsonly::SparseLayout::kCsr || sparse->shape().size() != 2)
    return std::nullopt;
  const weightsonly::Tensor starts_part = *sparse->crow(), columns_part = *sparse->col(),
                            values_part = sparse->values();
  const auto starts = starts_part.As<std::int64_t>();
  const auto columns = columns_part.As<std::int64_t>();
  const auto values = values_part.As<float>();
  if (!starts || !columns || !values) return std::nullopt;
  const auto rows = static_cast<std::size_t>(sparse->shape()[0]), width = static_cast<std::size_t>(sparse->shape()[1]);
  if (width != 0 && rows > 1'000'000 / width) return std::nullopt;  // a small file can name a huge shape
  std::vector<float> dense(rows * width);
  for (std::size_t row = 0; row < rows; ++row) {
    for (auto at = (*starts)[row]; at < (*starts)[row + 1]; ++at) {
      const auto element = static_cast<std::size_t>(at);
      dense[row * width + static_cast<std::size_t>((*columns)[element])] = (*values)[element];
    }
  }
  return dense;
}
// END

// EXAMPLE
weightsonly::Options OnTheCpu() {
  weightsonly::Options options;
  options.map_location = std::string("cpu");
  return options;
}

weightsonly::Options FirstCardOnly() {
  weightsonly::Options options;
  options.map_location = weightsonly::LocationTable{{"cuda:1", "cuda:0"}, {"cuda:2", "cuda:0"}};
  return options;
}

weightsonly::Options LargeOnesElsewhere(std::uint64_t limit) {
  weightsonly::Options options;
  options.map_location = [limit](const weightsonly::StorageTag& storage,
                                 std::string_view) -> std::optional<std::string> {
    if (storage.nbytes > limit) return "cpu";
    return std::nullopt;  // where the file says
  };
  return options;
}
// END

// EXAMPLE
std::expected<std::vector<std::uint64_t>, weightsonly::Refusal> SizesOnly(const std::string& path) {
  weightsonly::Options options;
  options.map_location = std::string("meta");  // no storage is read
  const auto checkpoint = weightsonly::Load(path, options);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  std::vector<std::uint64_t> sizes;
  for (const auto& [path_of_it, tensor] : checkpoint->tensors()) sizes.push_back(tensor.nbytes());
  return sizes;
}
// END

// EXAMPLE
weightsonly::Package Npu() {
  return {.priority = 30,
          .tagger = [](const weightsonly::Storage& storage) -> std::optional<std::string> {
            if (storage.device().starts_with("npu")) return "npu";
            return std::nullopt;
          },
          .deserializer = [](const weightsonly::StorageTag&, std::string_view location) -> std::optional<std::string> {
            if (location.starts_with("npu")) return std::string(location);
            return std::nullopt;
          }};
}
// END

// EXAMPLE
weightsonly::Options ForSmallMachines() {
  weightsonly::Options options;
  options.mmap = false;
  options.limits.nodes = 1'000'000;
  options.limits.inflated_base = 16 << 20;
  return options;
}
// END

// EXAMPLE
std::vector<std::string> NotAllowed(const std::string& path) {
  std::vector<std::string> names;
  const auto globals = weightsonly::GlobalsIn(path);
  if (!globals) return names;
  for (const weightsonly::NamedGlobal& global : *globals) {
    if (global.standing != weightsonly::NamedGlobal::Standing::kAllowed) names.push_back(global.path);
  }
  return names;
}
// END

}  // namespace

namespace weightsonly::testing {
namespace {

std::string CorpusFile(const std::string& name) { return WEIGHTSONLY_SOURCE_DIR "/corpus/" + name; }
const std::string kAdam = CorpusFile("torch-2.15.0/checkpoint-Adam.pt");

// What stands between each `begin` and the next `end`, without blanks.
std::vector<std::string> Blocks(const std::string& text, const std::string& begin, const std::string& end) {
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    const std::size_t to = text.find(end, at);
    REQUIRE(to != std::string::npos);
    blocks.push_back(text.substr(at, to - at));
    std::erase_if(blocks.back(), [](unsigned char c) { return std::isspace(c) != 0; });
    at = to;
  }
  return blocks;
}

Checkpoint Opened(const std::string& path, const Options& options = {}) {
  auto checkpoint = Load(path, options);
  REQUIRE(checkpoint.has_value());
  return *std::move(checkpoint);
}

std::vector<std::string> Devices(const std::string& path, const Options& options) {
  const Checkpoint checkpoint = Opened(path, options);
  std::vector<std::string> devices;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    devices.emplace_back(checkpoint.storage(i).device());
  }
  return devices;
}

}  // namespace

TEST_CASE("the examples of EXAMPLES.md are the ones that are compiled here") {
  const std::string source = WEIGHTSONLY_SOURCE_DIR "/reference/";
  const auto page = Blocks(ReadFile(source + "EXAMPLES.md"), "```cpp\n", "```");
  const std::string sources =
      ReadFile(source + "tests/api/examples_test.cc") + ReadFile(source + "tests/api/examples_allow_test.cc");
  const auto own = Blocks(sources, "\n// EXAMPLE\n", "\n// END\n");
  CHECK(page.size() >= 15);
  REQUIRE(page.size() == own.size());
  for (std::size_t i = 0; i < page.size(); ++i) CHECK(page[i] == own[i]);
}

TEST_CASE("examples: loading and refusals") {
  CHECK(Verdict(kAdam) == "accepted");
  const std::string refused = CorpusFile("torch-2.15.0/user-class.pt");
  CHECK(Verdict(refused) == "policy.global-not-allowed in data.pkl at 19: `training.Config` is not on the allowlist");
  CHECK(NeedsAClass(Load(refused).error()));
  CHECK_FALSE(NeedsAClass(Load(CorpusFile("forged/pid-location-bogus.pt")).error()));
  CHECK(LoadStrictly(kAdam).has_value());
  CHECK(LoadStrictly(CorpusFile("forged/zip-wrong-crc.pt")).error().kind == RefusalKind::kZipCrc);
  CHECK(Load(CorpusFile("forged/zip-wrong-crc.pt")).has_value());
  CHECK(NotAllowed(refused) == std::vector<std::string>{"training.Config"});
  CHECK(NotAllowed(kAdam).empty());
}

TEST_CASE("examples: tensors, values, elements") {
  const Checkpoint adam = Opened(kAdam);
  const auto shapes = Shapes(adam);
  CHECK(shapes.size() == 16);
  CHECK(shapes.at("model.0.weight") == std::vector<std::int64_t>{4, 3});
  CHECK(shapes.at("optimizer.state.0.step").empty());
  CHECK(LearningRate(adam) == 0.01);
  CHECK_FALSE(LearningRate(Opened(CorpusFile("forged/zip-minimal.pt"))).has_value());
  // Element by element, both ways.
  int summed = 0;
  for (const auto& [path, tensor] : adam.tensors()) {
    const auto copied = Elements(tensor);
    REQUIRE(copied.has_value());
    double expected = 0;
    for (std::size_t at = 0; at < copied->size(); at += sizeof(float)) {
      float element = 0;
      std::memcpy(&element, copied->data() + at, sizeof element);
      expected += element;
    }
    CHECK(Sum(tensor) == expected);
    ++summed;
  }
  CHECK(summed == 16);
}

TEST_CASE("examples: storages and sharing") {
  const Checkpoint adam = Opened(kAdam);
  const auto bytes = AllBytes(adam);
  REQUIRE(bytes.has_value());
  REQUIRE(bytes->size() == 16);
  for (std::size_t i = 0; i < bytes->size(); ++i) CHECK(std::ranges::equal((*bytes)[i], *adam.storage(i).data()));
  const Value tied = Opened(CorpusFile("torch-2.15.0/tied-weights.pt")).root();
  REQUIRE(tied.size() >= 2);
  const Tensor embed = *tied.pair(0).second.AsTensor(), head = *tied.pair(1).second.AsTensor();
  CHECK(ShareBytes(embed, head));
  const Value model = *adam.root().Find("model");
  CHECK_FALSE(ShareBytes(*model.pair(0).second.AsTensor(), *model.pair(1).second.AsTensor()));
}

TEST_CASE("examples: legacy, quantized and sparse") {
  const std::string old = CorpusFile("forged/python2-latin1.pt");
  CHECK(Load(old).error().kind == RefusalKind::kPickleText);
  const auto python2 = LoadFromPython2(old);
  REQUIRE(python2.has_value());
  CHECK(python2->root().AsStr() == "\u00e9");
  CHECK(Verdict(CorpusFile("torch-2.15.0/legacy-linear.pt")) == "accepted");

  // By hand: 0 to 5 in two rows, scales 0.5 and 0.25, zero points 0 and 1; 0 to 5, scale 0.5, zero point 3.
  const Value channels = Opened(CorpusFile("forged/qchannel-plain.pt")).root();
  CHECK(Dequantized(*channels.AsTensor()) == std::vector<double>{0, 0.5, 1, 0.5, 0.75, 1});
  const Value whole = Opened(CorpusFile("forged/qtensor-plain.pt")).root();
  CHECK(Dequantized(*whole.AsTensor()) == std::vector<double>{-1.5, -1, -0.5, 0, 0.5, 1});
  const Value columns = Opened(CorpusFile("forged/qchannel-axis-1.pt")).root();
  CHECK(Dequantized(*columns.AsTensor()) == std::vector<double>{0, 0, 0, 1.5, 0.75, 3});

  CHECK(DenseRows(Opened(CorpusFile("torch-2.15.0/sparse-csr.pt")).root()) ==
        std::vector<float>{1, 0, 2, 0, 0, 3, 0, 0});
  CHECK_FALSE(DenseRows(Opened(CorpusFile("forged/coo-plain.pt")).root()).has_value());
  CHECK_FALSE(DenseRows(channels).has_value());
}

TEST_CASE("examples: byte order, devices, limits") {
  const std::string old = CorpusFile("torch-1.13.1/checkpoint-Adam.pt");
  const Checkpoint little = Opened(old);
  const auto big = LoadFromBigEndianHost(old);
  REQUIRE(big.has_value());
  CHECK(big->foreign_byte_order() != little.foreign_byte_order());
  const auto one = AllBytes(little), other = AllBytes(*big);
  CHECK((*one)[0].size() == (*other)[0].size());
  CHECK((*one)[0] != (*other)[0]);

  const std::string tagged = CorpusFile("forged/location-cuda-0.pt");
  CHECK(Devices(tagged, {}) == std::vector<std::string>{"cuda:0"});
  CHECK(Devices(tagged, OnTheCpu()) == std::vector<std::string>{"cpu"});
  CHECK(Devices(tagged, FirstCardOnly()) == std::vector<std::string>{"cuda:0"});
  CHECK(Devices(tagged, LargeOnesElsewhere(0)) == std::vector<std::string>{"cpu"});
  CHECK(Devices(tagged, LargeOnesElsewhere(1000)) == std::vector<std::string>{"cuda:0"});
  const auto sizes = SizesOnly(CorpusFile("torch-2.15.0/tied-weights.pt"));
  REQUIRE(sizes.has_value());
  CHECK(*sizes == std::vector<std::uint64_t>{96, 96});
  Options options;
  options.packages = {Npu()};
  options.map_location = std::string("npu:3");
  const Checkpoint npu = Opened(tagged, options);
  CHECK(npu.storage(0).device() == "npu:3");
  CHECK(LocationTag(npu.storage(0), options.packages) == "npu");

  CHECK(Load(kAdam, ForSmallMachines()).has_value());
}

}  // namespace weightsonly::testing
