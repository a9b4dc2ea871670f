// Floor 6. The caller's constructors of inert objects. SPEC.md chapter 6 (CHK-040).
#include "checkpoint/constructors.h"

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "base/refusal.h"
#include "base/text.h"
#include "value/value.h"

namespace weightsonly {
namespace {

// Whatever the caller's code throws becomes its reason; that memory is short stays what it is.
Construction CallConstructor(const Constructor& constructor, const Object& object) {
  try {
    return constructor(object);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Refusal& refusal) {
    return {.fault = refusal.detail};
  } catch (const std::exception& error) {
    return {.fault = error.what()};
  } catch (...) {
    return {.fault = "it threw something that is no std::exception"};
  }
}

}  // namespace

void RunConstructors(const std::shared_ptr<Graph>& graph, const Allowlist& allowlist) {
  if (!allowlist.HasConstructors()) return;
  for (const ObjectRecord& record : graph->objects) {
    const Object object(graph, record.node);
    if (object.made() == Object::Made::kClass) continue;
    const Constructor* constructor = allowlist.ConstructorOf(object.class_name());
    if (constructor == nullptr) continue;
    Construction made = CallConstructor(*constructor, object);
    if (made.fault) {
      Refuse(RefusalKind::kPolicyConstructor, record.record, record.offset,
             "the constructor of `" + EscapeForTerminal(object.class_name()) + "`: " + EscapeForTerminal(*made.fault));
    }
    graph->constructed.emplace(record.node, std::move(made.value));
  }
}

}  // namespace weightsonly
