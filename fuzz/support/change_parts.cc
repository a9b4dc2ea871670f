// Fuzz targets: changes of the parts of an archive in a recipe.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "recipe/fields.h"
#include "recipe/lines.h"
#include "recipe/words.h"
#include "support/recipe_changes.h"
#include "support/recipe_shape.h"
#include "support/vocabulary.h"

namespace weightsonly::fuzz {
namespace {

// What a change needs to know.
struct Parts {
  RecipeLines& lines;
  std::vector<LineRange> records;
  std::uint64_t file_bytes;
};

using Change = void (*)(Parts&, Random&);

// The words of a line; the first is the part's.
std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  recipe::SplitLine(line, words);
  return {words.begin(), words.end()};
}

std::string LineOf(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word);
  return line;
}

// Gives a part the field `name`, in place of the one that it has.
void SetField(std::string& line, std::string_view name, std::string_view value) {
  std::vector<std::string> words = WordsOf(line);
  const std::string start = std::string(name) + "=";
  std::erase_if(words, [&](const std::string& word) { return word.starts_with(start); });
  words.push_back(start + std::string(value));
  line = LineOf(words);
}

std::string& RecordLine(Parts& parts, Random& random) { return parts.lines[random.Pick(parts.records).begin]; }

// The name of a record with the folder that the others lie in.
std::string InFolder(std::string_view quoted, const std::string& name) {
  const std::string other = recipe::StringOf(quoted);
  return recipe::QuotedString(other.substr(0, other.find('/') + 1) + name);
}

std::string NameWord(std::string_view line) {
  const std::vector<std::string> words = WordsOf(line);
  return words.size() > 1 && recipe::IsString(words[1]) ? words[1] : "\"\"";
}

void Rename(Parts& parts, Random& random) {
  std::string& line = RecordLine(parts, random);
  std::vector<std::string> words = WordsOf(line);
  if (words.size() < 2) return;
  if (random.OneIn(3)) {  // that of another record: one name twice
    words[1] = NameWord(RecordLine(parts, random));
  } else if (random.OneIn(2)) {
    words[1] = recipe::QuotedString(Changed(recipe::StringOf(NameWord(line)), random));
  } else {
    words[1] = random.OneIn(8) ? recipe::QuotedString(RandomRecordName(random))
                               : InFolder(NameWord(line), RandomRecordName(random));
  }
  line = LineOf(words);
}

void Duplicate(Parts& parts, Random& random) {
  const RecipeLines record = LinesIn(parts.lines, random.Pick(parts.records));
  InsertLines(parts.lines, random.Pick(parts.records).begin, record);
}

void Drop(Parts& parts, Random& random) { EraseLines(parts.lines, random.Pick(parts.records)); }

void Reorder(Parts& parts, Random& random) {
  const LineRange range = random.Pick(parts.records);
  const RecipeLines record = LinesIn(parts.lines, range);
  EraseLines(parts.lines, range);
  const std::vector<LineRange> rest = RecordsOf(parts.lines);
  InsertLines(parts.lines, rest.empty() ? range.begin : random.Pick(rest).begin, record);
}

void AddRecord(Parts& parts, Random& random) {
  const std::string name = InFolder(NameWord(RecordLine(parts, random)), RandomRecordName(random));
  constexpr auto kContents = std::to_array<std::string_view>(
      {"TEXT \"little\"", "TEXT \"big\"", "TEXT \"3\\n\"", "TEXT \"1\"", "TEXT \"10\\n\"", "TEXT \"64\"",
       "RAW 0000803f000000400000404000008040", "REPEAT 64 RAW 00", "STOP", "PROTO 2"});
  InsertLines(parts.lines, random.Pick(parts.records).begin, {"RECORD " + name, std::string(random.Pick(kContents))});
}

void Deflate(Parts& parts, Random& random) {
  const LineRange record = random.Pick(parts.records);
  // A stream of a real compressor stands as bytes behind the instructions that it holds: these take its place.
  bool shown = false;
  for (std::size_t i = record.begin + 1; i < record.end; ++i) {
    if (!parts.lines[i].starts_with("# ")) continue;
    parts.lines[i].erase(0, 2);
    shown = true;
  }
  if (shown) {
    for (std::size_t i = record.begin + 1; i < record.end; ++i) {
      if (parts.lines[i].starts_with("RAW ")) parts.lines[i] = "#";
    }
    parts.lines[record.begin] = "RECORD " + NameWord(parts.lines[record.begin]);
  }
  SetField(parts.lines[record.begin], "deflate", random.OneIn(2) ? "fixed" : "stored");
}

