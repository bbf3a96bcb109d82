// Entropy decoding for AVX-512: the Rice symbols of up to sixteen frames at once, a frame in each 64-bit lane of two registers.
//
// All frames walk in step: a symbol of each, then the next. Where their partitions end, RunReader takes each of them on to the next one,
// and does everything that is not a plain run of symbols. Frames of the same block size stay in step, because the first few symbols of
// each subframe are decoded by RunReader up to a position that is the same for all.
#include "core/flac/batch.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own intrinsics for AVX-512 pass registers that are undefined on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "core/flac/avx512.h"
#include "core/flac/residual.h"

#define BOWERBIRD_AVX512_INLINE BOWERBIRD_AVX512 __attribute__((always_inline)) inline

namespace bowerbird::flac {
namespace {

constexpr uint32_t kChains = 16, kLeastChains = 5;
constexpr uint32_t kTileRows = 128;
// Symbols from one load, by the largest of the parameters. One chain in which they do not fit holds up the other fifteen, so these are
// fewer than in kGroup.
constexpr uint8_t kStep[kMaxGrouped + 1] = {8, 8, 8, 7, 6, 6, 5, 5, 4, 4, 4, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 1};

// One half of the chains: 2 * i + half is in lane i.
struct Half {
  __m512i bit;   // of the next symbol, from the common base
  __m512i safe;  // loads of 8 bytes may begin up to this bit
  __m512i k, drop, next, mask;
  __mmask8 active;
};

struct Chains {
  RunReader readers[kChains];
  alignas(64) uint64_t bit[2][8];
  alignas(64) uint64_t safe[2][8];
  alignas(64) uint64_t k[2][8];
  alignas(64) uint32_t tile[kTileRows + kMaxGroup][kChains];  // a row has a symbol of each chain
  const uint8_t* base = nullptr;
  uint32_t active = 0;  // a bit for each chain

  uint64_t Start(uint32_t chain) const { return static_cast<uint64_t>(readers[chain].data - base) * 8; }
};

BOWERBIRD_AVX512_INLINE void Symbol(__m512i& word, __m512i& zeros_sum, __m512i& value, const Half& h) {
  const __m512i zeros = _mm512_lzcnt_epi64(word);
  word = _mm512_sllv_epi64(word, zeros);
  zeros_sum = _mm512_add_epi64(zeros_sum, zeros);
  // zeros << k | the k bits behind the one
  value = _mm512_ternarylogic_epi64(_mm512_sllv_epi64(zeros, h.k), _mm512_srlv_epi64(word, h.drop), h.mask, 0xf8);
  word = _mm512_sllv_epi64(word, h.next);
}

BOWERBIRD_AVX512_INLINE __m512i Window(const Half& h, const uint8_t* base, __m512i in_byte) {
  const __m512i reverse = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const __mmask8 inside = _mm512_mask_cmple_epu64_mask(h.active, h.bit, h.safe);
  // Zeros for all others, which then have no symbol.
  const __m512i word = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), inside, _mm512_srli_epi64(h.bit, 3), base, 1);
  return _mm512_sllv_epi64(_mm512_shuffle_epi8(word, reverse), in_byte);
}

