#include "core/records/arrayrecord.h"

#include "core/base/wire.h"

namespace bowerbird::arrayrecord {
namespace {

using riegeli::ChunkHeader;
using riegeli::ChunkType;
using riegeli::Fault;
using riegeli::Finding;
using wire::Cursor;
using wire::Field;

// Field numbers of array_record's layout.proto.
enum EntryField { kChunkOffset = 1, kDecodedDataSize = 2, kEntryRecords = 3 };
enum MetadataField { kVersionField = 1, kNumChunks = 2, kNumRecords = 3, kWriterOptions = 4 };
enum PostscriptField { kFooterOffset = 1, kMagicField = 2 };
constexpr uint32_t kMetadata = 1;  // of RiegeliFooterMetadata
constexpr uint64_t kVersion = 1;

struct Metadata {
  bool found = false;
  uint64_t version = 0;
  uint64_t num_chunks = 0;
  uint64_t num_records = 0;
  bool has_options = false;
  std::string_view options;
};

bool ParseMetadata(Bytes record, Metadata& m) {
  Cursor outer(record);
  Field wrapper, field;
  while (outer.Next(wrapper)) {
    if (wrapper.number != kMetadata || wrapper.type != wire::Type::kBytes) continue;
    m.found = true;
    Cursor inner(wrapper.bytes);
    while (inner.Next(field)) {
      if (field.type == wire::Type::kVarint) {
        if (field.number == kVersionField) m.version = field.value & 0xffffffff;
        if (field.number == kNumChunks) m.num_chunks = field.value;
        if (field.number == kNumRecords) m.num_records = field.value;
      } else if (field.type == wire::Type::kBytes && field.number == kWriterOptions) {
        m.has_options = true;
        m.options = AsText(field.bytes);
      }
    }
    if (!inner.ok()) return false;
  }
  return outer.ok() && m.found;
}

bool ParseEntry(Bytes record, Entry& entry) {
  bool has_offset = false;
  Cursor cursor(record);
  Field field;
  while (cursor.Next(field)) {
    if (field.type != wire::Type::kVarint) continue;
    if (field.number == kChunkOffset) {
      entry.offset = field.value;
      has_offset = true;
    }
    if (field.number == kDecodedDataSize) entry.decoded_size = field.value;
    if (field.number == kEntryRecords) entry.num_records = field.value;
  }
  return cursor.ok() && has_offset;
}

// All fields are there even when they are zero, as Google's writer has them.
bool PutField(uint32_t number, uint64_t value, ByteBuffer& out) {
  return AppendVarint(number << 3, out) && AppendVarint(value, out);
}
bool PutField(uint32_t number, Bytes value, ByteBuffer& out) {
  return AppendVarint(number << 3 | 2, out) && AppendVarint(value.size(), out) && out.Append(value);
}

bool PutMetadata(uint64_t num_chunks, uint64_t num_records, const std::string_view* options, ByteBuffer& out) {
  ByteBuffer inner;
  return PutField(kVersionField, kVersion, inner) && PutField(kNumChunks, num_chunks, inner) && PutField(kNumRecords, num_records, inner) &&
         (options == nullptr || PutField(kWriterOptions, AsBytes(*options), inner)) && PutField(kMetadata, inner.bytes(), out);
}

bool PutEntry(const Entry& entry, ByteBuffer& out) {
  return PutField(kChunkOffset, entry.offset, out) && PutField(kDecodedDataSize, entry.decoded_size, out) &&
         PutField(kEntryRecords, entry.num_records, out);
}

}  // namespace

Finding ParseFooter(Bytes records, std::span<const uint64_t> sizes, uint64_t footer_offset, Footer& footer) {
  Metadata metadata;
  if (sizes.empty() || !ParseMetadata(records.first(sizes[0]), metadata)) return {Fault::kFooter, footer_offset};
  if (metadata.version != kVersion) return {Fault::kFooter, footer_offset, metadata.version};
  if (metadata.num_chunks > sizes.size() - 1 || metadata.num_records > riegeli::kMaxPosition) return {Fault::kFooter, footer_offset};

  footer.num_records = metadata.num_records;
  footer.has_options = metadata.has_options;
  footer.options = metadata.options;
  footer.entries.resize(metadata.num_chunks);
  Bytes rest = records.subspan(sizes[0]);
  uint64_t next = riegeli::kSignatureEnd, total = 0;
  for (size_t i = 0; i < footer.entries.size(); ++i) {
    Entry& entry = footer.entries[i];
    const Bytes record = rest.first(sizes[1 + i]);
    rest = rest.subspan(record.size());
    // A chunk with records is longer than its header, and at least as long as it has records.
    const bool sound = ParseEntry(record, entry) && entry.offset >= next && entry.offset < footer_offset &&
                       riegeli::MayBegin(entry.offset) && entry.num_records > 0 && entry.num_records <= footer_offset - entry.offset &&
                       entry.decoded_size <= riegeli::kMaxPosition;
    if (!sound) return {Fault::kIndex, footer_offset, i};
    next = entry.offset + riegeli::kChunkHeader;
    total += entry.num_records;
  }
  if (total != metadata.num_records) return {Fault::kIndex, footer_offset, metadata.num_chunks};
  return {};
}

bool ParsePostscript(Bytes record, uint64_t& footer_offset) {
  bool has_offset = false;
  uint64_t magic = 0;
  Cursor cursor(record);
  Field field;
  while (cursor.Next(field)) {
    if (field.type != wire::Type::kVarint) continue;
    if (field.number == kFooterOffset) {
      footer_offset = field.value;
      has_offset = true;
    }
    if (field.number == kMagicField) magic = field.value;
  }
  return cursor.ok() && has_offset && magic == kMagic;
}

bool EncodeGroups(Bytes values, std::span<const uint64_t> sizes, const WriterOptions& options, const Codecs& codecs, ByteBuffer& payloads,
                  std::vector<EncodedChunk>& chunks) {
  while (!sizes.empty()) {
    const auto group = sizes.first(std::min<uint64_t>(options.group_size, sizes.size()));
    uint64_t bytes = 0;
    for (const uint64_t size : group) bytes += size;
    const uint64_t at = payloads.size();
    const auto encode = options.transpose ? riegeli::EncodeTransposed : riegeli::EncodeSimple;
    if (!encode(values.first(bytes), group, options.compression, codecs, payloads)) return false;
    const Bytes payload = payloads.bytes().subspan(at);
    const ChunkType type = options.transpose ? ChunkType::kTransposed : ChunkType::kSimple;
    chunks.push_back({{.type = static_cast<uint8_t>(type),
                       .num_records = group.size(),
                       .data_size = payload.size(),
                       .decoded_size = bytes},
                      at});
    values = values.subspan(bytes);
    sizes = sizes.subspan(group.size());
  }
  return true;
}

void HashChunks(Bytes payloads, std::vector<EncodedChunk>& chunks) {
  highway::BatchHasher hasher(riegeli::kHashKey);
  for (const auto& [header, at] : chunks) {
    hasher.Begin();
    hasher.Add(payloads.subspan(at, header.data_size));
  }
  const std::span<const uint64_t> hashes = hasher.Finish();
  for (size_t i = 0; i < chunks.size(); ++i) chunks[i].header.data_hash = hashes[i];
}

bool FileWriter::AddChunk(const ChunkHeader& header, Bytes payload, ByteBuffer& out) {
  if (!riegeli::AppendChunk(position_, header, payload, out)) return false;
  position_ = riegeli::ChunkEnd(position_, payload.size(), header.num_records);
  return true;
}

bool FileWriter::Pad(ByteBuffer& out) {
  if (!riegeli::AppendPadding(position_, out)) return false;
  position_ += riegeli::PaddingLength(position_);
  return true;
}

bool FileWriter::Begin(ByteBuffer& out) {
  return AddChunk({.type = static_cast<uint8_t>(ChunkType::kSignature), .data_hash = riegeli::Hash({})}, {}, out);
}

bool FileWriter::Add(const ChunkHeader& header, Bytes payload, ByteBuffer& out) {
  entries_.push_back({position_, header.decoded_size, header.num_records});
  num_records_ += header.num_records;
  return AddChunk(header, payload, out) && (!options_.pad_to_block_boundary || Pad(out));
}

bool FileWriter::AddRecords(const std::vector<ByteBuffer>& records, const Compression& compression, const Codecs& codecs, ByteBuffer& out) {
  ByteBuffer values, payload;
  std::vector<uint64_t> sizes;
  for (const ByteBuffer& record : records) {
    if (!values.Append(record.bytes())) return false;
    sizes.push_back(record.size());
  }
  if (!riegeli::EncodeSimple(values.bytes(), sizes, compression, codecs, payload)) return false;
  return AddChunk({.type = static_cast<uint8_t>(ChunkType::kSimple),
                   .num_records = sizes.size(),
                   .data_size = payload.size(),
                   .data_hash = riegeli::Hash(payload.bytes()),
                   .decoded_size = values.size()},
                  payload.bytes(), out);
}

bool FileWriter::Finish(const std::string_view* options_text, const Codecs& codecs, ByteBuffer& out) {
  const uint64_t footer_offset = position_;
  std::vector<ByteBuffer> records(1 + entries_.size());
  if (!PutMetadata(entries_.size(), num_records_, options_text, records[0])) return false;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!PutEntry(entries_[i], records[1 + i])) return false;
  }
  if (!AddRecords(records, options_.compression, codecs, out) || !Pad(out)) return false;
  records.clear();
  records.resize(3);
  for (ByteBuffer& record : records) {
    if (!PutField(kFooterOffset, footer_offset, record) || !PutField(kMagicField, kMagic, record)) return false;
  }
  return AddRecords(records, {.codec = Codec::kNone}, codecs, out) && Pad(out);
}

}  // namespace bowerbird::arrayrecord
