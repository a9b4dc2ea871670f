// Floor 7. The pieces of JSON that the writers are made of. SPEC.md chapter 7 (OUT-001, OUT-002).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weightsonly::output {

// OUT-001. `text`, which is UTF-8, as a JSON string with its quotes: \" \\ \b \f \n \r \t, \u00xx for other characters
// below U+0020, all others as themselves.
void AppendJsonString(std::string& out, std::string_view text);

// OUT-002. A number; beyond ±(2^53 - 1), which not every JSON reader keeps, its digits as a string.
void AppendJsonNumber(std::string& out, std::int64_t value);
void AppendJsonNumber(std::string& out, std::uint64_t value);

// [1,2,3], each as AppendJsonNumber.
void AppendJsonNumbers(std::string& out, std::span<const std::int64_t> values);
// ["1","2","3"], digits as strings.
void AppendJsonDigits(std::string& out, std::span<const std::int64_t> values);

}  // namespace weightsonly::output
