// A FLAC file decoded whole by each of our decoders, for tests.
#ifndef BOWERBIRD_TEST_FLAC_FILE_H_
#define BOWERBIRD_TEST_FLAC_FILE_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/flac/flac.h"

namespace bowerbird::flac::test {

inline std::vector<uint8_t> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The real files of others, beside the repository; absent on other machines.
inline std::filesystem::path SharedData() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() / "shared" / "data";
}

inline std::string Hex(const std::array<uint8_t, 16>& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct Opened {
  Fault fault = Fault::kNone;
  StreamInfo info;
  Bytes audio;  // borrows the file
  std::vector<std::string> comments;
  std::vector<SeekPoint> points;
};

inline Opened Open(Bytes file) {
  Opened opened;
  MetadataReader reader;
  for (;;) {
    const uint64_t at = reader.position();
    const Bytes window = file.subspan(std::min<uint64_t>(at, file.size()));
    const auto step = reader.Next(window, true);
    opened.info = reader.info();
    if (step.kind == MetadataReader::Step::kFault) {
      opened.fault = step.fault;
      return opened;
    }
    if (step.kind == MetadataReader::Step::kAudio) {
      opened.audio = file.subspan(std::min<uint64_t>(reader.position(), file.size()));
      return opened;
    }
    if (step.kind != MetadataReader::Step::kBlock) continue;
    if (step.type == BlockType::kVorbisComment) {
      CommentReader comments(step.payload);
      while (const auto text = comments.Next()) opened.comments.emplace_back(*text);
    } else {
      for (size_t i = 0; i < CountSeekPoints(step.payload); ++i) opened.points.push_back(ReadSeekPoint(step.payload, i));
    }
  }
}

struct Decoded {
  Fault fault = Fault::kNone;  // of the first damage
  std::vector<Damage> damage;
  std::vector<int32_t> samples;  // interleaved
  uint32_t notes = 0;
  std::string md5;
};

// Appends silence for what is missing, but not for what no file of this size can miss.
inline void Silence(const Damage& damage, uint32_t channels, std::vector<int32_t>* samples) {
  if (damage.missing <= 1 << 20) samples->resize(samples->size() + damage.missing * channels);
}

// `step`: bytes that arrive at a time; 0: all at once.
// `limit`: values after which it stops, since few bytes can stand for many samples.
inline Decoded DecodeAll(Bytes audio, const StreamInfo& info, DecoderOptions options = {}, const char* tier = nullptr, size_t step = 0,
                         size_t limit = SIZE_MAX) {
  Decoded decoded;
  Decoder decoder(info, options, tier);
  std::vector<int32_t> buffer(1000 * info.channels);
  size_t begin = 0, end = step == 0 ? audio.size() : std::min(step, audio.size());
  for (;;) {
    const Output output{buffer.data(), buffer.size() / info.channels, SampleFormat::kInt32, 0};
    // A copy of exact size, so that a sanitizer sees every step over its end.
    const std::vector<uint8_t> window(audio.begin() + static_cast<ptrdiff_t>(begin), audio.begin() + static_cast<ptrdiff_t>(end));
    const Progress p = decoder.Decode(step == 0 ? audio.subspan(begin) : Bytes(window), end == audio.size(), output);
    begin += p.consumed;
    decoded.samples.insert(decoded.samples.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(p.samples * info.channels));
    if (p.status == Progress::kEnd || decoded.samples.size() > limit) break;
    if (p.status == Progress::kOutputFull) buffer.resize(std::max<size_t>(buffer.size(), p.need * info.channels));
    if (p.status == Progress::kNeedMore) {
      end = std::min<size_t>(audio.size(), std::max<size_t>(begin + p.need, end + step));
    } else if (p.status == Progress::kDamage) {
      decoded.damage.push_back(decoder.damage());
      if (decoded.fault == Fault::kNone) decoded.fault = decoder.damage().fault;
      if (!options.lenient) break;
      Silence(decoder.damage(), info.channels, &decoded.samples);
    }
  }
  decoded.notes = decoder.notes();
  if (options.md5) decoded.md5 = Hex(decoder.Md5Digest());
  return decoded;
}

// The same with the plain decoder: up to the first fault.
inline Decoded DecodeByReference(Bytes audio, const StreamInfo& info, size_t limit = SIZE_MAX) {
  Decoded decoded;
  ReferenceDecoder decoder;
  while (!audio.empty() && decoded.samples.size() <= limit) {
    const auto frame = decoder.Decode(audio, info);
    if (frame.fault != Fault::kNone) {
      decoded.fault = frame.fault;
      break;
    }
    for (uint32_t i = 0; i < frame.header.block_size; ++i) {
      for (size_t c = 0; c < frame.header.channels; ++c) decoded.samples.push_back(decoder.channel(c)[i]);
    }
    audio = audio.subspan(frame.size);
  }
  return decoded;
}

inline std::string Md5Of(const std::vector<int32_t>& samples, uint32_t container) {
  std::vector<uint8_t> bytes;
  bytes.reserve(samples.size() * container);
  for (const int32_t sample : samples) {
    for (uint32_t b = 0; b < container; ++b) bytes.push_back(static_cast<uint8_t>(static_cast<uint32_t>(sample) >> 8 * b));
  }
  Md5 md5;
  md5.Update(bytes);
  return Hex(md5.Digest());
}

}  // namespace bowerbird::flac::test

#endif  // BOWERBIRD_TEST_FLAC_FILE_H_
