// Fuzz targets: the program that shapes a state of the machine.
#include "support/machine_program.h"

#include <algorithm>
#include <array>

#include "machine/inert.h"
#include "policy/globals.h"
#include "support/integers.h"
#include "support/machine_menu.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using pickle::Opcode;
using pickle::Operand;

constexpr std::size_t kMostPickleBytes = 1536;
constexpr std::size_t kMostPieces = 24;

// One row of opcode.def for each opcode, in the order of the enum.
const pickle::OpcodeInfo& InfoOf(Opcode opcode) { return pickle::kOpcodes[static_cast<std::size_t>(opcode)]; }

// What a step can do. STOP takes the topmost value away.
constexpr auto kSteps =
    std::to_array<Opcode>({Opcode::kMark,       Opcode::kTuple,      Opcode::kTuple1,         Opcode::kTuple2,
                           Opcode::kTuple3,     Opcode::kAppend,     Opcode::kAppends,        Opcode::kSetItem,
                           Opcode::kSetItems,   Opcode::kReduce,     Opcode::kBuild,          Opcode::kNewObj,
                           Opcode::kBinPersid,  Opcode::kBinPut,     Opcode::kBinGet,         Opcode::kLongBinPut,
                           Opcode::kLongBinGet, Opcode::kBinUnicode, Opcode::kShortBinString, Opcode::kBinInt,
                           Opcode::kLong1,      Opcode::kBinFloat,   Opcode::kGlobal,         Opcode::kStop});

// Below this a GLOBAL of a program is a row of the allowlist or an entry of the user's; from here on its operand is two
// texts.
constexpr unsigned kFirstFreeName = 240;

// Module and name of the allowlist's row of that number, or of the user's entry.
void AppendName(unsigned number, std::string& out) {
  const auto rows = policy::DefaultAllowlist();
  const std::string_view path = rows[number % rows.size()].path;
  const std::size_t dot = path.rfind('.');
  out.append(path.substr(0, dot)).append(1, '\n').append(path.substr(dot + 1)).append(1, '\n');
}

void AppendBytes(Bytes bytes, std::string& out) { out.append(AsText(bytes)); }

bool IsCallable(const machine::State& state, Ref ref) {
  return machine::GlobalOf(state.graph, ref) != nullptr || machine::IsInertClass(state.graph, ref);
}

}  // namespace

Program::Program(Input& input, Opcode opcode, const MachineSetting& setting) : handler_(opcode) {
  pickle_.reserve(input.size() * 2 + 512);
  pieces_.reserve(kMostPieces + 1);
  while (!input.empty() && pieces_.size() < kMostPieces && pickle_.size() < kMostPickleBytes) {
    TakeInstruction(input, setting);
  }
  if (!has_handler_) AddHandler(input);
}

void Program::TakeInstruction(Input& input, const MachineSetting& setting) {
  const unsigned code = input.Byte();
  const std::size_t begin = pickle_.size();
  if (code < kRunHandler) {
    pickle_.append(MenuItem(code % MenuSize(), setting));
    return End(What::kAlways, handler_, begin);
  }
  if (code == kRunHandler) {
    if (!has_handler_) AddHandler(input);
    return;
  }
  if (code == kRunPickle) {
    AppendBytes(input.Take(input.Number(2)), pickle_);
    return End(What::kAlways, handler_, begin);
  }
  if (code == kPersistentId) {
    TakePersistentId(input, setting.storage_ids == machine::StorageIds::kStream);
    return End(What::kAlways, handler_, begin);
  }
  TakeStep(input, code - kFirstStep);
}

