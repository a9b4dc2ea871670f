// What a pickle names, without executing it. The second source: torch 2.15.0's
// torch.serialization.get_unsafe_globals_in_checkpoint, asked about the same files; the rest by hand from CHK-020.
#include <algorithm>

#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/folder.h"

namespace weightsonly::testing {
namespace {

// "path standing@offset, …"
std::string GlobalsOf(const std::string& path, const Options& options = {}) {
  const auto found = GlobalsIn(path, options);
  if (!found) return OutcomeOf(found);
  std::string out;
  for (const NamedGlobal& global : *found) {
    constexpr std::string_view kStandings[] = {"allowed", "not-allowed", "blocked", "not-imported"};
    out += (out.empty() ? "" : ", ") + global.path + " " + std::string(kStandings[static_cast<int>(global.standing)]) +
           "@" + std::to_string(global.offset);
  }
  return out;
}

std::string GlobalsIn(const std::string& pickle) {
  const TestFolder folder;
  return GlobalsOf(folder.Write("x", BuildCheckpoint({.pickle = pickle}).bytes));
}

// The names that are not allowed, sorted, as torch lists them.
std::string UnsafeIn(const std::string& file) {
  const auto found = weightsonly::GlobalsIn(WEIGHTSONLY_SOURCE_DIR "/corpus/" + file);
  REQUIRE(found.has_value());
  std::vector<std::string> names;
  for (const NamedGlobal& global : *found) {
    if (global.standing != NamedGlobal::Standing::kAllowed) names.push_back(global.path);
  }
  std::ranges::sort(names);
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
  return out;
}

}  // namespace

TEST_CASE("names that are not allowed are those that torch lists") {
  CHECK(UnsafeIn("torch-2.15.0/checkpoint-Adam.pt") == "");
  CHECK(UnsafeIn("torch-2.15.0/dtypes.pt") == "");
  CHECK(UnsafeIn("torch-2.15.0/user-class.pt") == "training.Config");
  CHECK(UnsafeIn("torch-2.15.0/function-call.pt") == "posix.mkdir");
  CHECK(UnsafeIn("torch-2.15.0/function-eval.pt") == "builtins.eval");
  CHECK(UnsafeIn("torch-2.15.0/defaultdict.pt") == "builtins.list collections.defaultdict");
  CHECK(UnsafeIn("torch-2.15.0/namedtuple.pt") == "urlparse.SplitResult");
  CHECK(UnsafeIn("torch-2.15.0/whole-module.pt") == "torch.nn.modules.linear.Linear");
  CHECK(UnsafeIn("torch-2.15.0/numpy-scalar-float.pt") == "numpy._core.multiarray.scalar numpy.dtype");
  CHECK(UnsafeIn("torch-2.15.0/subclass-user.pt") == "training.Marked");
  CHECK(UnsafeIn("torch-2.15.0/frozenset.pt") == "builtins.frozenset");
  CHECK(UnsafeIn("forged/global-blocked-os.pt") == "os.mkdir");
}

TEST_CASE("names come in the order of their first mention, each once, with their standing") {
  const std::string first = Global("training", "Config");
  const std::string second = Global("collections", "OrderedDict");
  const std::string third = Global("os", "mkdir");
  const std::string fourth = Global("torch.distributed.tensor", "DTensor");
  const std::size_t at = 2;
  CHECK(GlobalsIn(PickleOf(first + second + first + third + second + fourth)) ==
        "training.Config not-allowed@" + std::to_string(at) + ", collections.OrderedDict allowed@" +
            std::to_string(at + first.size()) + ", os.mkdir blocked@" +
            std::to_string(at + 2 * first.size() + second.size()) + ", torch.distributed.tensor.DTensor not-imported@" +
            std::to_string(at + 2 * first.size() + 2 * second.size() + third.size()));
  CHECK(GlobalsIn(PickleOf("N")) == "");
}

TEST_CASE("a list of the user allows its own names and no others") {
  const TestFolder folder;
  const std::string path =
      folder.Write("x", BuildCheckpoint({.pickle = PickleOf(Global("training", "A") + Global("training", "B"))}).bytes);
  Options options;
  options.allowlist.Add("training.B");
  CHECK(GlobalsOf(path, options) ==
        "training.A not-allowed@2, training.B allowed@" + std::to_string(2 + Global("training", "A").size()));
}

TEST_CASE("Python 2 names count as what torch makes of them") {
  const std::string first = Global("__builtin__", "set");
  const std::string second = Global("builtins", "set");
  CHECK(GlobalsIn(PickleOf(first + second + Global("copy_reg", "_reconstructor"))) ==
        "builtins.set allowed@2, copyreg._reconstructor not-allowed@" +
            std::to_string(2 + first.size() + second.size()));
}

TEST_CASE("nothing is executed: only the instructions up to the first STOP count") {
  const std::string name = Global("training", "Config");
  CHECK(GlobalsIn(PickleOf("RRRh\x07" + name)) == "training.Config not-allowed@7");
  CHECK(GlobalsIn(PickleOf("N") + name + ".") == "");
  CHECK(GlobalsIn(PickleOf(Text("ctraining\nConfig\n"))) == "");
}

TEST_CASE("a pickle that is no sequence of accepted instructions is refused") {
  const std::string name = Global("training", "Config");
  CHECK(GlobalsIn("") == "data.pkl:pickle.truncated@0");
  CHECK(GlobalsIn("\x80\x02" + name) == "data.pkl:pickle.truncated@" + std::to_string(2 + name.size()));
  CHECK(GlobalsIn("\x80\x02N0.") == "data.pkl:pickle.opcode@3");
  CHECK(GlobalsIn("\x80\x02N\xff.") == "data.pkl:pickle.opcode@3");
  CHECK(GlobalsIn("\x80\x02NX\x05") == "data.pkl:pickle.truncated@3");
  CHECK(GlobalsIn("\x80\x02Nctraining\n") == "data.pkl:pickle.truncated@3");
  CHECK(GlobalsIn(PickleOf("N" + Global("training", "\xff"))) == "data.pkl:pickle.text@3");
  CHECK(GlobalsIn(PickleOf("N" + Global("\xff", "Config"))) == "data.pkl:pickle.text@3");
}

TEST_CASE("the archive is judged as a load judges it") {
  const TestFolder folder;
  Checkpointed from = {.pickle = PickleOf(Global("training", "Config")), .version = "99"};
  const Zip zip = BuildCheckpoint(from);
  CHECK(GlobalsOf(folder.Write("version", zip.bytes)) == At("container.version", zip.payload[2]));
  CHECK(GlobalsOf(folder.Write("text", "hello")).starts_with("container."));
  CHECK(GlobalsOf(folder.Write("folder", "") + "/missing") == At("io.open", 0));
  from.version = "3";
  Options options;
  options.mmap = false;
  CHECK(GlobalsOf(folder.Write("read", BuildCheckpoint(from).bytes), options) == "training.Config not-allowed@2");
}

}  // namespace weightsonly::testing
