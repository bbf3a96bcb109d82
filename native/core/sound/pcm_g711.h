// A-law and mu-law (ITU-T G.711, 11/88, tables 1 and 2): the values of all codes, and the straight lines that they lie on.
#ifndef BOWERBIRD_CORE_SOUND_PCM_G711_H_
#define BOWERBIRD_CORE_SOUND_PCM_G711_H_

#include <array>
#include <cstdint>

namespace bowerbird::pcm {

// 16-bit values: the 13 bits of A-law and the 14 of mu-law at the top of the word.
constexpr int16_t FromALaw(uint8_t code) {
  const int toggled = code ^ 0x55;
  const int segment = toggled >> 4 & 7, step = toggled & 15;
  const int magnitude = segment == 0 ? (step << 4) + 8 : ((step << 4) + 0x108) << (segment - 1);
  return static_cast<int16_t>(toggled & 0x80 ? magnitude : -magnitude);
}

constexpr int16_t FromMuLaw(uint8_t code) {
  const int inverted = ~code & 0xff;
  const int segment = inverted >> 4 & 7, step = inverted & 15;
  const int magnitude = (((step << 3) + 0x84) << segment) - 0x84;
  return static_cast<int16_t>(inverted & 0x80 ? -magnitude : magnitude);
}

// Value by code, as an integer and as a float of full scale 1.
struct LawTable {
  std::array<int16_t, 256> integers;
  std::array<float, 256> floats;
};

// Codes that share their high half lie on a line: first[code >> 4] + slope[code >> 4] * ((code ^ toggle) & 15), exactly. Vectors of
// sixteen floats are looked up in a register, where a table of 256 is not.
struct LawLines {
  alignas(64) std::array<float, 16> first;
  alignas(64) std::array<float, 16> slope;
  uint8_t toggle;
};

template <int16_t (*Decode)(uint8_t)>
constexpr LawTable MakeTable() {
  LawTable table{};
  for (int i = 0; i < 256; ++i) {
    table.integers[i] = Decode(static_cast<uint8_t>(i));
    table.floats[i] = static_cast<float>(table.integers[i]) / 32768.0f;
  }
  return table;
}

constexpr LawLines MakeLines(const LawTable& table, uint8_t toggle) {
  LawLines lines{{}, {}, toggle};
  for (int half = 0; half < 16; ++half) {
    lines.first[half] = table.floats[half << 4 | toggle];
    lines.slope[half] = table.floats[half << 4 | (toggle ^ 1)] - lines.first[half];
  }
  return lines;
}

inline constexpr LawTable kALaw = MakeTable<FromALaw>(), kMuLaw = MakeTable<FromMuLaw>();
inline constexpr LawLines kALawLines = MakeLines(kALaw, 0x05), kMuLawLines = MakeLines(kMuLaw, 0x0f);

}  // namespace bowerbird::pcm

#endif  // BOWERBIRD_CORE_SOUND_PCM_G711_H_