// ('storage', type, key, location, elements), of which a legacy stream has one more: None or (key, offset, elements).
void Program::TakePersistentId(Input& input, bool stream) {
  static constexpr std::array<std::string_view, 4> kLocations = {"cpu", "cuda:1", "meta", "nowhere"};
  const auto text = [&](std::string_view characters) {
    pickle_.append(1, 'X').append(1, static_cast<char>(characters.size())).append(3, '\0').append(characters);
  };
  const auto key = [&] { text(std::string(1, static_cast<char>(input.Byte()))); };
  const auto number = [&] {
    const auto value = static_cast<std::uint64_t>(TakeInteger(input));
    pickle_.append("\x8a\x08");  // LONG1
    for (unsigned i = 0; i < 8; ++i) Append(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  Append('(');
  text("storage");
  Append('c');
  AppendName(input.Byte(), pickle_);
  key();
  text(kLocations.at(input.Below(kLocations.size())));
  number();
  if (stream && input.Flag()) {
    Append('(');
    key();
    number();
    number();
    Append('t');
  } else if (stream) {
    Append('N');
  }
  Append('t');
}

void Program::AddHandler(Input& input) {
  const std::size_t begin = pickle_.size();
  Append(InfoOf(handler_).byte);
  AppendOperand(input, handler_);
  has_handler_ = true;
  End(What::kHandler, handler_, begin);
}

void Program::TakeStep(Input& input, unsigned which) {
  const Opcode opcode = kSteps[which % kSteps.size()];
  const std::size_t begin = pickle_.size();
  Append(InfoOf(opcode).byte);
  AppendOperand(input, opcode);
  End(What::kStep, opcode, begin);
}

// Of the size that the opcode wants: numbers as they are, texts behind one byte of length, a GLOBAL by a number or by
// two texts.
void Program::AppendOperand(Input& input, Opcode opcode) {
  const auto number = [&](unsigned width) {
    const std::uint64_t value = input.Number(width);
    for (unsigned i = 0; i < width; ++i) Append(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  switch (InfoOf(opcode).operand) {
    case Operand::kU8:
      return number(1);
    case Operand::kU16:
      return number(2);
    case Operand::kI32:
    case Operand::kU32:
      return number(4);
    case Operand::kF64:
      return number(8);
    case Operand::kText1:
    case Operand::kText4: {
      const Bytes text = input.Short();
      Append(static_cast<std::uint8_t>(text.size()));
      if (InfoOf(opcode).operand == Operand::kText4) pickle_.append(3, '\0');
      return AppendBytes(text, pickle_);
    }
    case Operand::kTwoLines: {
      const unsigned row = input.Byte();
      if (row < kFirstFreeName) return AppendName(row, pickle_);
      AppendBytes(input.Short(), pickle_);
      Append('\n');
      AppendBytes(input.Short(), pickle_);
      return Append('\n');
    }
    default:  // no other operand belongs to an accepted opcode
      return;
  }
}

void Program::End(What what, Opcode opcode, std::size_t begin) {
  pickle_.append("N.");
  pieces_.push_back({.what = what, .opcode = opcode, .begin = begin, .end = pickle_.size()});
}

bool HasOperands(const machine::State& state, const pickle::Instruction& instruction) {
  const std::size_t size = state.stack.size();
  const std::size_t depth = size - state.base;
  const auto type = [&](std::size_t from_top) { return state.graph[state.stack.data()[size - from_top]].type; };
  const bool over_mark = !state.marks.empty() && state.base > *std::prev(state.marks.end());
  const auto target = [&] { return state.graph[state.stack.data()[state.base - 1]].type; };
  const auto is_list = [](ValueType of) { return of == ValueType::kList || of == ValueType::kObject; };
  const auto is_dict = [](ValueType of) { return IsDict(of) || of == ValueType::kObject; };
  switch (instruction.info->opcode) {
    case Opcode::kTuple:
      return !state.marks.empty();
    case Opcode::kTuple1:
    case Opcode::kBinPut:
    case Opcode::kLongBinPut:
    case Opcode::kStop:
      return depth >= 1;
    case Opcode::kTuple2:
    case Opcode::kBuild:
      return depth >= 2;
    case Opcode::kTuple3:
      return depth >= 3;
    case Opcode::kAppend:
      return depth >= 2 && is_list(type(2));
    case Opcode::kAppends:
      return over_mark && is_list(target());
    case Opcode::kSetItem:
      return depth >= 3 && is_dict(type(3));
    case Opcode::kSetItems:
      return over_mark && depth % 2 == 0 && is_dict(target());
    case Opcode::kReduce:
    case Opcode::kNewObj:
      return depth >= 2 && type(1) == ValueType::kTuple && IsCallable(state, state.stack.data()[size - 2]);
    case Opcode::kBinPersid:
      return depth >= 1 && type(1) == ValueType::kTuple;
    case Opcode::kBinGet:
    case Opcode::kLongBinGet:
      return state.memo.Get(static_cast<std::uint32_t>(instruction.integer)) != nullptr;
    default:
      return true;
  }
}

}  // namespace weightsonly::fuzz
