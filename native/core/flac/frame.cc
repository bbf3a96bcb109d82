// Frame headers (RFC 9639 section 9.1): parsing one, and finding the next.
#include <algorithm>

#include "core/base/cpu.h"
#include "core/hash/crc16.h"
#include "core/flac/flac.h"
#include "core/flac/search.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bowerbird::flac {
namespace {

constexpr uint32_t kRates[12] = {0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000};
constexpr uint8_t kBits[8] = {0, 8, 12, 0, 16, 20, 24, 32};

// The number in the extended UTF-8 of up to 7 bytes. False for what is no such code; `at` moves behind it.
// REQUIRES: 7 bytes from `at` on.
bool ReadNumber(const uint8_t* p, size_t* at, uint64_t* number) {
  const uint8_t first = p[(*at)++];
  if (first < 0x80) {
    *number = first;
    return true;
  }
  const int ones = std::countl_one(first);
  if (ones == 1 || ones == 8) return false;
  uint64_t value = ones == 7 ? 0 : first & (0x7f >> ones);
  for (int i = 1; i < ones; ++i) {
    const uint8_t next = p[(*at)++];
    if ((next & 0xc0) != 0x80) return false;
    value = value << 6 | (next & 0x3f);
  }
  *number = value;
  return true;
}

// The next sync code (14 ones, a zero, and the bit for the blocking strategy), or the end.
const uint8_t* FindSyncPortable(const uint8_t* p, const uint8_t* end) {
  for (; end - p >= 2; ++p) {
    p = static_cast<const uint8_t*>(std::memchr(p, 0xff, static_cast<size_t>(end - p - 1)));
    if (p == nullptr) return end;
    if ((p[1] & 0xfe) == 0xf8) return p;
  }
  return end;
}

#if defined(__x86_64__)
// Both bytes at once: a byte of ones stands in every 256 of audio, too often for a search that stops at each.
__attribute__((target("avx2"))) const uint8_t* FindSyncAvx2(const uint8_t* p, const uint8_t* end) {
  const __m256i ones = _mm256_set1_epi8(-1), strategy = _mm256_set1_epi8(1), second = _mm256_set1_epi8(static_cast<char>(0xf9));
  for (; end - p >= 65; p += 64) {
    uint64_t hits = 0;
    for (int half = 0; half < 2; ++half) {
      const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32 * half));
      const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32 * half + 1));
      const __m256i hit = _mm256_and_si256(_mm256_cmpeq_epi8(a, ones), _mm256_cmpeq_epi8(_mm256_or_si256(b, strategy), second));
      hits |= uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(hit))} << 32 * half;
    }
    if (hits != 0) return p + std::countr_zero(hits);
  }
  return FindSyncPortable(p, end);
}
const uint8_t* FindSync(const uint8_t* p, const uint8_t* end) { return Cpu().avx2 ? FindSyncAvx2(p, end) : FindSyncPortable(p, end); }
#else
const uint8_t* FindSync(const uint8_t* p, const uint8_t* end) { return FindSyncPortable(p, end); }
#endif

}  // namespace

Fault ParseFrameHeader(Bytes bytes, const StreamInfo& info, FrameHeader* header) {
  // A copy with room: short windows need no special case while fields are read.
  uint8_t p[kMaxHeaderSize] = {};
  std::copy_n(bytes.begin(), std::min<size_t>(bytes.size(), kMaxHeaderSize), p);
  if (bytes.size() < 2) return bytes.empty() || p[0] == 0xff ? Fault::kTruncatedFrame : Fault::kLostSync;
  if (p[0] != 0xff || (p[1] & 0xfe) != 0xf8) return Fault::kLostSync;

  const uint32_t block_code = p[2] >> 4, rate_code = p[2] & 15, channel_code = p[3] >> 4, bits_code = p[3] >> 1 & 7;
  size_t at = 4;
  uint64_t number = 0;
  bool reserved = block_code == 0 || rate_code == 15 || channel_code > 10 || bits_code == 3 || (p[3] & 1);
  reserved |= !ReadNumber(p, &at, &number);

  uint32_t block_size = block_code == 1 ? 192 : block_code <= 5 ? 144u << block_code : 1u << block_code;
  if (block_code == 6) block_size = p[at++] + 1u;
  if (block_code == 7) {
    block_size = (uint32_t{p[at]} << 8 | p[at + 1]) + 1;
    at += 2;
  }
  uint32_t rate = rate_code < 12 ? kRates[rate_code] : 0;
  if (rate_code == 12) rate = p[at++] * 1000u;
  if (rate_code == 13 || rate_code == 14) {
    rate = (uint32_t{p[at]} << 8 | p[at + 1]) * (rate_code == 14 ? 10 : 1);
    at += 2;
  }
  // What seems reserved may be the zeros behind the window.
  if (bytes.size() < at + 1) return Fault::kTruncatedFrame;
  // The checksum first: in a damaged header every other complaint would be a guess.
  if (Crc8({p, at}) != p[at]) return Fault::kHeaderCrc;
  if (reserved) return Fault::kReserved;

  header->block_size = block_size;
  header->sample_rate = rate == 0 ? info.sample_rate : rate;
  header->channels = static_cast<uint8_t>(channel_code < 8 ? channel_code + 1 : 2);
  header->bits = static_cast<uint8_t>(bits_code == 0 ? info.bits : kBits[bits_code]);
  header->size = static_cast<uint8_t>(at + 1);
  header->mode = channel_code < 8 ? ChannelMode::kIndependent : static_cast<ChannelMode>(channel_code - 7);
  header->variable = p[1] & 1;
  header->number = number;
  return header->channels != info.channels || header->bits != info.bits ? Fault::kFormatChanged : Fault::kNone;
}

