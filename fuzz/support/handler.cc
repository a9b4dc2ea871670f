// Fuzz targets: one opcode handler on a state that the input shapes.
#include "support/handler.h"

namespace weightsonly::fuzz {

void FuzzHandler(pickle::Opcode, Bytes) {}

}  // namespace weightsonly::fuzz
