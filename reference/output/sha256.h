// Floor 7. SHA-256 (FIPS 180-4), for digests of storages and tensors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace weightsonly::output {

class Sha256 {
 public:
  // Adds bytes to the message.
  void Update(std::span<const std::byte> bytes);
  // Ends the message: 64 lower-case hex digits. Called once.
  [[nodiscard]] std::string Finish();

 private:
  void Compress(const std::byte* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_ = {};
  std::size_t filled_ = 0;   // bytes of block_
  std::uint64_t total_ = 0;  // bytes of the message
};

}  // namespace weightsonly::output
