// Noise, and archives around random pickles.
#include "hostile_inputs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace weightsonly::bench {
namespace {

constexpr std::size_t kMaxPickleBytes = kMaxHostileBytes - 1024;

void AppendLittle(std::string& out, std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value & 0xff);
}

// Appends a local header and the payload to `file`, and the entry to `directory`.
void AddRecord(std::string& file, std::string& directory, std::string_view name, std::string_view payload) {
  const std::uint64_t at = file.size();
  file += "PK\3\4";
  AppendLittle(file, 0, 14);
  AppendLittle(file, payload.size(), 4);
  AppendLittle(file, payload.size(), 4);
  AppendLittle(file, name.size(), 4);
  (file += name) += payload;
  directory += "PK\1\2";
  AppendLittle(directory, 0, 16);
  AppendLittle(directory, payload.size(), 4);
  AppendLittle(directory, payload.size(), 4);
  AppendLittle(directory, name.size(), 2);
  AppendLittle(directory, 0, 12);
  AppendLittle(directory, at, 4);
  directory += name;
}

// What the writer below believes to be on the stack. kHashable stands for everything that can be a key for certain.
enum class Kind : char { kHashable, kTuple, kList, kDict, kOrderedDict, kSet, kTensor, kOther };

// A call: the two lines of its GLOBAL, and the instructions that push its arguments.
struct Call {
  std::string_view global;
  std::string_view arguments;
};
constexpr std::array<Call, 8> kCalls = {{{"collections\nOrderedDict\n", ")"},
                                         {"builtins\nset\n", ")"},
                                         {"torch\nSize\n", "K\5K\7\x86\x85"},
                                         {"collections\nCounter\n", ")"},
                                         {"builtins\nbytearray\n", "c_codecs\nencode\nU\2abU\6latin1\x86R\x85"},
                                         {"builtins\ncomplex\n", "K\5K\7\x86"},
                                         {"torch\ndevice\n", "U\3cpu\x85"},
                                         {"_codecs\nencode\n", "U\2abU\6latin1\x86"}}};

class PickleWriter {
 public:
  explicit PickleWriter(Random& random) : random_(random) {}

  std::string Write(std::size_t productions) {
    out_ = "\x80\x02";
    Push(']', Kind::kList);
    for (std::size_t i = 0; i < productions && out_.size() < kMaxPickleBytes - 4096; ++i) Produce();
    out_ += '.';
    return std::move(out_);
  }

 private:
  void Push(char opcode, Kind kind) {
    out_ += opcode;
    stack_.push_back(kind);
  }
  void Text(std::string_view text) {
    Push('X', Kind::kHashable);
    AppendLittle(out_, text.size(), 4);
    out_ += text;
  }
  void SmallInt(std::uint64_t value) {
    Push('K', Kind::kHashable);
    out_ += static_cast<char>(value);
  }
  void Global(std::string_view lines) {
    Push('c', Kind::kHashable);
    out_ += lines;
  }
  void Pop(std::size_t count) { stack_.resize(stack_.size() - count); }

  void Produce() {
    switch (Below(random_, 16)) {
      case 0:
      case 1:
        return Scalar();
      case 2:
        return Push(']', Kind::kList);
      case 3:
        return Push('}', Kind::kDict);
      case 4:
        return Push(')', Kind::kTuple);
      case 5:
      case 6:
        return SomeTuple();
      case 7:
        return Put();
      case 8:
      case 9:
        return Get();
      case 10:
        return MakeCall();
      case 11:
        return Below(random_, 4) == 0 ? MakeTensor() : Store();
      case 12:
        if (Below(random_, 4000) == 0) out_ += static_cast<char>(Below(random_, 256));
        return;
      default:
        return Store();
    }
  }

  void Scalar() {
    switch (Below(random_, 7)) {
      case 0:
        return Push('N', Kind::kHashable);
      case 1:
        return Push(Below(random_, 2) == 0 ? '\x88' : '\x89', Kind::kHashable);
      case 2:
        return SmallInt(Below(random_, 256));
      case 3:
        Push('J', Kind::kHashable);
        return AppendLittle(out_, random_(), 4);
      case 4:
        Push('G', Kind::kHashable);
        return AppendLittle(out_, Below(random_, 4) == 0 ? 0xf87f : random_(), 8);  // NaN now and then
      case 5: {
        const std::uint64_t size = Below(random_, 256);
        Push('\x8a', Kind::kHashable);
        out_ += static_cast<char>(size);
        for (std::uint64_t i = 0; i < size; ++i) out_ += static_cast<char>(random_());
        return;
      }
      default:
        return Text(std::string(Below(random_, 20), static_cast<char>('a' + Below(random_, 3))));
    }
  }

