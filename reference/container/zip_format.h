// Floor 1. The layouts of the zip format: signatures, sizes and field offsets, as the zip specification (APPNOTE) gives
// them. All integers are little-endian. SPEC.md chapter 1. Layouts only: what is refused is decided where they are
// read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsonly::container {

// Local header, in front of each payload: 30 bytes, then the name, then the extra field.
//   0 signature  4 version needed  6 flags  8 method  10 time  12 date  14 CRC-32  18 compressed size  22 size
//   26 name length  28 extra length
inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kLocalFlags = 6;
inline constexpr std::size_t kLocalMethod = 8;
inline constexpr std::size_t kLocalCompressedSize = 18;
inline constexpr std::size_t kLocalUncompressedSize = 22;
inline constexpr std::size_t kLocalNameLength = 26;
inline constexpr std::size_t kLocalExtraLength = 28;

// Central header, one for each entry of the directory: 46 bytes, then the name, the extra field and the comment.
//   0 signature  4 version made by  6 version needed  8 flags  10 method  12 time  14 date  16 CRC-32
//   20 compressed size  24 size  28 name length  30 extra length  32 comment length  34 disk  36 internal attributes
//   38 external attributes  42 offset of the local header
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::size_t kCentralSize = 46;
inline constexpr std::size_t kCentralFlags = 8;
inline constexpr std::size_t kCentralMethod = 10;
inline constexpr std::size_t kCentralCrc = 16;
inline constexpr std::size_t kCentralCompressedSize = 20;
inline constexpr std::size_t kCentralUncompressedSize = 24;
inline constexpr std::size_t kCentralNameLength = 28;
inline constexpr std::size_t kCentralExtraLength = 30;
inline constexpr std::size_t kCentralCommentLength = 32;
inline constexpr std::size_t kCentralDisk = 34;
inline constexpr std::size_t kCentralAttributes = 38;
inline constexpr std::size_t kCentralHeaderOffset = 42;

// End record, the last thing of an archive: 22 bytes, then the comment.
//   0 signature  4 this disk  6 disk of the directory  8 entries on this disk  10 entries  12 size of the directory
//   16 offset of the directory  20 comment length
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kEndDisk = 4;
inline constexpr std::size_t kEndDirectoryDisk = 6;
inline constexpr std::size_t kEndDiskEntries = 8;
inline constexpr std::size_t kEndEntries = 10;
inline constexpr std::size_t kEndDirectorySize = 12;
inline constexpr std::size_t kEndDirectoryOffset = 16;
inline constexpr std::size_t kEndCommentLength = 20;

// Zip64 locator, the 20 bytes in front of the end record.
//   0 signature  4 disk of the zip64 end record  8 offset of the zip64 end record  16 number of disks
inline constexpr std::uint32_t kLocatorSignature = 0x07064b50;
inline constexpr std::size_t kLocatorSize = 20;
inline constexpr std::size_t kLocatorOffset = 8;
inline constexpr std::size_t kLocatorDisks = 16;

// Zip64 end record: 56 bytes, then an extension that nobody writes.
//   0 signature  4 size of the rest (64 bits)  12 version made by  14 version needed  16 this disk  20 disk of the
//   directory 24 entries on this disk  32 entries  40 size of the directory  48 offset of the directory
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::size_t kEnd64Size = 56;
inline constexpr std::size_t kEnd64RecordSize = 4;
inline constexpr std::size_t kEnd64Disk = 16;
inline constexpr std::size_t kEnd64DirectoryDisk = 20;
inline constexpr std::size_t kEnd64DiskEntries = 24;
inline constexpr std::size_t kEnd64Entries = 32;
inline constexpr std::size_t kEnd64DirectorySize = 40;
inline constexpr std::size_t kEnd64DirectoryOffset = 48;

// Extra field: a chain of (id: 16 bits, length of the data: 16 bits, data). The zip64 field holds, 64 bits each and in
// this order, those of size, compressed size and header offset whose 32-bit field is all ones.
inline constexpr std::size_t kExtraHeaderSize = 4;
inline constexpr std::uint16_t kExtraZip64 = 1;

// A 32-bit field that says "look in the zip64 record", and its 16-bit sister.
inline constexpr std::uint32_t kMarker32 = 0xffffffff;
inline constexpr std::uint16_t kMarker16 = 0xffff;

// Bits of the flags word.
inline constexpr std::uint16_t kFlagEncrypted = 1;
inline constexpr std::uint16_t kFlagDescriptor = 1 << 3;  // sizes follow the payload; the local header has none
inline constexpr std::uint16_t kFlagPatched = 1 << 5;
inline constexpr std::uint16_t kFlagStrongEncryption = 1 << 6;
inline constexpr std::uint16_t kFlagMasked = 1 << 13;  // local headers are masked because the directory is encrypted

// Bit of the external attributes: a directory, by MS-DOS.
inline constexpr std::uint32_t kAttributeDirectory = 0x10;

}  // namespace weightsonly::container