void Align(Parts& parts, Random& random) {
  constexpr auto kAlignments = std::to_array<std::string_view>({"1", "2", "64", "64", "4096", "65536", "3"});
  SetField(RecordLine(parts, random), "align", random.Pick(kAlignments));
}

void Switch(Parts& parts, Random& random) {
  constexpr auto kSwitches = std::to_array<std::string_view>({"zip64", "local.zip64", "central.zip64", "listed"});
  const std::string_view name = random.Pick(kSwitches);
  SetField(RecordLine(parts, random), name, name == "listed" ? "0" : "1");
}

void Describe(Parts& parts, Random& random) {
  constexpr auto kForms = std::to_array<std::string_view>({"DESCRIPTOR", "DESCRIPTOR plain", "DESCRIPTOR wide"});
  InsertLines(parts.lines, random.Pick(parts.records).end, {std::string(random.Pick(kForms))});
}

void SetExtra(Parts& parts, Random& random) {
  constexpr auto kExtras = std::to_array<std::string_view>(
      {"bytes:01000800ffffffffffffffff", "bytes:0100100000000000000000000000000000000000", "bytes:01000000",
       "bytes:4642040000000000", "bytes:0100", "bytes:ffffffff", "bytes:01000400000000000100040000000000", "\"\""});
  constexpr auto kPrefixes = std::to_array<std::string_view>({"", "local.", "central."});
  SetField(RecordLine(parts, random), std::string(random.Pick(kPrefixes)) + "extra", random.Pick(kExtras));
}

struct FieldPlace {
  std::string_view part;    // the first word of the line
  std::string_view prefix;  // of the field
  const recipe::Layout* layout;
};
constexpr auto kPlaces = std::to_array<FieldPlace>({{"RECORD", "", &recipe::kSharedLayout},
                                                    {"RECORD", "local.", &recipe::kLocalLayout},
                                                    {"RECORD", "central.", &recipe::kCentralLayout},
                                                    {"ENTRY", "", &recipe::kCentralLayout},
                                                    {"DESCRIPTOR", "", &recipe::kSignedLayout},
                                                    {"END64", "", &recipe::kEnd64Layout},
                                                    {"LOCATOR", "", &recipe::kLocatorLayout},
                                                    {"END", "", &recipe::kEndLayout}});

// Any number of any header. The assembler keeps all others right for what the file then holds.
void SetNumber(Parts& parts, Random& random) {
  const FieldPlace& place = random.Pick(kPlaces);
  const std::size_t at =
      FindLine(parts.lines, random, [&](std::string_view line) { return FirstWord(line) == place.part; });
  if (at == parts.lines.size()) return;
  const recipe::Column& column = random.Pick(*place.layout);
  const std::uint64_t near = random.OneIn(2) ? parts.file_bytes : random.Below(parts.file_bytes + 1);
  SetField(parts.lines[at], std::string(place.prefix) + std::string(recipe::NameOf(column.field)),
           std::to_string(EdgeNumber(random, column.width, near)));
}

// A field less: the number is right again.
void Mend(Parts& parts, Random& random) {
  const std::size_t at = FindLine(parts.lines, random, [](std::string_view line) {
    return IsPartLine(line) && line.find('=') != std::string_view::npos;
  });
  if (at == parts.lines.size()) return;
  std::vector<std::string> words = WordsOf(parts.lines[at]);
  const auto field = std::ranges::find_if(
      words, [](const std::string& word) { return !recipe::IsString(word) && word.find('=') != std::string::npos; });
  if (field == words.end()) return;
  words.erase(field);
  parts.lines[at] = LineOf(words);
}

