// weightsonly: reads the checkpoints that torch.save writes, as torch.load(weights_only=True) does, without torch.
//
// This is the one header to include. In one look:
//
//   auto checkpoint = weightsonly::Load("model.pt");           // std::expected<Checkpoint, Refusal>
//   if (!checkpoint) return Report(checkpoint.error());        // kind, record, offset, detail
//   for (const auto& [path, tensor] : checkpoint->tensors())   // typed path: "model", "layers", 0, "weight"
//     Use(path, tensor.dtype(), tensor.shape(), tensor.stride(), *tensor.data());  // bytes where they lie, no copy
//   const weightsonly::Value root = checkpoint->root();        // the whole value: dicts, lists, numbers, cycles too
//
// Nothing in a file is ever imported or executed. Load checks the structure; Checkpoint::Verify() the contents.
// No function here throws because of a file; every fault is a Refusal (base/refusal.h).
#pragma once

#include "base/limit_table.h"        // IWYU pragma: export
#include "base/limits.h"             // IWYU pragma: export
#include "base/refusal.h"            // IWYU pragma: export
#include "base/text.h"               // IWYU pragma: export
#include "checkpoint/checkpoint.h"   // IWYU pragma: export
#include "checkpoint/locations.h"    // IWYU pragma: export
#include "checkpoint/options.h"      // IWYU pragma: export
#include "checkpoint/torchscript.h"  // IWYU pragma: export
#include "output/canonical.h"        // IWYU pragma: export
#include "output/tensor_rows.h"      // IWYU pragma: export
#include "output/torch_message.h"    // IWYU pragma: export
#include "value/dtype.h"             // IWYU pragma: export
#include "value/ndarray.h"           // IWYU pragma: export
#include "value/quantizer.h"         // IWYU pragma: export
#include "value/sparse_tensor.h"     // IWYU pragma: export
#include "value/subclass.h"          // IWYU pragma: export
#include "value/value.h"             // IWYU pragma: export
