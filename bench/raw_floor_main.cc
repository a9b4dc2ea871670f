// weightsonly-raw-floor: the least that any loader of a torch.save archive must do, as a floor to measure loaders
// against. It checks just enough not to run out of the file, understands nothing, and shares no code with the library.
//
//   open   map, walk the central directory, step over the opcodes of data.pkl
//   touch  map, walk the central directory, one byte of every 4 KiB of each data/ record
//   copy   read(2) each data/ record into memory that was touched before, on --threads threads; inflate deflated ones
//
// `tensors` counts persistent ids in open, data/ records otherwise.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "measure.h"

namespace weightsonly::bench {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kProgram = "weightsonly-raw-floor";
constexpr std::uint64_t kPieceBytes = 4 << 20;

[[noreturn]] void Fail(const char* what) { throw std::runtime_error(what); }

class Mapping {
 public:
  explicit Mapping(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status{};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0 || status.st_size == 0) Fail("cannot open");
    size_ = static_cast<std::uint64_t>(status.st_size);
    void* at = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (at == MAP_FAILED) Fail("cannot map");
    data_ = static_cast<const std::byte*>(at);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    munmap(const_cast<std::byte*>(data_), size_);
    close(descriptor_);
  }
  [[nodiscard]] const std::byte* At(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size_ || length > size_ - offset) Fail("offset outside the file");
    return data_ + offset;
  }
  template <typename T>
  [[nodiscard]] T Load(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, At(offset, sizeof value), sizeof value);
    return value;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
  const std::byte* data_ = nullptr;
};

struct Record {
  std::uint64_t header;
  std::uint64_t packed;
  std::uint64_t size;
  bool deflated;
};

struct Directory {
  Record pickle{};
  std::vector<Record> data;
  std::uint64_t bytes = 0;  // of all data/ records, inflated
};

