// A FLAC encoder that chooses at random among everything RFC 9639 allows, for tests: what it was given is the truth to compare with.
#ifndef BOWERBIRD_TEST_FLAC_ENCODER_H_
#define BOWERBIRD_TEST_FLAC_ENCODER_H_

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "core/hash/crc16.h"
#include "core/flac/flac.h"
#include "core/flac/subframe.h"

namespace bowerbird::flac::test {

class BitWriter {
 public:
  void Put(uint64_t value, uint32_t bits) {
    for (uint32_t i = bits; i-- > 0;) {
      if (free_ == 0) {
        bytes.push_back(0);
        free_ = 8;
      }
      --free_;
      bytes.back() = static_cast<uint8_t>(bytes.back() | (value >> i & 1) << free_);
    }
  }
  void PutSigned(int64_t value, uint32_t bits) { Put(static_cast<uint64_t>(value), bits); }
  void PutUnary(uint64_t zeros) {
    for (; zeros != 0; --zeros) Put(0, 1);
    Put(1, 1);
  }
  void Align() { free_ = 0; }

  std::vector<uint8_t> bytes;

 private:
  uint32_t free_ = 0;
};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // In [low, high].
  int64_t Pick(int64_t low, int64_t high) { return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1)); }
  bool Chance(int percent) { return Pick(0, 99) < percent; }

 private:
  std::mt19937_64 engine_;
};

struct Made {
  StreamInfo info;
  std::vector<int32_t> samples;  // interleaved: the truth
  std::vector<uint8_t> file;     // "fLaC", STREAMINFO, frames
  size_t audio = 0;              // where the frames begin
  std::vector<size_t> frames;    // where each begins, from there
  std::vector<uint32_t> sizes;   // its samples

  Bytes frames_bytes() const { return Bytes(file).subspan(audio); }
};

