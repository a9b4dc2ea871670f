// Tensors of real files through the public interface alone, against what torch 2.15.0 said of them: dtype, shape,
// stride, offset, device and the bytes of the storage.
#include <weightsonly/weightsonly.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/api/corpus.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

using Json = nlohmann::ordered_json;

// The tensors of a canonical value in document order, each once: what a walk over the value meets.
void TensorsIn(const Json& value, std::vector<Json>& out) {
  if (value.is_object() && value.value("t", "") == "tensor") out.push_back(value);
  if (!value.is_structured()) return;
  for (const Json& member : value) TensorsIn(member, out);
}

// Numbers of this host's order in torch's, that of a little-endian host.
std::string LittleEndianHex(std::span<const std::byte> bytes, Dtype dtype) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string out;
  for (const char byte : OnHost(text, InfoOf(dtype).swap_bytes)) {
    out += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return out;
}

// The same of our value, in the same order: keys, values and items, then attributes; each tensor once.
void TensorsIn(const Value& value, std::vector<Value>& seen, std::vector<Tensor>& out) {
  if (value.size() != 0 || value.AsTensor() || value.AsSparse()) {
    for (const Value& other : seen) {
      if (other.Is(value)) return;
    }
    seen.push_back(value);
  }
  if (value.AsTensor()) out.push_back(*value.AsTensor());
  if (const auto sparse = value.AsSparse()) {  // its parts in document order
    for (const auto& part : {sparse->indices(), sparse->crow(), sparse->col(), sparse->ccol(), sparse->row()}) {
      if (part) out.push_back(*part);
    }
    out.push_back(sparse->values());
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool dict = value.type() == ValueType::kDict || value.type() == ValueType::kOrderedDict ||
                      value.type() == ValueType::kCounter;
    if (dict) {
      TensorsIn(value.pair(i).first, seen, out);
      TensorsIn(value.pair(i).second, seen, out);
    } else {
      TensorsIn(value.item(i), seen, out);
    }
  }
  if (const auto attributes = value.attributes()) TensorsIn(*attributes, seen, out);
}

std::vector<std::int64_t> Numbers(const Json& list) {
  std::vector<std::int64_t> out;
  for (const Json& number : list)
    out.push_back(number.is_string() ? std::stoll(number.get<std::string>()) : number.get<std::int64_t>());
  return out;
}

void CheckTensor(const Tensor& tensor, const Json& torch, const Json& storage) {
  CHECK(DtypeName(tensor.dtype()) == torch["dtype"].get<std::string>());
  CHECK(std::ranges::equal(tensor.shape(), Numbers(torch["shape"])));
  CHECK(std::ranges::equal(tensor.stride(), Numbers(torch["stride"])));
  CHECK(tensor.storage_offset() == torch["offset"].get<std::int64_t>());
  CHECK(tensor.is_conj() == torch.value("conj", false));
  CHECK(tensor.is_neg() == torch.value("neg", false));
  CHECK(tensor.is_meta() == torch.contains("device"));
  if (tensor.is_meta()) {
    CHECK(tensor.device() == torch["device"].get<std::string>());
    CHECK_FALSE(tensor.data().has_value());
    return;
  }
  CHECK(tensor.device() == storage["device"].get<std::string>());
  CHECK(tensor.storage()->nbytes() == storage["nbytes"].get<std::uint64_t>());
  if (!storage.contains("x")) return;
  CHECK(LittleEndianHex(*tensor.storage()->data(), tensor.dtype()) == storage["x"].get<std::string>());
  const std::string bytes = LittleEndianHex(*tensor.data(), tensor.dtype());
  const auto begin = static_cast<std::size_t>(tensor.storage_offset()) * ItemBytes(tensor.dtype());
  CHECK(storage["x"].get<std::string>().substr(tensor.numel() == 0 ? 0 : 2 * begin, bytes.size()) == bytes);
  if (tensor.is_contiguous()) CHECK(bytes.size() == 2 * tensor.nbytes());
}

}  // namespace

TEST_CASE("tensors of torch 2.15.0's files have torch's geometry and bytes") {
  int files = 0, tensors = 0;
  for (const auto& file : CorpusFiles("torch-2.15.0")) {
    const Json torch = Json::parse(TorchSaid(file));
    const auto loaded = Load(file.string());
    if (!loaded || torch["value"].is_null()) continue;
    INFO(file.filename().string());
    std::vector<Json> expected;
    TensorsIn(torch["value"]["root"], expected);
    std::vector<Value> seen;
    std::vector<Tensor> found;
    TensorsIn(loaded->root(), seen, found);
    REQUIRE(found.size() == expected.size());
    std::map<int, std::size_t> storage_of;  // torch's number to our index
    for (std::size_t i = 0; i < found.size(); ++i) {
      ++tensors;
      if (!expected[i].contains("storage")) {
        CheckTensor(found[i], expected[i], {});
        continue;
      }
      const int number = expected[i]["storage"].get<int>();
      CHECK(storage_of.try_emplace(number, found[i].storage()->index()).first->second == found[i].storage()->index());
      CheckTensor(found[i], expected[i], torch["value"]["storages"][static_cast<std::size_t>(number)]);
    }
    ++files;
  }
  CHECK(files >= 140);
  CHECK(tensors >= 300);
}

}  // namespace weightsonly::testing
