// Fuzz target canonical: reads a canonical text back and holds it against the values that it is of.
#pragma once

#include <string_view>

#include "checkpoint/checkpoint.h"
#include "support/uncovered.h"

WEIGHTSONLY_UNCOVERED_BEGIN
#include "nlohmann/json.hpp"
WEIGHTSONLY_UNCOVERED_END

namespace weightsonly::fuzz {

// UTF-8 without control characters that is JSON, and the same text when another writer prints it: nothing is escaped
// that need not be, and no member stands twice (OUT-001, OUT-002). Returns it read.
nlohmann::ordered_json ReadJsonText(std::string_view text);

// `document` is that of the whole checkpoint, not `null`.
void CheckDocument(const nlohmann::ordered_json& document, const Checkpoint& checkpoint);

// The digits of an integer say what its bytes do: two's complement, little-endian.
void CheckDigits(std::string_view digits, std::string_view bytes);

}  // namespace weightsonly::fuzz