  void SomeTuple() {
    const std::size_t size = 1 + Below(random_, 3);
    if (stack_.size() <= size) return;
    const bool hashable = std::all_of(stack_.end() - static_cast<std::ptrdiff_t>(size), stack_.end(), [](Kind kind) {
      return kind == Kind::kHashable || kind == Kind::kTensor || kind == Kind::kTuple;
    });
    Pop(size);
    Push(static_cast<char>(0x84 + size), hashable ? Kind::kTuple : Kind::kOther);
  }

  void Put() {
    out_ += 'r';
    AppendLittle(out_, memo_.size(), 4);
    memo_.push_back(stack_.back());
  }
  void Get() {
    if (memo_.empty()) return;
    // The latest entries most of the time: pairs of them make graphs with 2^n paths.
    const std::size_t back =
        Below(random_, 3) == 0 ? Below(random_, memo_.size()) : Below(random_, std::min<std::size_t>(3, memo_.size()));
    const std::size_t index = memo_.size() - 1 - back;
    Push('j', memo_[index]);
    AppendLittle(out_, index, 4);
  }

  // Puts the top of the stack into the container below it.
  void Store() {
    if (stack_.size() < 2) return;
    const Kind below = stack_[stack_.size() - 2];
    const bool hashable = stack_.back() != Kind::kList && stack_.back() != Kind::kDict &&
                          stack_.back() != Kind::kOrderedDict && stack_.back() != Kind::kSet &&
                          stack_.back() != Kind::kOther;
    if (below == Kind::kList) {
      out_ += 'a';
      return Pop(1);
    }
    if ((below == Kind::kDict || below == Kind::kOrderedDict) && hashable) {
      out_ += "Ns";
      return Pop(1);
    }
    if (stack_.size() >= 3 && stack_[stack_.size() - 3] == Kind::kDict && below == Kind::kHashable) {
      out_ += 's';
      Pop(2);
    }
  }

  void MakeCall() {
    const std::size_t which = Below(random_, Below(random_, 8) == 0 ? kCalls.size() : 2);
    if (which == 1 && !stack_.empty() && stack_.back() == Kind::kTuple) {
      // set(tuple): a call needs the callable below its argument, so the tuple is taken through the memo.
      Put();
      Global(kCalls[which].global);
      out_ += 'j';
      AppendLittle(out_, memo_.size() - 1, 4);
      out_ += "\x85R";
    } else {
      Global(kCalls[which].global);
      out_ += kCalls[which].arguments;
      out_ += 'R';
    }
    stack_.back() = which == 0   ? Kind::kOrderedDict
                    : which == 1 ? Kind::kSet
                    : which == 2 ? Kind::kTuple
                                 : Kind::kOther;
  }

  // A view of data/0 (16 float32). Its numbers fit most of the time.
  void MakeTensor() {
    const std::size_t depth = stack_.size();
    Global("torch._utils\n_rebuild_tensor_v2\n");
    out_ += "((";
    Text("storage");
    Global("torch\nFloatStorage\n");
    Text("0");
    Text("cpu");
    SmallInt(Below(random_, 1000) == 0 ? 17 : 16);
    out_ += "tQ";
    SmallInt(Below(random_, 1000) == 0 ? 200 : Below(random_, 4));
    SmallInt(Below(random_, 4));
    SmallInt(Below(random_, 4));
    out_ += '\x86';
    SmallInt(Below(random_, 5));
    SmallInt(Below(random_, 3));
    out_ += "\x86\x89";
    Global("collections\nOrderedDict\n");
    out_ += ")RtR";
    stack_.resize(depth);
    stack_.push_back(Kind::kTensor);
  }

  Random& random_;
  std::string out_;
  std::vector<Kind> stack_;
  std::vector<Kind> memo_;
};

}  // namespace

std::size_t RandomSize(Random& random, std::size_t highest) {
  const double share = static_cast<double>(Below(random, 1'000'001)) / 1e6;
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::pow(static_cast<double>(highest), share)), 1, highest);
}

std::string RandomNoise(Random& random) {
  std::string noise(RandomSize(random, kMaxHostileBytes), '\0');
  for (char& c : noise) c = static_cast<char>(random());
  if (noise.size() >= 4 && Below(random, 2) == 0) noise.replace(0, 4, "PK\3\4");
  return noise;
}

std::string ArchiveAround(std::string_view pickle) {
  std::string file;
  std::string directory;
  AddRecord(file, directory, "a/data.pkl", pickle);
  AddRecord(file, directory, "a/byteorder", "little");
  AddRecord(file, directory, "a/data/0", std::string(64, '\1'));
  AddRecord(file, directory, "a/version", "3\n");
  const std::uint64_t at = file.size();
  file += directory;
  file += "PK\5\6";
  AppendLittle(file, 0, 4);
  AppendLittle(file, 4, 2);
  AppendLittle(file, 4, 2);
  AppendLittle(file, directory.size(), 4);
  AppendLittle(file, at, 4);
  AppendLittle(file, 0, 2);
  return file;
}

std::string RandomPickle(Random& random) { return PickleWriter(random).Write(RandomSize(random, kMaxPickleBytes)); }

}  // namespace weightsonly::bench
