# Turns reference/SPEC.md into a C++ file, for `weightsonly explain` and `weightsonly tables`.
# Usage: cmake -DSPEC=FILE -DOUTPUT=FILE -P embed_spec.cmake

file(READ "${SPEC}" text)
# A raw literal may not be longer than 64 KiB for every compiler: one for each 8 KiB or so, which the compiler joins. Cut at line
# ends, for a cut inside a character is an error to some.
string(LENGTH "${text}" length)
set(literals "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8192 piece)
  string(FIND "${piece}" "\n" end REVERSE)
  if(end EQUAL -1)
    set(end 8191)
  endif()
  math(EXPR size "${end} + 1")
  string(SUBSTRING "${text}" ${at} ${size} piece)
  string(APPEND literals "R\"~~(${piece})~~\"\n")
  math(EXPR at "${at} + ${size}")
endwhile()
if(length EQUAL 0)
  set(literals "\"\"")
endif()
file(WRITE "${OUTPUT}" "// Made from SPEC.md by cmake/embed_spec.cmake.
#include \"tool/spec_rules.h\"

namespace weightsonly::tool {

const std::string_view kSpecText =
${literals};

}  // namespace weightsonly::tool
")
