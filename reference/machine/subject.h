// Floor 5. What torch's messages say about a value: its Python type, its str(). SPEC.md chapter 7 (MSG-002).
//
// Only what refuses asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machine/state.h"

namespace weightsonly::machine {

// repr(type(value)), "<class 'dict'>"; "" where it cannot be known (objects of classes that are not looked up).
[[nodiscard]] std::string PythonType(const State& state, Ref value);

// The subject that holds str(value); empty where it cannot be known, or would be long: addresses, elements, numbers
// that are no int.
[[nodiscard]] std::vector<std::string> StrSubject(const State& state, Ref value);

// {what, repr(type(value))}, or {} where the type cannot be known.
[[nodiscard]] std::vector<std::string> TypeSubject(const State& state, std::string_view what, Ref value);

// RefuseHere, with what torch's message names.
[[noreturn, gnu::cold, gnu::noinline]] void RefuseAbout(const State& state, RefusalKind kind, std::string detail,
                                                        std::vector<std::string> subject);

}  // namespace weightsonly::machine
