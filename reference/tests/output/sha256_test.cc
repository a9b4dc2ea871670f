// SHA-256 against the examples of FIPS 180-4 (NIST, "SHA-256 examples") and against CPython's hashlib.
#include "output/sha256.h"

#include "base/bytes.h"
#include "tests/catch.h"

namespace weightsonly::testing {
namespace {

std::string Digest(std::string_view message) {
  output::Sha256 digest;
  digest.Update(AsBytes(message));
  return digest.Finish();
}

// hashlib.sha256(bytes((i * 7 + 3) % 256 for i in range(n))).hexdigest()[:16] for n from 0 to 130: all ways in which a
// message ends in its last blocks.
constexpr const char* kBeginnings[] = {
    "e3b0c44298fc1c14", "084fed08b978af4d", "323b730f87b4e7cc", "6ab0dba1f4f1dfbb", "42a146d9caf95c0d",
    "c0a7188b4e87d64b", "f3a8eb3d8bbb31db", "ab764db46a4b504f", "0865c1be255b33b6", "172f3d817c5cccf0",
    "aadd73eb67f4e48b", "74b55c9de0be1e88", "756a339579953083", "da92597518961b4c", "a6a744ad474a0ed0",
    "98b03249d75e642e", "9c94926dfb94433e", "bbc485bd3e986556", "4929dcd438730a2d", "e22bd9f643244050",
    "cb0b638f9fd1fd3d", "dd59e815a7a25db1", "7f5e1b7371adc30c", "0c2227ce84dedb8c", "73281455a5e61867",
    "fa9766ea344626dd", "5492dff8d285d13c", "8876c6114debb097", "a6940de8ec80c86a", "52bbbbd714150af8",
    "f1eab075947c8bcf", "721f1b54dd0f746e", "ab5f8b5cb9435354", "90f90857a7d1aad4", "c296690862799313",
    "028250999c518646", "a7aba4ca5c330841", "b11e919ce284b7e0", "afa3a9b2b3c085cf", "90663c41a474e299",
    "0873681bd0f82f74", "fe877131379e5bbf", "d9fcbc5f1a9f3a7d", "6c980fe8293c22ff", "f990f6ed8d1cbc3a",
    "98ce1f7bd0cb468f", "736b0a4e151af6d6", "9b6073af8d49f2fe", "31cedec8e83dc0fb", "5649348a03738691",
    "9898428b82ee6f67", "75e248b3da4cae96", "8230c270cd48aa1a", "9f17a1b3d8f9affd", "160bbf14b458c877",
    "e7313d333c272e63", "4324d65f3c103567", "35df609437dcfea3", "9afd9e8bcdb57c7c", "3f67cd873703688f",
    "06659a8b0876d0ea", "4a28a6c40a8e8306", "5b50d7a374c35bf4", "81c80242132f230c", "39e3d7b6b5d075d3",
    "aacca6ff74fdbb29", "11fdf00350687cdd", "06e3cd2ed0fa6071", "c23b56ccb21ebf78", "ca32376f1ceca93d",
    "fb1907e541f9c815", "54cac60524e8d206", "99e356eadffa8027", "64bee9b0cccaaa16", "3ebc4be43f93cac2",
    "08182253830d4d2b", "65cf2b7beb0ba72f", "1f21d7fe24283682", "87fa111ce4e78d2d", "2a4808f9dfc6e270",
    "c6b3377d81c23312", "5876ebcb920052ec", "eb52f62be6fe52e6", "2f0795e2f484bd5a", "442975e01ac27436",
    "b690f6f0cc86111b", "b876ad022f68deab", "ff4ec8cd0185eaaa", "b16ffce5f3d16040", "bb743aa18f1db056",
    "4d39e6aed7920542", "85373e64524dff04", "f8368d09ac1e1afd", "4d0d2d3269729239", "5028666bd79edd2b",
    "3a23c9132a8635ad", "c9f1a5f79d7bea01", "9b5d66321a0d9224", "af680818335f180a", "5e4edd8413b312a4",
    "5a2cda2351d1cdd9", "48719cf73125f924", "9f0fc4c34f14e7a4", "9313cf73a730ac07", "5af877de0ea99d70",
    "af7d44bcc0959aaa", "0e99348634f0dd83", "9dfada1b2877f507", "e0cfd9f04dd5ddba", "6a9c24a9d2f86056",
    "4a70b5e28bfd48b3", "67d9492e628fd376", "96b928cff8528dbb", "cded73eed7df41ee", "5155ce162330c694",
    "c2030f07255ace70", "556cbf3481676c7f", "867b32635b088696", "2c49b89c5aaaaaa6", "9ce7368e4daf3234",
    "7836b787757e95e5", "1189a98a00c71bc1", "60937afbb66acb06", "229c92a5abffa530", "2f781a36cc860b10",
    "b402a31c521e6cad", "3d11be9920ed2c43", "a8d23e75d936f303", "d2742f1f4ac6bb7c", "307f8fc2c1622b92",
    "4d5e47a2e8510a31",
};

std::string Message(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>((i * 7 + 3) % 256);
  return out;
}

}  // namespace

TEST_CASE("the examples of FIPS 180-4 have their digests") {
  CHECK(Digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Digest("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrs"
               "tnopqrstu") == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(Digest(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("messages of 0 to 130 bytes have the digests of hashlib") {
  static_assert(std::size(kBeginnings) == 131);
  for (std::size_t size = 0; size < std::size(kBeginnings); ++size) {
    INFO(size);
    const std::string digest = Digest(Message(size));
    CHECK(digest.size() == 64);
    CHECK(digest.substr(0, 16) == kBeginnings[size]);
  }
}

TEST_CASE("a message may come in parts of any size") {
  const std::string message = Message(200);
  // hashlib.sha256 of the same 200 bytes.
  const std::string expected = "2c7e18c942ef065b526a2d4e5546283749cd3ddfb51d8fc71f42717363685f46";
  for (std::size_t first = 0; first <= 130; ++first) {
    for (const std::size_t second : {0, 1, 63, 64, 65, 70}) {
      output::Sha256 digest;
      const Bytes bytes = AsBytes(message);
      digest.Update(bytes.first(first));
      digest.Update(bytes.subspan(first, second));
      digest.Update(bytes.subspan(first + second));
      CHECK(digest.Finish() == expected);
    }
  }
}

}  // namespace weightsonly::testing
