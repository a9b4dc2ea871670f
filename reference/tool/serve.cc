// Floor 8. `weightsonly serve`: the reference loader's adapter of the conformance suite, JSON Lines on standard input
// and output. SPEC.md chapter 8 (SRV rules); conformance/FORMAT.md.
#include <unistd.h>

#include <new>
#include <string>

#include "output/canonical.h"
#include "output/tensor_rows.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/lines.h"
#include "tool/request.h"
#include "tool/signals.h"

namespace weightsonly::tool {
namespace {

// SRV-002. No request is nearly as long.
constexpr std::size_t kLongestLine = std::size_t{1} << 20;

class Server {
 public:
  explicit Server(const Context& context) : out_(context.out), err_(context.err) {}

  // SRV-011.
  Exit Run() {
    LineReader lines(STDIN_FILENO, kLongestLine);
    std::string line;
    while (true) {
      switch (lines.Next(line)) {
        case LineReader::Found::kEnd:
          return Exit::kAccepted;
        case LineReader::Found::kBroken:
          err_ << "weightsonly: standard input cannot be read\n";
          return Exit::kUnread;
        case LineReader::Found::kTooLong:
          AnswerBad({"the line is longer than 1 MiB", std::nullopt});
          break;
        case LineReader::Found::kLine:
          if (!Answer(line)) return Exit::kAccepted;
      }
    }
  }

 private:
  // False after a bye.
  bool Answer(const std::string& line) {
    auto request = ParseRequest(line);
    if (!request) {
      AnswerBad(request.error());
    } else if (request->ask == Ask::kHello) {
      AnswerHello();
    } else if (request->ask == Ask::kLoad) {
      AnswerLoad(*request);
    }
    return !request || request->ask != Ask::kBye;
  }

  void End(JsonWriter& json) {
    json.EndObject();
    out_ << "\n";
    out_.Flush();
  }

  // SRV-003.
  void AnswerBad(const BadRequest& bad) {
    JsonWriter json(out_);
    json.BeginObject();
    if (bad.seq) json.Member("seq", *bad.seq);
    json.Member("error", bad.what);
    End(json);
  }

  // SRV-001.
  void AnswerHello() {
    JsonWriter json(out_);
    json.BeginObject().Member("protocol", std::uint64_t{1}).Member("name", "weightsonly");
    json.Member("version", WEIGHTSONLY_VERSION).Member("language", "c++").Member("level", std::uint64_t{2});
    json.Key("policies").BeginObject();
    json.Member("unknown-globals", "refuse").Member("allowlisted-calls", "inert").Member("odd-calls", "refuse");
    json.Member("device", "label").Member("protocol-4", "refuse").Member("big-endian-v3", "swapped");
    json.EndObject().Key("lacks").BeginArray().EndArray();
    End(json);
  }

  // What was written for the file is taken back when it comes to nothing.
  void AnswerLoad(const Request& request) {
    if (!request.skip.empty()) {
      JsonWriter json(out_);
      json.BeginObject().Member("seq", request.seq).Member("verdict", "skip").Member("reason", request.skip);
      return End(json);
    }
    SetFileInHand(request.path);
    const std::uint64_t start = out_.position();
    try {
      Judge(request);
    } catch (const Refusal& refusal) {
      TakeBack(start);
      AnswerRefusal(request, refusal);
    } catch (const std::bad_alloc&) {
      TakeBack(start);
      AnswerRefusal(request, {RefusalKind::kHostMemory, "", 0, ""});
    }
  }

  // Half an answer has left: the line cannot be mended, and the reader must not take the next for its end.
  void TakeBack(std::uint64_t start) {
    if (!out_.DropSince(start)) out_ << "\n";
  }

  // SRV-007. A verdict says that the file was judged: an "error" that it was not.
  void AnswerRefusal(const Request& request, const Refusal& refusal) {
    const Exit exit = ExitOf(refusal.kind);
    const bool judged = exit == Exit::kRefused || exit == Exit::kUsage;
    JsonWriter json(out_);
    json.BeginObject().Member("seq", request.seq).Member("verdict", judged ? "reject" : "error");
    json.Member("kind", KindName(refusal.kind)).Member("record", refusal.record).Member("offset", refusal.offset);
    json.Member("detail", refusal.detail);
    End(json);
  }

  // SRV-008. Verify comes before the first byte of an answer, whatever the level. SRV-012: what was loaded ends here.
  void Judge(const Request& request) {
    const auto checkpoint = Load(request.path, request.options);
    if (!checkpoint) throw checkpoint.error();
    if (const auto verified = checkpoint->Verify(); !verified) throw verified.error();
    JsonWriter json(out_);
    json.BeginObject().Member("seq", request.seq).Member("verdict", "accept");
    if (request.level == 1) WriteTensors(json, *checkpoint);
    if (request.level == 2) WriteValue(json, *checkpoint);
    End(json);
  }

  // SRV-009.
  void WriteTensors(JsonWriter& json, const Checkpoint& checkpoint) {
    json.Key("tensors").Raw("");
    const auto written = WriteTensorRows(checkpoint, [this](std::string_view piece) {
      out_ << piece;
      return true;
    });
    if (!written) throw written.error();
    if (written->truncated) json.MemberBool("truncated", true);
  }

  // SRV-010. What is too deep or too long to be written down is accepted all the same.
  void WriteValue(JsonWriter& json, const Checkpoint& checkpoint) {
    json.Key("value").Raw("");
    const auto written = WriteCanonical(checkpoint, {}, [this](std::string_view piece) {
      out_ << piece;
      return true;
    });
    if (!written && written.error().kind != RefusalKind::kLimitOutput) throw written.error();
    if (!written) out_ << "null";
    const bool too_deep = written && written->omitted_for_depth;
    if (!written || too_deep) {
      json.Member("value_omitted", KindName(too_deep ? RefusalKind::kLimitDepth : RefusalKind::kLimitOutput));
    }
  }

  Stream& out_;
  Stream& err_;
};

}  // namespace

Exit RunServe(const Context& context) { return Server(context).Run(); }

}  // namespace weightsonly::tool
