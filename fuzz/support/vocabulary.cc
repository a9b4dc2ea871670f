// Fuzz targets: what the mutator puts into recipes.
#include "support/vocabulary.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/text.h"
#include "policy/globals.h"
#include "recipe/lines.h"

namespace weightsonly::fuzz {
namespace {

using pickle::Opcode;
using pickle::OpcodeInfo;
using pickle::Operand;

constexpr auto kTexts = std::to_array<std::string_view>({"storage",
                                                         "0",
                                                         "1",
                                                         "2",
                                                         "00",
                                                         "cpu",
                                                         "cuda:0",
                                                         "cuda",
                                                         "meta",
                                                         "mps",
                                                         "w",
                                                         "torch",
                                                         "weight",
                                                         "_backward_hooks",
                                                         "",
                                                         "torch.strided",
                                                         "torch.sparse_coo",
                                                         "torch.sparse_csr",
                                                         "torch.sparse_csc",
                                                         "torch.sparse_bsr",
                                                         "torch.sparse_bsc",
                                                         "little",
                                                         "big",
                                                         "latin1",
                                                         "utf-8",
                                                         "ascii",
                                                         "a\x1b[31m",
                                                         "\xe2\x80\xae",
                                                         "\xff\xfe",
                                                         "\xed\xa0\x80",
                                                         "a\x01"
                                                         "b",
                                                         "f4",
                                                         "float32",
                                                         "protocol_version",
                                                         "little_endian",
                                                         "type_sizes",
                                                         "__dict__",
                                                         "_metadata",
                                                         "view",
                                                         "strided"});

// Beside torch's list: names of Python 2, of numpy, of TorchScript, and such as must not be reached.
constexpr auto kGlobals = std::to_array<std::array<std::string_view, 2>>({{"os", "system"},
                                                                          {"sys", "exit"},
                                                                          {"posix", "system"},
                                                                          {"nt", "system"},
                                                                          {"builtins", "eval"},
                                                                          {"__builtin__", "set"},
                                                                          {"__builtin__", "unicode"},
                                                                          {"copy_reg", "_reconstructor"},
                                                                          {"torch", "load"},
                                                                          {"torch", "float8_e4m3fn"},
                                                                          {"numpy", "dtype"},
                                                                          {"numpy", "ndarray"},
                                                                          {"numpy.core.multiarray", "_reconstruct"},
                                                                          {"numpy._core.multiarray", "scalar"},
                                                                          {"__torch__", "Net"},
                                                                          {"torch.jit._pickle", "build_intlist"},
                                                                          {"datetime", "timedelta"},
                                                                          {"", ""}});

constexpr auto kRecordNames = std::to_array<std::string_view>({"data.pkl",
                                                               "data/0",
                                                               "data/1",
                                                               "data/2",
                                                               "data/",
                                                               "data/../0",
                                                               "data/00",
                                                               "version",
                                                               "byteorder",
                                                               ".format_version",
                                                               ".storage_alignment",
                                                               ".data/serialization_id",
                                                               "constants.pkl",
                                                               "constants/0",
                                                               "code/__torch__.py",
                                                               "DATA.PKL",
                                                               "data\\0",
                                                               "a\x1b[2J",
                                                               "\xff",
                                                               "",
                                                               "/data.pkl",
                                                               "attributes.pkl",
                                                               "extra/0"});

constexpr auto kFloats =
    std::to_array<std::string_view>({"0.0", "1.0", "-1.5", "1e300", "5e-324", "inf", "-inf", "bits:8000000000000000",
                                     "bits:7ff8000000000000", "bits:7ff0000000000001", "bits:ffffffffffffffff"});

constexpr auto kBigIntegers = std::to_array<std::string_view>(
    {"0", "-1", "1", "255", "-128", "65536", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
     "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "bytes:00",
     "bytes:ff", "bytes:ffffffffffffffff00", "bytes:0000000000000080ff", "bytes:00000000000000000000"});

// What pushes one value by itself.
constexpr auto kPushes = std::to_array<Opcode>(
    {Opcode::kEmptyTuple, Opcode::kBinFloat, Opcode::kBinInt, Opcode::kBinInt1, Opcode::kBinInt2, Opcode::kNone,
     Opcode::kShortBinString, Opcode::kBinUnicode, Opcode::kEmptyList, Opcode::kGlobal, Opcode::kBinGet,
     Opcode::kEmptyDict, Opcode::kNewTrue, Opcode::kNewFalse, Opcode::kLong1, Opcode::kEmptySet, Opcode::kLongBinGet});

using Snippet = std::span<const std::string_view>;

constexpr auto kOrderedDict =
    std::to_array<std::string_view>({"GLOBAL \"collections\" \"OrderedDict\"", "EMPTY_TUPLE", "REDUCE"});
constexpr auto kStorage =
    std::to_array<std::string_view>({"MARK", "BINUNICODE \"storage\"", "GLOBAL \"torch\" \"FloatStorage\"",
                                     "BINUNICODE \"0\"", "BINUNICODE \"cpu\"", "BININT1 4", "TUPLE", "BINPERSID"});
constexpr auto kTensor = std::to_array<std::string_view>({"GLOBAL \"torch._utils\" \"_rebuild_tensor_v2\"",
                                                          "MARK",
                                                          "MARK",
                                                          "BINUNICODE \"storage\"",
                                                          "GLOBAL \"torch\" \"FloatStorage\"",
                                                          "BINUNICODE \"0\"",
                                                          "BINUNICODE \"cpu\"",
                                                          "BININT1 4",
                                                          "TUPLE",
                                                          "BINPERSID",
                                                          "BININT1 0",
                                                          "BININT1 2",
                                                          "BININT1 2",
                                                          "TUPLE2",
                                                          "BININT1 2",
                                                          "BININT1 1",
                                                          "TUPLE2",
                                                          "NEWFALSE",
                                                          "GLOBAL \"collections\" \"OrderedDict\"",
                                                          "EMPTY_TUPLE",
                                                          "REDUCE",
                                                          "TUPLE",
                                                          "REDUCE"});
constexpr auto kPair = std::to_array<std::string_view>({"BININT1 1", "BININT1 2", "TUPLE2"});
constexpr auto kSize =
    std::to_array<std::string_view>({"GLOBAL \"torch\" \"Size\"", "BININT1 2", "TUPLE1", "TUPLE1", "REDUCE"});
constexpr auto kComplex = std::to_array<std::string_view>(
    {"GLOBAL \"builtins\" \"complex\"", "BINFLOAT 1.0", "BINFLOAT -1.0", "TUPLE2", "REDUCE"});
constexpr auto kBytearray = std::to_array<std::string_view>(
    {"GLOBAL \"builtins\" \"bytearray\"", "GLOBAL \"_codecs\" \"encode\"", "BINUNICODE \"ab\"", "BINUNICODE \"latin1\"",
     "TUPLE2", "REDUCE", "TUPLE1", "REDUCE"});
constexpr auto kList =
    std::to_array<std::string_view>({"EMPTY_LIST", "BINPUT 5", "MARK", "BINGET 5", "NONE", "APPENDS"});
constexpr auto kDict =
    std::to_array<std::string_view>({"EMPTY_DICT", "MARK", "BININT1 1", "NONE", "NEWTRUE", "BINFLOAT 1.0", "SETITEMS"});
constexpr auto kSet = std::to_array<std::string_view>(
    {"GLOBAL \"builtins\" \"set\"", "EMPTY_LIST", "BININT1 1", "APPEND", "TUPLE1", "REDUCE"});

constexpr auto kSnippets =
    std::to_array<Snippet>({kOrderedDict, kStorage, kTensor, kPair, kSize, kComplex, kBytearray, kList, kDict, kSet});

std::string RandomText(Random& random) {
  std::string text(random.Pick(kTexts));
  if (random.OneIn(8)) text = Changed(std::move(text), random);
  if (random.OneIn(64)) text.append(random.Below(400), 'x');
  return text;
}

// Operands that a length of one byte can say, or a line feed ends.
std::string QuotedOperand(Random& random, Operand operand) {
  std::string text = RandomText(random);
  if (operand == Operand::kText1) text.resize(std::min<std::size_t>(text.size(), 255));
  if (operand == Operand::kLine) std::erase(text, '\n');
  return recipe::QuotedString(text);
}

std::string GlobalOperands(Random& random) {
  if (random.OneIn(4)) {
    const auto& [module, name] = random.Pick(kGlobals);
    return recipe::QuotedString(module) + " " + recipe::QuotedString(name);
  }
  const std::string_view path = random.Pick(policy::DefaultAllowlist()).path;
  const std::size_t dot = path.rfind('.');
  return recipe::QuotedString(path.substr(0, dot)) + " " + recipe::QuotedString(path.substr(dot + 1));
}

// Numbers of the memo are small, so that some are found again.
std::uint64_t ByteOperand(Random& random, Opcode opcode) {
  if (opcode == Opcode::kProto) return random.Below(7);
  return random.OneIn(4) ? EdgeNumber(random, 1) : random.Below(8);
}

std::string OperandsOf(Random& random, const OpcodeInfo& info) {
  switch (info.operand) {
    case Operand::kNone:
      return {};
    case Operand::kU8:
      return std::to_string(ByteOperand(random, info.opcode));
    case Operand::kU16:
      return std::to_string(EdgeNumber(random, 2));
    case Operand::kI32:
      return std::to_string(static_cast<std::int32_t>(EdgeNumber(random, 4)));
    case Operand::kU32:
      return std::to_string(random.OneIn(2) ? random.Below(300) : EdgeNumber(random, 4));
    case Operand::kU64:
      return std::to_string(EdgeNumber(random, 8));
    case Operand::kF64:
      return std::string(random.Pick(kFloats));
    case Operand::kText1:
    case Operand::kText4:
      if (info.opcode == Opcode::kLong1 || info.opcode == Opcode::kLong4) return std::string(random.Pick(kBigIntegers));
      return QuotedOperand(random, info.operand);
    case Operand::kText8:
    case Operand::kLine:
      return QuotedOperand(random, info.operand);
    case Operand::kTwoLines:
      return GlobalOperands(random);
  }
  return {};
}

}  // namespace

std::uint64_t EdgeNumber(Random& random, unsigned width, std::uint64_t near) {
  const std::uint64_t most = ~std::uint64_t{0} >> (64 - 8 * width);
  switch (random.Below(5)) {
    case 0:
      return random.Below(10);
    case 1:  // about a power of two
      return ((std::uint64_t{1} << random.Below(std::size_t{8} * width)) + random.Below(3) - 1) & most;
    case 2:
      return most - random.Below(3);
    case 3:
      return (near + random.Below(9) - 4) & most;
    default:
      return random.Next() & most & ((near | 0xff) * 2 - 1);
  }
}

const OpcodeInfo* InstructionOf(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  const auto* const found = std::ranges::find(pickle::kOpcodes, word, &OpcodeInfo::name);
  return found == pickle::kOpcodes.end() ? nullptr : found;
}

std::string RandomInstruction(Random& random, const OpcodeInfo& info) {
  const std::string operands = OperandsOf(random, info);
  std::string line(info.name);
  return operands.empty() ? line : line.append(" ").append(operands);
}

std::string RandomInstruction(Random& random) {
  const OpcodeInfo* info = &random.Pick(pickle::kOpcodes);
  while (!info->accepted && !random.OneIn(16)) info = &random.Pick(pickle::kOpcodes);
  return RandomInstruction(random, *info);
}

bool PushesOne(const OpcodeInfo& info) { return std::ranges::find(kPushes, info.opcode) != kPushes.end(); }

std::vector<std::string> RandomValue(Random& random) {
  if (random.OneIn(4)) {
    const Snippet& snippet = random.Pick(kSnippets);
    return {snippet.begin(), snippet.end()};
  }
  const Opcode opcode = random.Pick(kPushes);
  return {RandomInstruction(random, *std::ranges::find(pickle::kOpcodes, opcode, &OpcodeInfo::opcode))};
}

std::string RandomRecordName(Random& random) {
  std::string name(random.Pick(kRecordNames));
  return random.OneIn(8) ? Changed(std::move(name), random) : name;
}

std::string Changed(std::string text, Random& random) {
  for (std::size_t left = random.Few(4); left > 0; --left) {
    const std::size_t at = random.Below(text.size() + 1);
    if (at == text.size() || random.OneIn(4)) {
      text.insert(at, 1, static_cast<char>(random.Below(256)));
    } else if (random.OneIn(3)) {
      text.erase(at, random.Few(8));
    } else {
      text[at] = static_cast<char>(random.OneIn(2) ? static_cast<unsigned char>(text[at]) ^ (1U << random.Below(8))
                                                   : random.Below(256));
    }
  }
  return text;
}

}  // namespace weightsonly::fuzz
