// Floor 0. A growable array of trivially copyable items that grows without moving them.
//
// Why not std::vector: the arenas of a load grow to hundreds of megabytes, and glibc moves a large block by moving its
// pages. Measured on 2 million values: a third of the load time, and half of the peak memory, went into copying on
// growth.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace weightsonly {

// Memory for large arrays, straight from the system: it grows in place, on pages of 2 MiB where the system has them,
// and goes back at once. Measured on 50,000 tensors: page faults are a third of the time of a load with pages of 4 KiB,
// and malloc keeps a quarter of the memory between two loads. Null where the system does not do this, or under a
// sanitizer, which watches malloc.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;
void* MapArray(std::size_t bytes);  // zeros, from a multiple of kHugePage on, to a multiple of it
void UnmapArray(void* data, std::size_t bytes);
// Asks for pages of 2 MiB where they lie in [from, to) of a mapped array. Only a hint.
void AskForHugePages(void* data, std::size_t from, std::size_t to);

template <typename T>
class PodVector {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));

 public:
  PodVector() = default;
  // Begins empty in memory of somebody else (Block), which must outlive the array; moves out of it when it outgrows it.
  PodVector(T* room, std::size_t capacity) : data_(room), capacity_(capacity), mapped_(kBorrowed) {}
  PodVector(PodVector&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        mapped_(std::exchange(other.mapped_, 0)) {}
  PodVector& operator=(PodVector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(mapped_, other.mapped_);
    return *this;
  }
  PodVector(const PodVector&) = delete;
  PodVector& operator=(const PodVector&) = delete;
  ~PodVector() { Release(); }

  [[nodiscard]] std::size_t size() const { return size_; }
  // Items that it holds before it grows.
  [[nodiscard]] std::size_t room() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] T& operator[](std::size_t index) { return data_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return data_[index]; }
  [[nodiscard]] T& back() { return data_[size_ - 1]; }
  [[nodiscard]] const T* begin() const { return data_; }
  [[nodiscard]] const T* end() const { return data_ + size_; }
  [[nodiscard]] std::span<const T> view(std::size_t at, std::size_t count) const { return {data_ + at, count}; }

  // Pointers into the array are invalid after any of these. Throws std::bad_alloc, with the array as it was.
  void push_back(T item) {
    if (size_ == capacity_) Grow(1);
    data_[size_++] = item;
  }
  // Adds `count` items whose values are unspecified and returns the first.
  T* append(std::size_t count) {
    if (count > capacity_ - size_) Grow(count);
    T* first = data_ + size_;
    size_ += count;
    return first;
  }
  void resize(std::size_t size, T fill) {
    const std::size_t before = size_;
    if (size > before) std::fill_n(append(size - before), size - before, fill);
    size_ = size;
  }
  void pop_back() { --size_; }
  // `size` at most size().
  void truncate(std::size_t size) { size_ = size; }

 private:
  [[gnu::noinline]] void Grow(std::size_t count) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / sizeof(T) / 2;
    if (count > kMost - size_) throw std::bad_alloc();
    std::size_t capacity = capacity_ < 16 ? 16 : capacity_ * 2;
    if (capacity < size_ + count) capacity = size_ + count;
    const std::size_t bytes = capacity * sizeof(T);
    if (mapped_ != kBorrowed && bytes <= mapped_) {
      if (capacity_ * sizeof(T) >= kHugeFrom) AskForHugePages(data_, capacity_ * sizeof(T), bytes);
    } else if (bytes < kMapFrom || !MoveToMap(bytes)) {
      GrowOnHeap(bytes);
    }
    capacity_ = capacity;
  }

  // Moves the items to a mapping with room to grow, of which untouched pages cost nothing. False when there is none to
  // be had.
  bool MoveToMap(std::size_t bytes) {
    constexpr std::size_t kRoom = 8;
    if (bytes > std::numeric_limits<std::size_t>::max() / kRoom) return false;
    void* map = MapArray(bytes * kRoom);
    if (map == nullptr) return false;
    if (size_ * sizeof(T) >= kHugeFrom) AskForHugePages(map, 0, bytes);
    if (size_ != 0) std::memcpy(map, data_, size_ * sizeof(T));
    Release();
    data_ = static_cast<T*>(map);
    mapped_ = bytes * kRoom;
    return true;
  }

  void GrowOnHeap(std::size_t bytes) {
    void* grown = std::realloc(mapped_ == 0 ? data_ : nullptr, bytes);
    if (grown == nullptr) throw std::bad_alloc();
    if (mapped_ != 0) {
      std::memcpy(grown, data_, size_ * sizeof(T));
      Release();
    }
    data_ = static_cast<T*>(grown);
    mapped_ = 0;
  }

  void Release() {
    if (mapped_ == kBorrowed) return;
    if (mapped_ != 0) {
      UnmapArray(data_, mapped_);
    } else {
      std::free(data_);
    }
  }

  static constexpr std::size_t kBorrowed = 1;
  static constexpr std::size_t kMapFrom = std::size_t{1} << 20;
  static constexpr std::size_t kHugeFrom = std::size_t{4}
                                           << 20;  // smaller ones would waste too much of their last page

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;  // bytes of the mapping that holds the items; 0: malloc's; kBorrowed: somebody else's
};

}  // namespace weightsonly
