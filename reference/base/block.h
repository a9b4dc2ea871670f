// Floor 0. One piece of zeroed memory that several growing arrays begin in.
//
// How large the arrays of a load become can be guessed from the size of data.pkl. One piece for all of them needs few
// pages, and large ones where the system has them: a page of 4 KiB costs about 1.6 microseconds when it is first
// touched, one of 2 MiB about 60. Measured on 50,000 tensors: a fifth of the time of a load. A guess that is too low
// costs one copy of that array; room that nobody touches costs nothing.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "base/pod_vector.h"

namespace weightsonly {

class Block {
 public:
  Block() = default;
  // `bytes` zeros. Throws std::bad_alloc.
  explicit Block(std::size_t bytes);
  Block(Block&& other) noexcept { Swap(other); }
  Block& operator=(Block&& other) noexcept {
    Swap(other);
    return *this;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();

  // The whole block, for those who put one array into it. It moves with the block.
  [[nodiscard]] std::span<std::byte> whole() { return {data_, size_}; }

  // The bytes that `count` items take out of a block, alignment included.
  template <typename T>
  [[nodiscard]] static constexpr std::size_t BytesFor(std::size_t count) {
    return (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
  }
  // An array of `count` zeros in this block, or on its own when the block has not that much left.
  template <typename T>
  [[nodiscard]] PodVector<T> TakeZeros(std::size_t count) {
    PodVector<T> array = Take<T>(count);
    if (array.room() >= count) {
      array.append(count);
    } else {
      array.resize(count, T{});
    }
    return array;
  }
  // An empty array with room for `count` items in this block, which must outlive it; an ordinary empty array when the
  // block has not that much left.
  template <typename T>
  [[nodiscard]] PodVector<T> Take(std::size_t count) {
    if (count > (size_ - used_) / sizeof(T) || BytesFor<T>(count) > size_ - used_) return {};
    T* at = reinterpret_cast<T*>(data_ + used_);
    used_ += BytesFor<T>(count);
    return PodVector<T>(at, count);
  }

 private:
  void Swap(Block& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(used_, other.used_);
    std::swap(mapped_, other.mapped_);
  }

  static constexpr std::size_t kAlignment = 64;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  bool mapped_ = false;
};

}  // namespace weightsonly