// Without zip64 fields and without an archive comment: what the benchmark's generator writes.
Directory ReadDirectory(const Mapping& file) {
  if (file.size() < 22) Fail("no end record");
  const std::uint64_t end = file.size() - 22;
  if (file.Load<std::uint32_t>(end) != 0x06054b50) Fail("no end record");
  const std::uint64_t stop = std::uint64_t{file.Load<std::uint32_t>(end + 16)} + file.Load<std::uint32_t>(end + 12);
  Directory directory;
  for (std::uint64_t at = file.Load<std::uint32_t>(end + 16); at < stop;) {
    const std::byte* entry = file.At(at, 46);
    std::uint16_t lengths[3];  // name, extra field, comment
    std::memcpy(lengths, entry + 28, sizeof lengths);
    const std::string_view full(reinterpret_cast<const char*>(file.At(at + 46, lengths[0])), lengths[0]);
    const std::string_view name = full.substr(full.find('/') + 1);
    const Record record{.header = file.Load<std::uint32_t>(at + 42),
                        .packed = file.Load<std::uint32_t>(at + 20),
                        .size = file.Load<std::uint32_t>(at + 24),
                        .deflated = file.Load<std::uint16_t>(at + 10) == 8};
    if (name == "data.pkl") directory.pickle = record;
    if (name.starts_with("data/")) {
      directory.data.push_back(record);
      directory.bytes += record.size;
    }
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return directory;
}

std::uint64_t PayloadOffset(const Mapping& file, const Record& record) {
  return record.header + 30 + file.Load<std::uint16_t>(record.header + 26) +
         file.Load<std::uint16_t>(record.header + 28);
}

void Inflate(const std::byte* packed, const Record& record, std::byte* out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) Fail("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed));
  stream.avail_in = static_cast<uInt>(record.packed);
  stream.next_out = reinterpret_cast<Bytef*>(out);
  stream.avail_out = static_cast<uInt>(record.size);
  const int status = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (status != Z_STREAM_END) Fail("bad deflate stream");
}

// Bytes after each opcode: a number, or how to find it.
constexpr std::int8_t kLine = -1, kTwoLines = -2, kLength8 = -3, kLength32 = -4, kLength64 = -5, kNoOpcode = -6;

constexpr std::array<std::int8_t, 256> MakeOperands() {
  std::array<std::int8_t, 256> operands{};
  operands.fill(kNoOpcode);
  for (const unsigned char c :
       {'(', '.', '0', '1', '2', 'N', 'Q', 'R', 'a', 'b', 'd', '}', 'e', 'l', ']', 'o', 's', 't', ')', 'u'}) {
    operands[c] = 0;
  }
  for (const int c : {0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x97, 0x98})
    operands[c] = 0;
  for (const unsigned char c : {'F', 'I', 'L', 'P', 'S', 'V', 'g', 'p'}) operands[c] = kLine;
  for (const unsigned char c : {'c', 'i'}) operands[c] = kTwoLines;
  for (const int c : {0x4b, 0x68, 0x71, 0x80, 0x82}) operands[c] = 1;  // BININT1 BINGET BINPUT PROTO EXT1
  for (const int c : {0x4d, 0x83}) operands[c] = 2;                    // BININT2 EXT2
  for (const int c : {0x4a, 0x6a, 0x72, 0x84}) operands[c] = 4;        // BININT LONG_BINGET LONG_BINPUT EXT4
  for (const int c : {0x47, 0x95}) operands[c] = 8;                    // BINFLOAT FRAME
  for (const int c : {0x55, 0x43, 0x8a, 0x8c}) operands[c] = kLength8;
  for (const int c : {0x54, 0x42, 0x58, 0x8b}) operands[c] = kLength32;
  for (const int c : {0x8d, 0x8e, 0x96}) operands[c] = kLength64;
  return operands;
}
constexpr std::array<std::int8_t, 256> kOperands = MakeOperands();

template <typename T>
std::uint64_t LengthAndBody(const std::byte* at, const std::byte* end) {
  T length;
  if (static_cast<std::size_t>(end - at) < sizeof length) Fail("operand outside data.pkl");
  std::memcpy(&length, at, sizeof length);
  return sizeof length + static_cast<std::uint64_t>(length);
}

std::uint64_t Lines(const std::byte* at, const std::byte* end, int count) {
  const std::byte* line = at;
  for (; count > 0; --count) {
    const void* feed = std::memchr(line, '\n', static_cast<std::size_t>(end - line));
    if (feed == nullptr) Fail("operand outside data.pkl");
    line = static_cast<const std::byte*>(feed) + 1;
  }
  return static_cast<std::uint64_t>(line - at);
}

// Steps over the instructions up to STOP; returns how many persistent ids there were.
std::uint64_t ScanOpcodes(const std::byte* at, const std::byte* end, Counts& counts) {
  std::uint64_t persistent_ids = 0;
  std::uint64_t instructions = 0;
  while (at != end) {
    const auto opcode = static_cast<unsigned char>(*at++);
    ++instructions;
    if (opcode == '.') {
      counts.Fold(instructions);
      return persistent_ids;
    }
    persistent_ids += opcode == 'Q';
    const std::int8_t kind = kOperands[opcode];
    auto size = static_cast<std::uint64_t>(static_cast<std::uint8_t>(kind));
    if (kind < 0) {
      if (kind == kNoOpcode) Fail("no such opcode");
      size = kind == kLength32   ? LengthAndBody<std::uint32_t>(at, end)
             : kind == kLength8  ? LengthAndBody<std::uint8_t>(at, end)
             : kind == kLength64 ? LengthAndBody<std::uint64_t>(at, end)
                                 : Lines(at, end, kind == kLine ? 1 : 2);
    }
    if (size > static_cast<std::uint64_t>(end - at)) Fail("operand outside data.pkl");
    at += size;
  }
  Fail("no STOP");
}

Counts Open(const std::string& path) {
  Counts counts;
  const Mapping file(path);
  const Directory directory = ReadDirectory(file);
  counts.bytes = directory.bytes;
  const Record& pickle = directory.pickle;
  const std::byte* text = file.At(PayloadOffset(file, pickle), pickle.packed);
  std::vector<std::byte> inflated(pickle.deflated ? pickle.size : 0);
  if (pickle.deflated) {
    Inflate(text, pickle, inflated.data());
    text = inflated.data();
  }
  counts.tensors = ScanOpcodes(text, text + pickle.size, counts);
  return counts;
}

Counts Touch(const std::string& path) {
  Counts counts;
  const Mapping file(path);
  const Directory directory = ReadDirectory(file);
  for (const Record& record : directory.data) {
    counts.Fold(TouchPages(file.At(PayloadOffset(file, record), record.packed), record.packed));
  }
  counts.bytes = directory.bytes;
  counts.tensors = directory.data.size();
  return counts;
}

// At most kPieceBytes of one stored record, or one whole deflated record.
struct Piece {
  const Record* record;
  std::uint64_t offset;
  std::uint64_t size;
  std::byte* out;
};

std::vector<Piece> CutIntoPieces(const Mapping& file, const Directory& directory, std::byte* out) {
  std::vector<Piece> pieces;
  for (const Record& record : directory.data) {
    const std::uint64_t payload = PayloadOffset(file, record);
    const std::uint64_t step = record.deflated ? std::max<std::uint64_t>(record.size, 1) : kPieceBytes;
    for (std::uint64_t at = 0; at < record.size; at += step) {
      pieces.push_back({&record, payload + at, std::min(step, record.size - at), out + at});
    }
    out += record.size;
  }
  return pieces;
}

bool ReadPiece(const Mapping& file, const Piece& piece) {
  if (piece.record->deflated) {
    Inflate(file.At(piece.offset, piece.record->packed), *piece.record, piece.out);
    return true;
  }
  for (std::uint64_t done = 0; done < piece.size;) {
    const ssize_t got =
        pread(file.descriptor(), piece.out + done, piece.size - done, static_cast<off_t>(piece.offset + done));
    if (got <= 0) return false;
    done += static_cast<std::uint64_t>(got);
  }
  return true;
}

Counts Copy(const std::string& path, unsigned threads, std::vector<std::byte>& memory) {
  Counts counts;
  const Mapping file(path);
  const Directory directory = ReadDirectory(file);
  const std::vector<Piece> pieces = CutIntoPieces(file, directory, memory.data());
  std::atomic<bool> failed{false};
  ForEach(pieces.size(), threads, [&](std::size_t i) {
    if (!ReadPiece(file, pieces[i])) failed = true;
  });
  if (failed) Fail("cannot read");
  counts.bytes = directory.bytes;
  counts.tensors = directory.data.size();
  return counts;
}

void Run(const Arguments& arguments) {
  const std::string& path = arguments.file;
  switch (arguments.mode) {
    case Mode::kOpen:
      return MeasureAndPrint(kProgram, arguments, [&] { return Open(path); });
    case Mode::kTouch:
      return MeasureAndPrint(kProgram, arguments, [&] { return Touch(path); });
    case Mode::kCopy:
      std::vector<std::byte> memory(ReadDirectory(Mapping(path)).bytes);  // zeros: every page is there
      return MeasureAndPrint(kProgram, arguments, [&] { return Copy(path, arguments.threads, memory); });
  }
}

}  // namespace
}  // namespace weightsonly::bench

int main(int argc, char** argv) {
  namespace bench = weightsonly::bench;
  const bench::Arguments arguments = bench::ParseArguments(argc, argv);
  try {
    bench::Run(arguments);
  } catch (const std::exception& error) {
    return bench::PrintRefusal(bench::kProgram, arguments, "", error.what());
  }
  return 0;
}