namespace encoder {

// Signals from silence to the worst, of `bits` bits, the lowest `wasted` zero.
inline void Signal(Random& random, uint32_t bits, uint32_t wasted, std::vector<int64_t>* out) {
  const int64_t kind = random.Pick(0, 6), top = (int64_t{1} << (bits - wasted - 1)) - 1;
  const int64_t size = std::max<int64_t>(1, top >> random.Pick(0, bits - wasted - 1));
  int64_t level = random.Pick(-top - 1, top), slope = 0;
  for (auto& s : *out) {
    if (kind == 0) {
      s = random.Pick(-top - 1, top);
    } else if (kind == 1) {
      s = random.Chance(50) ? top : -top - 1;
    } else if (kind == 2) {
      s = level;
    } else if (kind <= 4) {
      s = random.Pick(-size, size);
    } else {
      slope += random.Pick(-size, size) / 64;
      level += slope / 16;
      if (level > top || level < -top - 1) slope = -slope / 2;
      level = std::clamp(level, -top - 1, top);
      s = level;
    }
    s = static_cast<int64_t>(static_cast<uint64_t>(std::clamp(s, -top - 1, top)) << wasted);
  }
}

// False when a residual cannot be written in any way.
inline bool Residual(Random& random, const std::vector<int64_t>& residual, uint32_t order, BitWriter* out) {
  const uint32_t n = static_cast<uint32_t>(residual.size());
  uint32_t partition_order = static_cast<uint32_t>(random.Pick(0, 8));
  while (partition_order != 0 && (n % (1u << partition_order) != 0 || n >> partition_order < order)) --partition_order;
  int64_t largest = 0;
  for (uint32_t i = order; i < n; ++i) largest = std::max(largest, std::abs(residual[i]));
  if (largest > 0x7fffffff) return false;
  const bool wide = largest > 1 << 14 || random.Chance(20);
  out->Put(wide, 2);
  out->Put(partition_order, 4);
  const uint32_t parameter_bits = wide ? 5 : 4, escape = wide ? 31 : 15, size = n >> partition_order;
  for (uint32_t p = 0; p < 1u << partition_order; ++p) {
    const uint32_t from = p == 0 ? order : p * size, to = (p + 1) * size;
    uint64_t sum = 0, most = 0;
    for (uint32_t i = from; i < to; ++i) {
      const uint64_t zigzag = ToZigzag(static_cast<int32_t>(residual[i]));
      sum += zigzag;
      most = std::max(most, zigzag);
    }
    uint32_t best = 0;
    while (best < escape - 1 && (sum >> best) > to - from) ++best;
    // Sometimes a bad choice, but none that takes kilobytes for a symbol.
    uint32_t parameter = static_cast<uint32_t>(std::clamp<int64_t>(best + (random.Chance(25) ? random.Pick(-3, 3) : 0), 0, escape - 1));
    while (parameter < escape - 1 && most >> parameter > 300) ++parameter;
    uint32_t needed = 0;
    for (uint32_t i = from; i < to; ++i) {
      while (needed == 0 ? residual[i] != 0 : !Fits(residual[i], needed)) ++needed;
    }
    if (needed <= 31 && (random.Chance(15) || most >> parameter > 300)) {
      out->Put(escape, parameter_bits);
      const uint32_t width = static_cast<uint32_t>(random.Pick(needed, std::min<int64_t>(31, needed + 2)));
      out->Put(width, 5);
      for (uint32_t i = from; i < to; ++i) out->PutSigned(residual[i], width);
    } else {
      out->Put(parameter, parameter_bits);
      for (uint32_t i = from; i < to; ++i) {
        const uint64_t zigzag = ToZigzag(static_cast<int32_t>(residual[i]));
        out->PutUnary(zigzag >> parameter);
        out->Put(zigzag, parameter);
      }
    }
  }
  return true;
}

// A subframe of a random type, except that a constant one needs a constant signal.
inline void WriteSubframe(Random& random, const std::vector<int64_t>& signal, uint32_t bits, BitWriter* out) {
  uint32_t wasted = bits;
  for (const int64_t s : signal) {
    while (wasted != 0 && (s & ((int64_t{1} << wasted) - 1)) != 0) --wasted;
  }
  if (wasted == bits) wasted = 0;
  if (wasted != 0 && random.Chance(30)) wasted = static_cast<uint32_t>(random.Pick(0, wasted));
  std::vector<int64_t> s = signal;
  for (auto& value : s) value >>= wasted;
  const uint32_t depth = bits - wasted, n = static_cast<uint32_t>(s.size());
  const auto head = [&](uint32_t type, BitWriter& to) {
    to.Put(type << 1 | (wasted != 0), 8);
    if (wasted != 0) to.PutUnary(wasted - 1);
  };
  const bool constant = std::all_of(s.begin(), s.end(), [&](int64_t v) { return v == s[0]; });
  if (constant && random.Chance(70)) {
    head(0, *out);
    out->PutSigned(s[0], depth);
    return;
  }
  if (!random.Chance(5)) {
    const bool fixed = random.Chance(40);
    const uint32_t order = static_cast<uint32_t>(random.Pick(fixed ? 0 : 1, std::min<int64_t>(n, fixed ? 4 : random.Chance(60) ? 12 : 32)));
    constexpr int kFixed[5][4] = {{}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
    std::vector<int64_t> c(order);
    const uint32_t precision = static_cast<uint32_t>(random.Pick(1, 15));
    const int64_t limit = (int64_t{1} << (precision - 1)) - 1;
    uint32_t shift = static_cast<uint32_t>(random.Chance(20) ? random.Pick(0, 15) : std::max<int64_t>(0, int64_t{precision} - 3));
    for (uint32_t j = 0; j < order; ++j) {
      // Near a fixed predictor, so that the residual is mostly small, or nowhere.
      const int64_t near = (int64_t{j < 4 ? kFixed[std::min(order, 2u)][j] : 0} << shift) + random.Pick(-2, 2);
      c[j] = std::clamp(random.Chance(10) ? random.Pick(-limit - 1, limit) : near, -limit - 1, limit);
    }
    if (fixed) {
      shift = 0;
      for (uint32_t j = 0; j < order; ++j) c[j] = kFixed[order][j];
    }
    std::vector<int64_t> residual(n);
    for (uint32_t i = order; i < n; ++i) {
      int64_t sum = 0;
      for (uint32_t j = 0; j < order; ++j) sum += c[j] * s[i - 1 - j];
      residual[i] = s[i] - (sum >> shift);
    }
    BitWriter trial = *out;
    head(fixed ? 8 + order : 31 + order, trial);
    for (uint32_t i = 0; i < order; ++i) trial.PutSigned(s[i], depth);
    if (!fixed) {
      trial.Put(precision - 1, 4);
      trial.Put(shift, 5);
      for (const int64_t value : c) trial.PutSigned(value, precision);
    }
    if (Residual(random, residual, order, &trial)) {
      *out = std::move(trial);
      return;
    }
  }
  head(1, *out);
  for (const int64_t value : s) out->PutSigned(value, depth);
}

inline void Number(uint64_t value, BitWriter* out) {
  if (value < 0x80) return out->Put(value, 8);
  uint32_t extra = 1;
  while (extra < 6 && value >> (5 * extra + 6) != 0) ++extra;
  const uint32_t lead = extra == 6 ? 0xfe : (0xff00u >> (extra + 1)) & 0xff;
  out->Put(lead | (extra == 6 ? 0 : value >> (6 * extra)), 8);
  for (uint32_t i = extra; i-- > 0;) out->Put(0x80 | (value >> (6 * i) & 0x3f), 8);
}

}  // namespace encoder

struct MakeOptions {
  uint32_t bits = 0;      // 0: at random
  uint32_t channels = 0;
  uint32_t frames = 0;
  uint32_t block = 0;     // fixed block size; 0: at random
};

// The same stream for the same seed.
inline Made Make(uint64_t seed, MakeOptions options = {}) {
  Random random(seed);
  Made made;
  StreamInfo& info = made.info;
  constexpr uint32_t kUsual[] = {8, 12, 16, 20, 24, 32};
  info.bits = options.bits != 0 ? options.bits : static_cast<uint32_t>(random.Chance(70) ? kUsual[random.Pick(0, 5)] : random.Pick(4, 32));
  info.channels = options.channels != 0 ? options.channels : static_cast<uint32_t>(random.Chance(70) ? random.Pick(1, 2) : random.Pick(1, 8));
  info.sample_rate = static_cast<uint32_t>(random.Chance(60) ? 44100 : random.Pick(1, 655350));
  const bool variable = options.block == 0 && random.Chance(30);
  const auto any_block = [&]() -> uint32_t {
    constexpr uint32_t kCodes[] = {192, 576, 1152, 2304, 256, 512, 1024, 4096};
    if (options.block != 0) return options.block;
    return static_cast<uint32_t>(random.Chance(30) ? kCodes[random.Pick(0, 7)] : random.Chance(50) ? random.Pick(16, 300) : random.Pick(16, 1200));
  };
  const uint32_t block = any_block();
  const size_t count = options.frames != 0 ? options.frames : static_cast<size_t>(random.Pick(1, 12));
  info.min_block = info.max_block = block;
  BitWriter audio;
  uint64_t first = 0;
  for (size_t f = 0; f < count; ++f) {
    uint32_t n = variable ? any_block() : block;
    if (f + 1 == count && random.Chance(50)) n = static_cast<uint32_t>(random.Pick(1, n));
    info.max_block = std::max(info.max_block, n);
    if (variable && f + 1 != count) info.min_block = std::min(info.min_block, n);
    made.frames.push_back(audio.bytes.size());
    made.sizes.push_back(n);

    std::vector<std::vector<int64_t>> channels(info.channels, std::vector<int64_t>(n));
    for (auto& channel : channels) {
      encoder::Signal(random, info.bits, random.Chance(15) ? static_cast<uint32_t>(random.Pick(0, info.bits - 2)) : 0, &channel);
    }
    // Often related channels, as in stereo.
    if (info.channels == 2 && random.Chance(50)) {
      for (uint32_t i = 0; i < n; ++i) {
        const int64_t top = (int64_t{1} << (info.bits - 1)) - 1;
        channels[1][i] = std::clamp(channels[0][i] + random.Pick(-3, 3), -top - 1, top);
      }
    }
    for (uint32_t i = 0; i < n; ++i) {
      for (const auto& channel : channels) made.samples.push_back(static_cast<int32_t>(channel[i]));
    }
    const auto mode = info.channels == 2 ? static_cast<ChannelMode>(random.Pick(0, 3)) : ChannelMode::kIndependent;

    BitWriter frame;
    frame.Put(0xfff8 | variable, 16);
    uint32_t code = n <= 256 && random.Chance(80) ? 6 : 7;
    if (n == 192) code = 1;
    for (uint32_t k = 2; k <= 15; ++k) {
      if (k != 6 && k != 7 && n == (k <= 5 ? 144u << k : 1u << k) && random.Chance(80)) code = k;
    }
    frame.Put(code, 4);
    const bool tens = info.sample_rate % 10 == 0 && info.sample_rate / 10 <= 65535;
    const bool says = random.Chance(50);
    const uint32_t rate_code = info.sample_rate == 44100 && says ? 9 : tens && says ? 14 : info.sample_rate <= 65535 && says ? 13 : 0;
    frame.Put(rate_code, 4);
    frame.Put(mode == ChannelMode::kIndependent ? info.channels - 1 : 7 + static_cast<uint32_t>(mode), 4);
    uint32_t bits_code = 0;
    constexpr uint32_t kBits[8] = {0, 8, 12, 0, 16, 20, 24, 32};
    for (uint32_t k = 1; k < 8; ++k) {
      if (kBits[k] == info.bits && random.Chance(60)) bits_code = k;
    }
    frame.Put(bits_code << 1, 4);
    encoder::Number(variable ? first : f, &frame);
    if (code == 6) frame.Put(n - 1, 8);
    if (code == 7) frame.Put(n - 1, 16);
    if (rate_code == 13) frame.Put(info.sample_rate, 16);
    if (rate_code == 14) frame.Put(info.sample_rate / 10, 16);
    frame.Put(Crc8(frame.bytes), 8);

    if (mode != ChannelMode::kIndependent) {
      for (uint32_t i = 0; i < n; ++i) {
        const int64_t left = channels[0][i], right = channels[1][i];
        if (mode == ChannelMode::kLeftSide) channels[1][i] = left - right;
        if (mode == ChannelMode::kSideRight) channels[0][i] = left - right;
        if (mode == ChannelMode::kMidSide) {
          channels[0][i] = (left + right) >> 1;
          channels[1][i] = left - right;
        }
      }
    }
    const FrameHeader header{.block_size = n, .channels = static_cast<uint8_t>(info.channels), .bits = static_cast<uint8_t>(info.bits), .mode = mode};
    for (size_t c = 0; c < info.channels; ++c) encoder::WriteSubframe(random, channels[c], ChannelBits(header, c), &frame);
    frame.Align();
    frame.Put(Crc16(frame.bytes), 16);
    audio.bytes.insert(audio.bytes.end(), frame.bytes.begin(), frame.bytes.end());
    first += n;
  }
  if (variable && count == 1) info.min_block = info.max_block;
  info.min_block = std::max(info.min_block, 16u);
  info.max_block = std::max(info.max_block, 16u);
  info.total_samples = random.Chance(80) ? first : 0;

  Md5 md5;
  for (const int32_t s : made.samples) {
    uint8_t raw[4];
    StoreLE32(raw, static_cast<uint32_t>(s));
    md5.Update({raw, info.container()});
  }
  info.md5 = md5.Digest();

  BitWriter file;
  for (const char c : {'f', 'L', 'a', 'C'}) file.Put(static_cast<uint8_t>(c), 8);
  file.Put(0x80, 8);
  file.Put(34, 24);
  file.Put(info.min_block, 16);
  file.Put(info.max_block, 16);
  file.Put(0, 48);
  file.Put(info.sample_rate, 20);
  file.Put(info.channels - 1, 3);
  file.Put(info.bits - 1, 5);
  file.Put(info.total_samples, 36);
  for (const uint8_t byte : info.md5) file.Put(byte, 8);
  made.audio = file.bytes.size();
  made.file = std::move(file.bytes);
  made.file.insert(made.file.end(), audio.bytes.begin(), audio.bytes.end());
  return made;
}

}  // namespace bowerbird::flac::test

#endif  // BOWERBIRD_TEST_FLAC_ENCODER_H_
