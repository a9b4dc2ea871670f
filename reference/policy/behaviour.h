// Floor 4. What the machine of a release does otherwise than that of 2.15.0. SPEC.md chapter 4 (POL-009).
#pragma once

#include "policy/release.h"

namespace weightsonly::policy {

struct Behaviour {
  bool binfloat = true;         // BINFLOAT is one of the opcodes
  bool newobj_of_any = true;    // NEWOBJ takes every class that is allowed, otherwise torch.nn.Parameter alone
  bool build_of_any = true;     // BUILD takes every object whose class is allowed, otherwise tensors and OrderedDicts
  bool setitem_of_any = false;  // SETITEM and SETITEMS take what has items, otherwise dicts alone
  bool must_be_built = true;    // POL-016
};

[[nodiscard]] constexpr Behaviour BehaviourOf(Release release) {
  return {.binfloat = release >= Release::k2_0,
          .newobj_of_any = release >= Release::k2_6,
          .build_of_any = release >= Release::k2_6,
          .setitem_of_any = release < Release::k2_10,
          .must_be_built = release >= Release::k2_15};
}

}  // namespace weightsonly::policy
