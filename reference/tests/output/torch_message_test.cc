// The frame that torch.load puts around a message of its unpickler. Lengths and digests are those of the texts that
// torch 2.15.0 gave for a GLOBAL of that path.
#include "output/torch_message.h"

#include <array>
#include <span>

#include "output/sha256.h"
#include "tests/catch.h"

namespace weightsonly {
namespace {

struct Seen {
  std::string path;  // as the message shows it: without "builtins."
  std::size_t bytes;
  std::string digest;  // the first 16 digits of its SHA-256
};

Refusal Named(const std::string& path) {
  Refusal refusal;
  refusal.kind = RefusalKind::kPolicyGlobalNotAllowed;
  refusal.subject = {path};
  return refusal;
}

}  // namespace

TEST_CASE("names that look like torch's own words choose the frame that torch chose") {
  const auto seen = std::to_array<Seen>({
      {"m.n", 1018, "810bc7c5488a30e5"},
      {"m with blank.n", 904, "1fb81ad0e892567e"},
      {"a must be b to load.x", 628, "7fefa764d8e3e903"},
      {"a must be b to load.x y", 634, "197bed87d7505330"},
      {"a must be\u00A0b to load.x", 928, "e0891bcdbaf2a839"},
      {"whose module.x is blocked", 937, "3e63551fb76b8fdc"},
      {"whose module x is blocked.n n", 814, "192e4cbdca2a2bd1"},
      {"GLOBAL q was not an allowed global by default!.n n", 1159, "0b018c7e28f7c3ea"},
      {"GLOBAL q was not an allowed global by default.n n", 1156, "4104c5a3dd1f402a"},
      {"p must be GLOBAL q was not an allowed global by defaulty.n n", 1189, "8006a6f52ded205d"},
      {"a\u2003must be b to load.c d", 937, "8dca36bf91b1ed3c"},
      {"\u3000 must be b to load.c d", 937, "3cc8753c5a35dcd8"},
      {"eval", 1021, "a8a629a2da8f319d"},
      {"builtinsx.y", 1042, "dcf417ed26747161"},
      {"a b", 871, "7d83cb2d22b72781"},
  });
  for (const Seen& row : seen) {
    CAPTURE(row.path);
    const auto text = TorchMessage(Named(row.path));
    REQUIRE(text);
    CHECK(text->exception == "UnpicklingError");
    CHECK(text->message.size() == row.bytes);
    output::Sha256 digest;
    digest.Update(std::as_bytes(std::span(text->message)));
    CHECK(digest.Finish().substr(0, 16) == row.digest);
  }
}

TEST_CASE("a refusal without its words has no text, nor has one of another kind") {
  Refusal refusal = Named("a.b");
  refusal.subject.clear();
  CHECK_FALSE(TorchMessage(refusal));
  refusal.kind = RefusalKind::kLimitNodes;
  CHECK_FALSE(TorchMessage(refusal));
  CHECK(TorchTemplates(RefusalKind::kLimitNodes).empty());
  CHECK_FALSE(TorchMessage(Named("\xED\xA0\x80")));
}

}  // namespace weightsonly
