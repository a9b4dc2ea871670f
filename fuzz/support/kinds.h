// Fuzz targets: which kinds of refusals were met, for the coverage of the corpus.
#pragma once

#include "base/refusal.h"

namespace weightsonly::fuzz {

// Appends the name of the kind to the file that $WEIGHTSONLY_FUZZ_KINDS names, the first time that this process meets
// it; without the variable nothing.
void NoteKind(RefusalKind kind);

}  // namespace weightsonly::fuzz