uint64_t FirstSample(const FrameHeader& header, const StreamInfo& info) {
  if (header.variable) return header.number;
  // The last frame is shorter than the others, and an only one shorter than the stream's size may claim: STREAMINFO knows best.
  return header.number * (info.max_block >= 16 ? std::max(info.max_block, header.block_size) : header.block_size);
}

// Per sample of a channel: 33 bits of a side channel, or a partition's parameter, a sign and an escape of 32; twice that, for encoders
// whose Rice parameters are bad. Per channel: wasted bits, 32 coefficients of 15 bits, parameters.
uint64_t FrameSizeBound(const FrameHeader& header) {
  return kMaxHeaderSize + 2 + header.channels * (128 + uint64_t{header.block_size} * (header.bits + 48) / 8);
}
uint64_t FrameSizeBound(const StreamInfo& info) {
  FrameHeader largest;
  largest.block_size = kMaxBlockSize;
  largest.channels = static_cast<uint8_t>(info.channels);
  largest.bits = static_cast<uint8_t>(info.bits);
  return FrameSizeBound(largest);
}

std::optional<FoundFrame> FindHeader(Bytes window, uint64_t from, const StreamInfo& info) {
  const uint8_t* const end = window.data() + window.size();
  const uint8_t* p = window.data() + std::min<uint64_t>(from, window.size());
  for (; (p = FindSync(p, end)) != end; ++p) {
    FoundFrame found;
    if (ParseFrameHeader({p, end}, info, &found.header) != Fault::kNone) continue;
    found.offset = static_cast<uint64_t>(p - window.data());
    found.first_sample = FirstSample(found.header, info);
    return found;
  }
  return std::nullopt;
}

Search FindProven(Bytes window, uint64_t from, bool last, const StreamInfo& info, ReferenceDecoder& decoder, uint64_t* debt) {
  // A candidate costs what it makes the decoder look at, and bytes passed pay for it. A stream made of nothing but false headers runs out
  // of credit, and is then searched more thinly.
  constexpr uint64_t kPay = 64, kCredit = 1 << 24;
  uint64_t at = from;
  while (auto found = FindHeader(window, at, info)) {
    const auto frame = decoder.Decode(window.subspan(found->offset), info);
    if (frame.fault == Fault::kNone) {
      found->size = frame.size;
      return {found, found->offset};
    }
    if (frame.fault == Fault::kTruncatedFrame && !last) return {std::nullopt, found->offset};
    const uint64_t passed = found->offset + 1 - at;
    *debt = *debt - std::min(*debt, passed * kPay) + frame.size + uint64_t{found->header.block_size} * info.channels;
    at = found->offset + 1;
    if (*debt > kCredit) {
      const uint64_t skip = (*debt - kCredit) / kPay;
      at += std::min(skip, window.size() - at);
      *debt = kCredit;
    }
  }
  // A header may begin in the last bytes.
  const uint64_t tail = last ? window.size() : window.size() - std::min<uint64_t>(window.size(), kMaxHeaderSize - 1);
  return {std::nullopt, std::max(std::min<uint64_t>(from, window.size()), tail)};
}

std::optional<FoundFrame> FindFrame(Bytes window, uint64_t from, const StreamInfo& info) {
  ReferenceDecoder decoder;
  uint64_t debt = 0;
  return FindProven(window, from, true, info, decoder, &debt).frame;
}

}  // namespace bowerbird::flac
