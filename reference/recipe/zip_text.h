// Recipes: an archive as lines. conformance/FORMAT.md, chapters 1.3 and 1.4.
#pragma once

#include "base/bytes.h"
#include "recipe/lines.h"
#include "recipe/zip_parts.h"

namespace weightsonly::recipe {

// Every byte of the file, part by part.
void WriteZip(Bytes file, const ZipParts& parts, Lines& lines);

// What a record of this name holds: instructions for a pickle, else text where it is short text, else bytes. For the
// content as it lies in the archive or comes out of it.
void WriteContent(std::string_view name, Bytes content, Lines& lines);

}  // namespace weightsonly::recipe