// kCount symbols of all chains, to rows. Returns the chains that have not moved, because their symbols were not all in one load.
template <uint32_t kCount>
BOWERBIRD_AVX512_INLINE uint32_t Step(Half& a, Half& b, const uint8_t* base, uint32_t (*rows)[kChains]) {
  const __m512i seven = _mm512_set1_epi64(7), whole = _mm512_set1_epi64(64), zero = _mm512_setzero_si512();
  const __m512i in_byte_a = _mm512_and_si512(a.bit, seven), in_byte_b = _mm512_and_si512(b.bit, seven);
  __m512i word_a = Window(a, base, in_byte_a), word_b = Window(b, base, in_byte_b);
  __m512i used_a = zero, used_b = zero;
#pragma GCC unroll 8
  for (uint32_t i = 0; i < kCount; ++i) {
    __m512i value_a, value_b;
    Symbol(word_a, used_a, value_a, a);
    Symbol(word_b, used_b, value_b, b);
    used_a = _mm512_add_epi64(used_a, a.next);
    used_b = _mm512_add_epi64(used_b, b.next);
    _mm512_store_si512(rows[i], _mm512_or_si512(value_a, _mm512_slli_epi64(value_b, 32)));
  }
  // What ran out of bits counts 64 zeros.
  const __mmask8 good_a = _mm512_cmple_epu64_mask(_mm512_add_epi64(in_byte_a, used_a), whole);
  const __mmask8 good_b = _mm512_cmple_epu64_mask(_mm512_add_epi64(in_byte_b, used_b), whole);
  a.bit = _mm512_mask_add_epi64(a.bit, good_a, a.bit, used_a);
  b.bit = _mm512_mask_add_epi64(b.bit, good_b, b.bit, used_b);
  return _pdep_u32(a.active & ~good_a, 0x5555) | _pdep_u32(b.active & ~good_b, 0xaaaa);
}

// Decodes `count` symbols of some chains one by one, into their columns of rows. Chains that are damaged become inactive.
__attribute__((noinline)) void Slowly(Chains& c, uint32_t chains, uint32_t count, uint32_t (*rows)[kChains]) {
  for (; chains != 0; chains &= chains - 1) {
    const uint32_t i = static_cast<uint32_t>(std::countr_zero(chains));
    RunReader& reader = c.readers[i];
    uint32_t* const out = reader.out;
    uint32_t symbols[kMaxGroup] = {};
    reader.bit = c.bit[i % 2][i / 2] - c.Start(i);
    reader.out = symbols;
    reader.Symbols(count);
    reader.out = out;
    c.bit[i % 2][i / 2] = c.Start(i) + reader.bit;
    for (uint32_t r = 0; r < count; ++r) rows[r][i] = symbols[r];
    if (reader.failed) c.active &= ~(1u << i);
  }
}

BOWERBIRD_AVX512_INLINE void LoadHalf(const Chains& c, uint32_t half, Half& h) {
  h.bit = _mm512_load_si512(c.bit[half]);
  h.active = static_cast<__mmask8>(_pext_u32(c.active, half == 0 ? 0x5555 : 0xaaaa));
}

BOWERBIRD_AVX512_INLINE void LoadRun(const Chains& c, uint32_t half, Half& h) {
  LoadHalf(c, half, h);
  const __m512i one = _mm512_set1_epi64(1);
  h.safe = _mm512_load_si512(c.safe[half]);
  h.k = _mm512_load_si512(c.k[half]);
  h.next = _mm512_add_epi64(h.k, one);
  h.drop = _mm512_sub_epi64(_mm512_set1_epi64(63), h.k);
  h.mask = _mm512_sub_epi64(_mm512_sllv_epi64(one, h.k), one);
}

// Rows of the tile to the chains' own lanes.
BOWERBIRD_AVX512_INLINE void Scatter(const Chains& c, uint32_t* const out[kChains], uint32_t rows) {
  for (uint32_t from = 0; from < rows; from += 16) {
    __m512i v[16];
    for (uint32_t r = 0; r < 16; ++r) v[r] = _mm512_load_si512(c.tile[from + r]);
    Transpose16(v);
    if (rows - from >= 16) {
      for (uint32_t i = 0; i < kChains; ++i) _mm512_storeu_si512(out[i] + from, v[i]);
    } else {
      const __mmask16 some = static_cast<__mmask16>((1u << (rows - from)) - 1);
      for (uint32_t i = 0; i < kChains; ++i) _mm512_mask_storeu_epi32(out[i] + from, some, v[i]);
    }
  }
}

