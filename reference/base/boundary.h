// Floor 0. The public boundary, where refusals are caught (CHK-001).
#pragma once

#include <expected>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/refusal.h"

namespace weightsonly {

// Runs `body` and turns what it throws into a Refusal: the one place where refusals are caught (CHK-001).
template <typename Result, typename Body>
[[nodiscard]] std::expected<Result, Refusal> AtBoundary(Body&& body) {
  try {
    if constexpr (std::is_void_v<Result>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (Refusal& refusal) {
    return std::unexpected(std::move(refusal));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Refusal{RefusalKind::kHostMemory, {}, 0, {}});
  } catch (const std::length_error&) {  // a container of the standard library that cannot be that long
    return std::unexpected(Refusal{RefusalKind::kHostMemory, {}, 0, {}});
  }
}

}  // namespace weightsonly
