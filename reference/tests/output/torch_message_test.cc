// The frame that torch.load puts around a message of its unpickler. Lengths and digests are those of the texts that
// torch 2.15.0 gave for a file with a GLOBAL of that path, or with a str of that text that REDUCE calls.
#include "output/torch_message.h"

#include <array>
#include <span>

#include "output/sha256.h"
#include "tests/catch.h"

namespace weightsonly {
namespace {

struct Seen {
  std::string path;  // or another text of the file; as the message shows it: without "builtins."
  std::size_t bytes;
  std::string digest;  // the first 16 digits of its SHA-256
};

Refusal Named(const std::string& path) {
  Refusal refusal;
  refusal.kind = RefusalKind::kPolicyGlobalNotAllowed;
  refusal.subject = {path};
  return refusal;
}

void CheckSeen(const Refusal& refusal, const Seen& seen) {
  CAPTURE(seen.path);
  const auto text = TorchMessage(refusal);
  REQUIRE(text);
  CHECK(text->exception == "UnpicklingError");
  CHECK(text->message.size() == seen.bytes);
  output::Sha256 digest;
  digest.Update(std::as_bytes(std::span(text->message)));
  CHECK(digest.Finish().substr(0, 16) == seen.digest);
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
      {"a must be b.c d", 907, "8ac51a6f6b356aab"},
      {"a must be b load must be c to load.x y", 679, "587c988b99f124a0"},
      // Python counts U+001C to U+001F as spaces and U+200A, but neither U+001B nor U+200B.
      {"a\x1c must be b to load.c d", 934, "88d57881ab4dab07"},
      {"a must be b\x1f"
       "c to load.x y",
       937, "f52b7073700c24c1"},
      {"a\x1b must be b to load.x y", 637, "99b5145ada2741c5"},
      {"\u200a must be b to load.c d", 937, "711f30d56b8e514a"},
      {"\u200b must be b to load.c d", 640, "ca07412d211e7eac"},
      {"whose module\u200b x is blocked.n n", 958, "0002c29709b2d2bf"},
      {"whose module x\x1d is blocked.n n", 952, "2ee61cb4cf8167cd"},
  });
  for (const Seen& row : seen) CheckSeen(Named(row.path), row);
}

// The text is that of a str which REDUCE calls: the only one that stands at the end of a message.
TEST_CASE("the words count at the end of the message as anywhere, and the last of them may not be missing") {
  const std::string words = "GLOBAL q was not an allowed global by default";
  for (const Seen& row : std::to_array<Seen>({{"GLOBAL q", 678, "22f2a28c6da16800"},
                                              {words, 715, "df13285233545105"},
                                              {words + "\n", 716, "e9957f061379632e"},
                                              {words + "\n" + words + "!", 909, "26699890908180af"},
                                              {"whose module x", 684, "6ce9d63aa421e29d"},
                                              {"x must be y", 681, "a7f23d66906f6f21"}})) {
    Refusal refusal = Named(row.path);
    refusal.kind = RefusalKind::kPolicyReduce;
    CheckSeen(refusal, row);
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
