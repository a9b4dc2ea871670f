// Floor 8. `weightsonly load`: the verdict after everything was checked, and the value. SPEC.md chapter 8.
#include <string>

#include "output/canonical.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/summary.h"

namespace weightsonly::tool {
namespace {

// CLI-013. Nothing is written before the first piece of the value is there: until then a refusal takes the document's
// place.
class ValueDocument {
 public:
  ValueDocument(Stream& out, const std::string& file) : out_(out), file_(file) {}

  void Write(std::string_view piece) {
    if (!started_) {
      JsonWriter json = BeginDocument(out_, "load", &file_);
      json.Member("verdict", "accept").Member("checked", "content").Key("value");
      started_ = true;
    }
    out_ << piece;
  }

  void End(const CanonicalResult& result) {
    if (result.omitted_for_depth) out_ << ",\"value_omitted\":\"" << KindName(RefusalKind::kLimitDepth) << "\"";
    out_ << "}\n";
  }

  [[nodiscard]] bool started() const { return started_; }

 private:
  Stream& out_;
  const std::string& file_;
  bool started_ = false;
};

std::expected<void, Refusal> VerifyAll(const std::string& file, const Checkpoint& checkpoint) {
  const Progress progress("checking", file);
  return checkpoint.Verify();
}

Exit WriteDocument(const Context& context, const std::string& file, const Checkpoint& checkpoint) {
  ValueDocument document(context.out, file);
  const auto written =
      WriteCanonical(checkpoint, {.all_bytes = context.arguments.all_bytes}, [&](std::string_view piece) {
        document.Write(piece);
        return true;
      });
  if (written) {
    document.End(*written);
    return Exit::kAccepted;
  }
  if (!document.started())
    return ReportRefusal(context.arguments, "load", file, written.error(), context.out, context.err);
  // Checked contents can still get lost: memory runs out, or the disk fails. Half a line is no document, and the exit
  // code tells.
  context.out << "\n";
  context.out.Flush();
  PrintRefusal(context.err, context.arguments.color, file, written.error());
  return ExitOf(written.error().kind);
}

}  // namespace

Exit RunLoad(const Context& context, const std::string& file) {
  const Arguments& arguments = context.arguments;
  const auto refused = [&](const Refusal& refusal) {
    return ReportRefusal(arguments, "load", file, refusal, context.out, context.err);
  };
  const auto checkpoint = Load(file, arguments.options);
  if (!checkpoint) return refused(checkpoint.error());
  if (const auto verified = VerifyAll(file, *checkpoint); !verified) return refused(verified.error());
  if (arguments.quiet) return Exit::kAccepted;
  if (arguments.json) return WriteDocument(context, file, *checkpoint);
  PrintSummary(context, file, *checkpoint);
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
