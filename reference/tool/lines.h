// Floor 8. Lines that come in on a descriptor, each handed out as soon as it is there. SPEC.md chapter 8 (SRV-002).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weightsonly::tool {

class LineReader {
 public:
  enum class Found : std::uint8_t {
    kLine,
    kTooLong,  // longer than the limit; it was read to its end and dropped
    kEnd,
    kBroken  // the descriptor cannot be read
  };

  // The descriptor stays open. `most` is the limit of one line in bytes, which is also what a reader can come to hold.
  LineReader(int descriptor, std::size_t most) : descriptor_(descriptor), most_(most) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next line without its line feed, which the last one need not have. `line` is empty unless kLine is returned.
  Found Next(std::string& line);

 private:
  // Waits for bytes. 0 at the end, -1 when there is an error.
  std::ptrdiff_t Fill();

  int descriptor_;
  std::size_t most_;
  std::array<char, std::size_t{64} << 10> buffer_;
  std::string_view pending_;  // what was read and not handed out yet
};

}  // namespace weightsonly::tool
