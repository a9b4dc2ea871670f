// The tool with every allocation made to fail in turn: its usual answer, or exit 3 and a reason. The second source is
// the run without a fault.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <new>

#include "tests/catch.h"
#include "tests/faults/faults.h"
#include "tests/support/walk.h"
#include "tool/arguments.h"
#include "tool/commands.h"

namespace weightsonly::testing {
namespace {

using Words = std::vector<std::string>;

struct Ran {
  int exit = 0;
  std::string out, err;
  bool operator==(const Ran&) const = default;
};

// A file that goes away by itself, for what the tool writes.
class Scratch {
 public:
  Scratch() : file_(std::tmpfile(), &std::fclose) { REQUIRE(file_ != nullptr); }
  [[nodiscard]] int descriptor() const { return fileno(file_.get()); }
  [[nodiscard]] std::string Text() const {
    std::string text(static_cast<std::size_t>(lseek(descriptor(), 0, SEEK_END)), '\0');
    REQUIRE(pread(descriptor(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// As main.cc does, which is no part of the tests; what reaches it for want of memory is exit 3 there.
int RunMain(const std::vector<const char*>& argv, const Scratch& out, const Scratch& err) {
  tool::Stream to_out(out.descriptor(), tool::OnWriteError::kIgnore);
  tool::Stream to_err(err.descriptor(), tool::OnWriteError::kIgnore);
  try {
    const auto arguments = tool::ParseArguments(static_cast<int>(argv.size()), argv.data(), to_out, to_err);
    return static_cast<int>(arguments ? tool::RunCommand({*arguments, to_out, to_err}) : arguments.error());
  } catch (const std::bad_alloc&) {
    return static_cast<int>(tool::Exit::kUnread);
  } catch (const std::exception&) {
    return static_cast<int>(tool::Exit::kInternal);
  }
}

// Runs the tool with allocation `at` failing; `struck` tells whether there was one.
Ran RunTool(const Words& words, std::uint64_t at, Lasting lasting, bool* struck) {
  std::vector<const char*> argv = {"weightsonly"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const Scratch out, err;
  Ran ran;
  {
    const FailingAllocation failing(at, lasting);
    ran.exit = RunMain(argv, out, err);
    *struck = failing.Struck();
  }
  ran.out = out.Text();
  ran.err = err.Text();
  return ran;
}

// Standard error is a terminal while it lives.
class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)), saved_(dup(STDERR_FILENO)) {
    REQUIRE((master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0));
    const int slave = open(ptsname(master_), O_RDWR | O_NOCTTY);
    REQUIRE(dup2(slave, STDERR_FILENO) == STDERR_FILENO);
    close(slave);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(master_);
  }

 private:
  int master_, saved_;
};

void FailInTurn(const Words& words, Lasting lasting, const Ran& usual) {
  bool struck = true;
  for (std::uint64_t at = 0; struck; ++at) {
    const Ran ran = RunTool(words, at, lasting, &struck);
    const bool said = struck && ran.exit == static_cast<int>(tool::Exit::kUnread);
    if (said || ran == usual) continue;
    INFO("allocation " << at << (lasting == Lasting::kOnce ? " alone" : " and all that follow"));
    CHECK(ran.exit == usual.exit);
    CHECK(ran.out == usual.out);
    CHECK(ran.err == usual.err);
    return;
  }
}

}  // namespace

TEST_CASE("the tool gives its usual answer or exit 3, whichever allocation fails") {
  const std::string adam = CorpusPath("torch-2.15.0/checkpoint-Adam.pt");
  const std::string script = CorpusPath("torch-2.15.0/torchscript.pt");
  const std::string refused = CorpusPath("torch-2.15.0/user-class.pt");
  const Words runs[] = {{"ls", adam},
                        {"ls", "--json", "--sha256", adam},
                        {"ls", "--torchscript", script},
                        {"load", adam},
                        {"load", "--json", "--bytes", adam},
                        {"load", refused},
                        {"load", "--json", "--torch-message", refused},
                        {"globals", refused},
                        {"globals", "--json", refused},
                        {"inspect", script},
                        {"inspect", "--json", adam},
                        {"dis", "--whole", adam},
                        {"dis", "--json", "--record", "data.pkl", adam},
                        {"tables", "--json", "limits"},
                        {"explain", "container.zip"},
                        {"load", "--limit-nodes", "many", adam}};
  for (const Words& words : runs) {
    INFO(words[0] << " " << words[1]);
    bool struck = false;
    const Ran usual = RunTool(words, ~std::uint64_t{0}, Lasting::kOnce, &struck);
    CHECK_FALSE(struck);
    CHECK((usual.exit == 0 || usual.exit == 1 || usual.exit == 2));
    for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) FailInTurn(words, lasting, usual);
  }
}

TEST_CASE("a thread for the progress line that the system does not give is no fault") {
  const Words words = {"ls", "--json", "--sha256", CorpusPath("torch-2.15.0/checkpoint-Adam.pt")};
  const Terminal terminal;
  REQUIRE(isatty(STDERR_FILENO) == 1);
  bool struck = false;
  const Ran usual = RunTool(words, ~std::uint64_t{0}, Lasting::kOnce, &struck);
  CHECK(usual.exit == 0);
  for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) FailInTurn(words, lasting, usual);
}

}  // namespace weightsonly::testing
