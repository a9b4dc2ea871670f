// Recipes: deflate without a choice. conformance/FORMAT.md, chapter 1.4.
#include "recipe/deflate.h"

#include <array>
#include <cstddef>

#include "recipe/little.h"

namespace weightsonly::recipe {
namespace {

constexpr std::size_t kBlock = 0xffff;

struct Code {
  std::uint32_t bits;  // the first bit of the code is the lowest
  std::uint32_t width;
};

constexpr Code CodeOf(std::uint32_t literal) {
  const std::uint32_t width = literal < 144 ? 8 : 9;
  const std::uint32_t code = literal < 144 ? 0x30 + literal : 0x190 + literal - 144;
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < width; ++i) bits |= ((code >> (width - 1 - i)) & 1) << i;
  return {bits, width};
}

constexpr auto kCodes = [] {
  std::array<Code, 256> codes{};
  for (std::uint32_t literal = 0; literal < codes.size(); ++literal) codes[literal] = CodeOf(literal);
  return codes;
}();

std::string Stored(std::string_view content) {
  std::string out;
  do {
    const std::string_view block = content.substr(0, kBlock);
    content.remove_prefix(block.size());
    out += content.empty() ? '\1' : '\0';
    AppendLittle(out, block.size(), 2);
    AppendLittle(out, block.size() ^ kBlock, 2);
    out += block;
  } while (!content.empty());
  return out;
}

std::string Fixed(std::string_view content) {
  std::string out;
  std::uint32_t bits = 0b011;  // the last block, of the fixed code
  std::uint32_t width = 3;
  const auto flush = [&] {
    for (; width >= 8; width -= 8, bits >>= 8) out += static_cast<char>(bits);
  };
  for (const char c : content) {
    const Code code = kCodes[static_cast<unsigned char>(c)];
    bits |= code.bits << width;
    width += code.width;
    flush();
  }
  width += 7 + 7;  // seven zero bits end the block; what is left of the last byte is zero too
  flush();
  return out;
}

}  // namespace

std::string Encode(Deflate form, std::string_view content) {
  if (form == Deflate::kNone) return std::string(content);
  return form == Deflate::kStored ? Stored(content) : Fixed(content);
}

}  // namespace weightsonly::recipe
