// Transposed chunks: whatever the state machine, the decoder ends soon, stays in its memory, and fills exactly what it was given or refuses.
#include <memory>
#include <vector>

#include "core/records/record_chunk.h"
#include "fuzz/fuzz.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

}  // namespace

// Records, bytes that they decode to (two bytes), length of the header (two bytes), type of compression; then the header and the rest.
FUZZ(array_transposed, nullptr) {
  fuzz::Choices choices(input);
  const uint64_t num_records = choices.Byte();
  uint64_t decoded_size = choices.Byte();
  decoded_size |= choices.Byte() << 8;
  uint64_t header_size = choices.Byte();
  header_size |= choices.Byte() << 8;
  const bool snappy = choices.Byte() % 4 == 1;
  header_size = std::min<uint64_t>(header_size, input.size());

  ByteBuffer payload;
  const uint8_t type = snappy ? 0x73 : 0x00;
  CHECK(payload.Append({&type, 1}) && AppendVarint(header_size, payload) && payload.Append(input));
  // Memory that ends where the payload ends, for the address sanitizer.
  const auto exact = std::make_unique<uint8_t[]>(payload.size());
  std::copy(payload.bytes().begin(), payload.bytes().end(), exact.get());

  const ChunkHeader header{.type = 't', .num_records = num_records, .data_size = payload.size(), .data_hash = 0, .decoded_size = decoded_size};
  const auto out = std::make_unique<uint8_t[]>(decoded_size);
  DecodeScratch scratch;
  std::vector<uint64_t> sizes;
  const Fault fault = DecodeRecords(header, {exact.get(), payload.size()}, {}, scratch, {out.get(), decoded_size}, sizes);
  if (fault != Fault::kNone) return;
  uint64_t total = 0;
  for (const uint64_t size : sizes) total += size;
  CHECK(sizes.size() == num_records);
  CHECK(total == decoded_size);
  // Again with the same memory: nothing of the last chunk may be left in it.
  const std::vector<uint8_t> first(out.get(), out.get() + decoded_size);
  const std::vector<uint64_t> first_sizes = sizes;
  CHECK(DecodeRecords(header, {exact.get(), payload.size()}, {}, scratch, {out.get(), decoded_size}, sizes) == Fault::kNone);
  CHECK(std::equal(first.begin(), first.end(), out.get()) && sizes == first_sizes);
}
