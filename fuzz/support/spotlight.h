// Fuzz targets: coverage of one part of an execution. Around a handler lies all that shapes its state, which is most of
// the machine; if that counted, an engine would keep inputs for what they do elsewhere, and 34 targets would be one.
//
// Works for the counters that libFuzzer reads (inline 8-bit counters of programs in ELF); does nothing elsewhere.
#pragma once

#include <cstdint>
#include <vector>

namespace weightsonly::fuzz {

// While a Spotlight lives, what counts is what runs during the life of its one Beam.
class Spotlight {
 public:
  Spotlight();
  ~Spotlight();  // what the beam saw counts; without one, nothing does
  Spotlight(const Spotlight&) = delete;
  Spotlight& operator=(const Spotlight&) = delete;

  class Beam {
   public:
    explicit Beam(Spotlight& spotlight);
    ~Beam();
    Beam(const Beam&) = delete;
    Beam& operator=(const Beam&) = delete;

   private:
    Spotlight& spotlight_;
  };

 private:
  std::vector<std::uint8_t>& seen_;  // the counters at the end of the beam; empty before
};

// How many kinds of states an engine can tell from each other, beside the coverage.
inline constexpr unsigned kStateKinds = 2048;
// This execution saw a state of the kind `kind`, below kStateKinds: one more reason to keep its input. Only libFuzzer
// listens.
void Distinguish(unsigned kind);

}  // namespace weightsonly::fuzz
