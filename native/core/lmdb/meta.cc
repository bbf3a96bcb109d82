#include "core/lmdb/meta.h"

#include <algorithm>

namespace bowerbird::lmdb {
namespace {

constexpr uint32_t kSwappedMagic = 0xDEC0EFBE;
// LMDB 0.9 on 32 bits, on 64 bits; formats whose pages carry a transaction, on 64 bits. On 32 bits those have it where v1 has it on 64.
constexpr size_t kMagicOf32Bits = 12, kMagicAt = 16, kMagicLater = 24;
// MDB_meta, behind the header of its page.
constexpr size_t kMapSizeAt = 16, kFreeAt = 24, kMainAt = kFreeAt + kDatabaseRecord, kLastPageAt = kMainAt + kDatabaseRecord,
                 kTransactionAt = kLastPageAt + 8;

Finding At(Fault fault, uint64_t page, uint64_t offset, uint64_t a = 0, uint64_t b = 0) { return {fault, page, offset, a, b}; }

// The fields of the meta page at `begin`, after what must hold of it to read them.
Finding ReadPage(Bytes head, uint64_t file_size, uint64_t page, uint64_t begin, Meta& meta) {
  const uint64_t end = begin + kPageHeader + kMetaSize;
  if (end > std::min<uint64_t>(head.size(), file_size)) return At(Fault::kTruncated, page, file_size, end, file_size);
  const uint8_t* const p = head.data() + begin;
  const uint8_t* const m = p + kPageHeader;
  const uint16_t flags = LoadLE16(p + kFlagsAt);
  if ((flags & kMeta) == 0) return At(Fault::kMetaFlags, page, begin + kFlagsAt, flags);
  if (LoadLE32(m) != kMagic) return At(Fault::kMetaMagic, page, begin + kPageHeader, LoadLE32(m));
  if (LoadLE32(m + 4) != kVersion) return At(Fault::kMetaVersion, page, begin + kPageHeader + 4, LoadLE32(m + 4));
  meta.map_size = LoadLE64(m + kMapSizeAt);
  meta.free = ReadDatabase({m + kFreeAt, kDatabaseRecord});
  meta.main = ReadDatabase({m + kMainAt, kDatabaseRecord});
  meta.page_size = meta.free.key_size;
  meta.last_page = LoadLE64(m + kLastPageAt);
  meta.transaction = LoadLE64(m + kTransactionAt);
  meta.at = page;
  return {};
}

}  // namespace

Format ReadFormat(Bytes head, uint32_t& version) {
  version = 0;
  const auto word = [&](size_t at) { return head.size() >= at + 4 ? LoadLE32(head.data() + at) : 0; };
  for (const size_t at : {kMagicAt, kMagicLater, kMagicOf32Bits}) {
    if (word(at) == kSwappedMagic) {
      version = __builtin_bswap32(word(at + 4));
      return Format::kBigEndian;
    }
    if (word(at) != kMagic) continue;
    // LMDB's own test: later versions keep flags in the upper half.
    version = word(at + 4);
    switch (version & 0xffff) {
      case 1: return at == kMagicAt ? Format::kV1 : at == kMagicOf32Bits ? Format::kV1Of32Bits : Format::kOther;
      case 2: return Format::kV2;
      case 3: return Format::kV3;
      default: return Format::kOther;
    }
  }
  return Format::kNone;
}

Database ReadDatabase(Bytes record) {
  const uint8_t* const p = record.data();
  return {.key_size = LoadLE32(p),
          .flags = LoadLE16(p + 4),
          .depth = LoadLE16(p + 6),
          .branch_pages = LoadLE64(p + 8),
          .leaf_pages = LoadLE64(p + 16),
          .overflow_pages = LoadLE64(p + 24),
          .entries = LoadLE64(p + 32),
          .root = LoadLE64(p + 40)};
}

bool AreDatabaseFlags(uint16_t flags) {
  const bool of_duplicates = (flags & (kDupFixed | kIntegerDup | kReverseDup)) != 0;
  return (flags & kValidOnly) == 0 && !(of_duplicates && (flags & kDupSort) == 0);
}

Finding ReadMeta(Bytes head, uint64_t file_size, Meta& meta) {
  uint32_t version = 0;
  const Format format = ReadFormat(head.first(std::min(head.size(), kFormatBytes)), version);
  if (format == Format::kNone) return At(Fault::kNotLmdb, 0, kMagicAt);
  if (format != Format::kV1) return At(Fault::kUnsupported, 0, kMagicAt, static_cast<uint64_t>(format), version);

  Meta first, second;
  if (const Finding finding = ReadPage(head, file_size, 0, 0, first); !finding.ok()) return finding;
  const uint32_t size = first.page_size;
  if (size < kLeastPage || size > kMostPage || (size & (size - 1)) != 0) return At(Fault::kPageSize, 0, kPageHeader + kFreeAt, size);
  if (const Finding finding = ReadPage(head, file_size, 1, size, second); !finding.ok()) return finding;
  if (second.page_size != size) return At(Fault::kMetasDiffer, 1, size + kPageHeader + kFreeAt, second.page_size, size);

  meta = first.transaction < second.transaction ? second : first;
  meta.file_size = file_size;
  meta.pages = file_size / size;
  meta.transactions[0] = first.transaction;
  meta.transactions[1] = second.transaction;
  // Free pages at the end may be missing from the file, within reason: what is counted by page costs memory.
  const uint64_t most = meta.pages + std::max<uint64_t>(meta.pages, uint64_t{1} << 20);
  if (meta.last_page < kMetaPages - 1 || meta.last_page >= most) {
    return At(Fault::kLastPage, meta.at, meta.offset(meta.at) + kPageHeader + kLastPageAt, meta.last_page, meta.pages);
  }
  return {};
}

}  // namespace bowerbird::lmdb