// `span` symbols of all active chains. REQUIRES: none has fewer left.
BOWERBIRD_AVX512 void DecodeSpan(Chains& c, uint32_t span, uint32_t* idle) {
  uint32_t largest = 0;
  uint32_t* out[kChains];
  for (uint32_t i = 0; i < kChains; ++i) {
    const RunReader& reader = c.readers[i];
    const bool active = c.active >> i & 1;
    out[i] = active ? reader.out : idle;
    c.bit[i % 2][i / 2] = active ? c.Start(i) + reader.bit : 0;
    c.safe[i % 2][i / 2] = active ? c.Start(i) + reader.safe : 0;
    c.k[i % 2][i / 2] = active ? reader.parameter : 0;
    if (active) largest = std::max(largest, reader.parameter);
  }
  const uint32_t began = c.active;
  Half a, b;
  LoadRun(c, 0, a);
  LoadRun(c, 1, b);
  uint32_t step = kStep[largest];
  for (uint32_t done = 0; done < span;) {
    const uint32_t rows = std::min(span - done, kTileRows);
    for (uint32_t row = 0; row < rows;) {
      const uint32_t count = std::min(step, rows - row);
      uint32_t late = 0;
#define BOWERBIRD_CALL(n) late = Step<n>(a, b, c.base, c.tile + row)
      BOWERBIRD_FLAC_BY_SIZE(count, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
      if (late != 0) [[unlikely]] {
        _mm512_store_si512(c.bit[0], a.bit);
        _mm512_store_si512(c.bit[1], b.bit);
        Slowly(c, late, count, c.tile + row);
        LoadHalf(c, 0, a);
        LoadHalf(c, 1, b);
        step -= step > 1;
      }
      row += count;
    }
    Scatter(c, out, rows);
    for (uint32_t i = 0; i < kChains; ++i) out[i] += began >> i & 1 ? rows : 0;
    done += rows;
  }
  _mm512_store_si512(c.bit[0], a.bit);
  _mm512_store_si512(c.bit[1], b.bit);
  for (uint32_t i = 0; i < kChains; ++i) {
    if (!(c.active >> i & 1)) continue;
    RunReader& reader = c.readers[i];
    reader.bit = c.bit[i % 2][i / 2] - c.Start(i);
    reader.out = out[i];
    reader.left -= span;
  }
}

BOWERBIRD_AVX512 void ToStep(RunReader& reader) { Align<true>(reader); }

// Frames are in step only with the same block size, and it is worth it only with many of them and some distance to walk.
bool InStep(const Batch& batch) {
  const uint32_t block = batch.frames[0].header.block_size;
  // The last one may be the end of the stream.
  for (size_t i = 1; i + 1 < batch.frame_count; ++i) {
    if (batch.frames[i].header.block_size != block) return false;
  }
  return batch.frame_count >= kLeastChains && block >= 256;
}

}  // namespace

BOWERBIRD_AVX512 void ResidualsAvx512(Batch& batch) {
  if (batch.frame_count == 0) return;
  if (!InStep(batch)) return DecodeResiduals<true>(batch);
  Chains c;
  c.base = batch.frames[0].bytes.data();
  for (uint32_t i = 0; i < batch.frame_count; ++i) {
    c.readers[i].Start(&batch.frames[i]);
    ToStep(c.readers[i]);
    if (c.readers[i].left != 0) c.active |= 1u << i;
  }
  while (std::popcount(c.active) > 2) {
    uint32_t span = kMaxBlockSize;
    for (uint32_t rest = c.active; rest != 0; rest &= rest - 1) span = std::min(span, c.readers[std::countr_zero(rest)].left);
    DecodeSpan(c, span, reinterpret_cast<uint32_t*>(batch.idle));
    for (uint32_t rest = c.active; rest != 0; rest &= rest - 1) {
      const uint32_t i = static_cast<uint32_t>(std::countr_zero(rest));
      if (c.readers[i].left != 0) continue;
      c.readers[i].Next();
      ToStep(c.readers[i]);
      if (c.readers[i].left == 0) c.active &= ~(1u << i);
    }
  }
  for (; c.active != 0; c.active &= c.active - 1) {
    RunReader* const reader = &c.readers[std::countr_zero(c.active)];
    while (reader->left != 0) {
      DecodeRuns<true, 1>(&reader);
      reader->Next();
    }
  }
}

}  // namespace bowerbird::flac

#endif  // x86-64
