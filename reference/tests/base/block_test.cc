// Floor 0: a block's memory, and arrays that begin in it.
#include "base/block.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include "base/pod_vector.h"
#include "tests/catch.h"

namespace weightsonly {
namespace {

bool HoldsRising(const PodVector<std::uint32_t>& array, std::uint32_t count) {
  if (array.size() != count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (array[i] != i) return false;
  }
  return true;
}

PodVector<std::uint32_t> Filled(PodVector<std::uint32_t> array, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) array.push_back(i);
  return array;
}

TEST_CASE("an array stays in its block up to its room and keeps its items when it outgrows it") {
  for (const std::uint32_t room : {1U, 100U, 300'000U, 3'000'000U}) {
    CAPTURE(room);
    Block block(Block::BytesFor<std::uint32_t>(room) + Block::BytesFor<char>(1));
    PodVector<std::uint32_t> array = block.Take<std::uint32_t>(room);
    const PodVector<char> behind = block.TakeZeros<char>(1);
    const std::uint32_t* in_block = array.data();
    CHECK(array.room() == room);
    array = Filled(std::move(array), room);
    CHECK(array.data() == in_block);
    CHECK(behind[0] == 0);
    array.push_back(room);
    CHECK(array.data() != in_block);
    CHECK(HoldsRising(array, room + 1));
    for (std::uint32_t i = room + 1; i < 2 * room + 1000; ++i) array.push_back(i);
    CHECK(HoldsRising(array, 2 * room + 1000));
  }
}

TEST_CASE("an array that asks for more than a block has left stands on its own") {
  Block block(Block::BytesFor<std::uint32_t>(10));
  const PodVector<std::uint32_t> refused = block.Take<std::uint32_t>(1000);
  CHECK(refused.room() == 0);
  CHECK(HoldsRising(Filled(block.Take<std::uint32_t>(SIZE_MAX / 2), 50), 50));
  const PodVector<std::uint32_t> fits = block.Take<std::uint32_t>(10);
  CHECK(fits.room() == 10);
  // Room for the items and not for the alignment behind them.
  Block odd(Block::BytesFor<char>(1) + 1);
  CHECK(odd.Take<char>(Block::BytesFor<char>(1) + 1).room() == 0);
  CHECK(odd.Take<char>(1).room() == 1);
  const PodVector<std::uint32_t> zeros = block.TakeZeros<std::uint32_t>(100);
  REQUIRE(zeros.size() == 100);
  CHECK(std::ranges::all_of(zeros, [](std::uint32_t item) { return item == 0; }));
}

TEST_CASE("an array never has more items than an address space has room for") {
  PodVector<std::uint32_t> array;
  array.push_back(7);
  CHECK_THROWS_AS(array.append(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(array.append(SIZE_MAX / 8), std::bad_alloc);
  REQUIRE(array.size() == 1);
  CHECK(array[0] == 7);
}

TEST_CASE("a block begins with zeros and moves without moving its memory") {
  for (const std::size_t bytes : {std::size_t{64}, std::size_t{4096}, std::size_t{5} << 20}) {
    CAPTURE(bytes);
    Block block(bytes);
    PodVector<char> zeros = block.TakeZeros<char>(bytes);
    CHECK(std::ranges::all_of(zeros, [](char item) { return item == 0; }));
    zeros[bytes - 1] = 'x';
    const Block moved = std::move(block);
    CHECK(zeros[bytes - 1] == 'x');
    block = Block(64);
    CHECK(block.Take<char>(64).room() == 64);
  }
}

}  // namespace
}  // namespace weightsonly
