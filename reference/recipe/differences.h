// Recipes: the fields that make the right headers into those of a file. conformance/FORMAT.md, chapter 1.4.
#pragma once

#include <string>

#include "recipe/fields.h"
#include "recipe/headers.h"

namespace weightsonly::recipe {

// Gives the record, whose content is known, the fields that make its headers be `local` and, unless it is null,
// `central`: as few as it finds.
void TakeDifferences(const Header& local, const Header* central, Record& record);

// The fields of an ENTRY of the record that make its central header be `actual`.
[[nodiscard]] Fields EntryDifferences(const Record& record, const Header& actual);

// The numbers of `layout` in which `actual` differs from `right`, as fields without a prefix.
[[nodiscard]] Fields Differences(Layout layout, const Header& right, const Header& actual);

// Appends " NAME=VALUE" for each field.
void AppendFields(std::string& line, const Fields& fields);

}  // namespace weightsonly::recipe