// The directory by hand: entries in another order, twice, or fewer.
void SpellDirectory(Parts& parts, Random& random) {
  const auto directory = std::ranges::find(parts.lines, "DIRECTORY");
  const auto is_entry = [](std::string_view line) { return FirstWord(line) == "ENTRY"; };
  if (directory == parts.lines.end()) {
    const std::size_t at = FindLine(parts.lines, random, is_entry);
    if (at < parts.lines.size()) parts.lines[at] = "ENTRY " + std::to_string(random.Below(parts.records.size()));
    return;
  }
  const auto at = static_cast<std::size_t>(directory - parts.lines.begin());
  EraseLines(parts.lines, {at, at + 1});
  RecipeLines entries;
  for (std::size_t i = 0; i < parts.records.size(); ++i) {
    if (!random.OneIn(16)) entries.push_back("ENTRY " + std::to_string(i));
  }
  if (!entries.empty() && random.OneIn(2)) std::swap(entries.front(), entries[random.Below(entries.size())]);
  InsertLines(parts.lines, at, entries);
}

// End records: more, fewer, or in another place.
void ChangeEnd(Parts& parts, Random& random) {
  constexpr auto kEnds = std::to_array<std::string_view>({"END64", "LOCATOR", "END", "DIRECTORY"});
  const std::string_view part = random.Pick(kEnds);
  const auto found = std::ranges::find(parts.lines, part, FirstWord);
  if (found != parts.lines.end() && random.OneIn(2)) {
    parts.lines.erase(found);
  } else if (part == "END64" || part == "LOCATOR") {
    const auto end = std::ranges::find(parts.lines, "END", FirstWord);
    parts.lines.insert(end, std::string(part));
  } else {
    parts.lines.emplace_back(part);
  }
}

// Bytes between the parts, in front of them and behind them.
void AddGap(Parts& parts, Random& random) {
  RecipeLines gap = {"GAP", random.OneIn(2) ? "REPEAT 64 RAW 00" : "RAW 504b0304"};
  const std::size_t at = FindLine(parts.lines, random, IsPartLine);
  if (at == 0) gap.erase(gap.begin());
  InsertLines(parts.lines, random.OneIn(4) ? parts.lines.size() : at, gap);
}

constexpr auto kChanges = std::to_array<Change>(
    {Rename,   Rename,   Duplicate, Drop,      Reorder,   AddRecord, Deflate, Deflate,        Align,     Switch,
     Describe, SetExtra, SetNumber, SetNumber, SetNumber, SetNumber, Mend,    SpellDirectory, ChangeEnd, AddGap});

void TakeInstructions(RecipeLines& lines, const RecipeLines& other, Random& random) {
  const std::size_t from = FindLine(other, random, IsInstructionLine);
  const std::size_t at = FindLine(lines, random, IsInstructionLine);
  if (from == other.size() || at == lines.size()) return;
  const LineRange run = RunFrom(other, from, random.Below(32) + 1, IsInstructionLine);
  if (random.OneIn(2)) EraseLines(lines, RunFrom(lines, at, random.Below(32) + 1, IsInstructionLine));
  InsertLines(lines, at, LinesIn(other, run));
}

}  // namespace

std::vector<LineRange> RecordsOf(const RecipeLines& lines) {
  std::vector<LineRange> records;
  bool open = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view word = FirstWord(lines[i]);
    if (word == "RECORD") {
      records.push_back({i, i});
      open = true;
    } else if (IsPartLine(lines[i]) && word != "DESCRIPTOR") {
      open = false;
    }
    if (open) records.back().end = i + 1;
  }
  return records;
}

bool ChangeParts(RecipeLines& lines, std::uint64_t file_bytes, Random& random) {
  Parts parts{.lines = lines, .records = RecordsOf(lines), .file_bytes = file_bytes};
  if (parts.records.empty()) return false;
  random.Pick(kChanges)(parts, random);
  return true;
}

void TakeFrom(RecipeLines& lines, const RecipeLines& other, Random& random) {
  const std::vector<LineRange> theirs = RecordsOf(other);
  const std::vector<LineRange> ours = RecordsOf(lines);
  if (theirs.empty() || ours.empty() || random.OneIn(2)) {
    TakeInstructions(lines, other, random);
    return;
  }
  const LineRange taken = random.Pick(theirs);
  if (random.OneIn(2)) {
    InsertLines(lines, random.Pick(ours).begin, LinesIn(other, taken));
    return;
  }
  // The content alone, under our name and our fields.
  const LineRange place = random.Pick(ours);
  EraseLines(lines, {place.begin + 1, place.end});
  InsertLines(lines, place.begin + 1, LinesIn(other, {taken.begin + 1, taken.end}));
}

}  // namespace weightsonly::fuzz
