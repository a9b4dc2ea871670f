// Floor 6. How a checkpoint is loaded. Public. Nothing here is kept in the process: two loads never see each other.
// What torch keeps in the process (set_default_load_endianness, set_default_mmap_options, config.load,
// register_package, add_safe_globals) is a member here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/export.h"
#include "base/limits.h"
#include "checkpoint/locations.h"
#include "policy/allowlist.h"

namespace weightsonly {

// The byte order of an archive that has no `byteorder` record (CHK-006).
enum class Endianness : std::uint8_t { kLittle, kBig, kNative };

// The variables that FromEnvironment reads.
inline constexpr const char* kForceVariable = "TORCH_FORCE_WEIGHTS_ONLY_LOAD";
inline constexpr const char* kForceNoVariable = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD";

// Load refuses options that are impossible, alone or together, with options.invalid, before the file is opened
// (CHK-022).
struct WEIGHTSONLY_EXPORT Options {
  // True: a regular file is mapped and its stored records are used where they lie; it must not shrink while the
  // Checkpoint lives. False: it is read whole.
  bool mmap = true;
  // With mmap: the mapping is shared (MAP_SHARED) instead of private (MAP_PRIVATE). It is read-only in either case;
  // what becomes of the bytes when somebody writes to the file is the system's business. Not without mmap.
  bool mmap_shared = false;
  // Also computes where every storage must lie by the rule of torch's writer, and refuses storage.offset where the
  // directory says otherwise (CHK-021). Only archives with a `.format_version` of "1" or more have that rule.
  bool calculate_storage_offsets = false;
  // Also refuse what torch.save never writes: wrong CRCs, comments, bytes after the archive or after STOP, compressed
  // records, records that nobody reads, values left on the stack. SPEC.md has the list.
  bool strict = false;
  // torch's default is little, whatever the host.
  Endianness default_load_endianness = Endianness::kLittle;
  // Which devices the storages are said to be on; without it, what the file says.
  MapLocation map_location;
  // Besides torch's own.
  std::vector<Package> packages;
  // What byte strings that Python 2 wrote (SHORT_BINSTRING) are decoded with: torch.load's `encoding`. "utf-8", "ascii"
  // or "latin1", or another of Python's usual names for these (CAL-007), in lower case; "bytes" leaves them bytes.
  // Anything else: options.invalid.
  std::string encoding = "utf-8";
  // Which release answers for globals and opcodes: "1.13", "2.0", "2.6", "2.10", "2.13" or "2.15", each also for those
  // before the next one (POL-008, POL-009). The format and everything else are those of 2.15 whatever it says.
  // Anything else: options.invalid.
  std::string torch = "2.15";
  // What may be named beside that release's own list, as inert objects (policy/allowlist.h). Releases before 2.6 have
  // no such list: options.invalid unless it is empty.
  Allowlist allowlist;
  // torch.load's argument of that name; empty: it is not passed, which is safe here whatever the release (DEV-660).
  // There is no load without restriction: where torch would do one, Load refuses policy.full-pickle (ENV-008).
  std::optional<bool> weights_only;
  // The texts of the two variables as they were found; empty: not set. Load never reads the environment itself. Both
  // true: policy.environment (ENV-009).
  std::optional<std::string> force_weights_only_load;
  std::optional<std::string> force_no_weights_only_load;
  // "": names of numpy that the allowlist has are inert objects like any (but see DEV-730). A release of numpy,
  // MAJOR.MINOR from "1.20" on ("1.24", "2.4"): they give arrays, scalars and dtypes (value/ndarray.h), and the release
  // decides which class a dtype has, which must be on the allowlist too (NPY-004): Allowlist::AddNumpy. This option
  // alone allows nothing. Anything else: options.invalid.
  std::string numpy;
  Limits limits;

  // Options with both variables as the process has them now, everything else by default (ENV-007). Not while another
  // thread changes the environment.
  [[nodiscard]] static Options FromEnvironment();
};

}  // namespace weightsonly
