// Floor 0. Where a block's memory comes from.
#include "base/block.h"

#include <cstdlib>

namespace weightsonly {
namespace {

// Below this malloc is as fast; above, the last large page is taken when at least this much of it is used.
constexpr std::size_t kMapFrom = std::size_t{512} << 10;

}  // namespace

Block::Block(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  if (bytes >= kMapFrom) {
    data_ = static_cast<std::byte*>(MapArray(bytes));
    mapped_ = data_ != nullptr;
  }
  if (mapped_) {
    AskForHugePages(data_, 0, bytes + kHugePage - kMapFrom);
    return;
  }
  data_ = static_cast<std::byte*>(std::calloc(bytes, 1));
  if (data_ == nullptr) throw std::bad_alloc();
}

Block::~Block() {
  if (mapped_) {
    UnmapArray(data_, size_);
  } else {
    std::free(data_);
  }
}

}  // namespace weightsonly
