// Splits a stream into frames, and hands them to an engine in batches.
#include <algorithm>
#include <string_view>

#include "core/base/cpu.h"
#include "core/hash/crc16.h"
#include "core/flac/decoder_state.h"

namespace bowerbird::flac {
namespace {

size_t ValueSize(SampleFormat format) { return format == SampleFormat::kInt16 ? 2 : 4; }

std::span<const Engine* const> Engines() {
  static std::array<const Engine*, 4> engines = {&PortableEngine()};
  static const size_t count = [] {
    size_t n = 1;
#if defined(__x86_64__)
    if (Cpu().sse42) engines[n++] = &Sse41Engine();
    // LZCNT came with BMI2 in every processor that has it.
    if (Cpu().avx2 && Cpu().bmi2) engines[n++] = &Avx2Engine();
    if (Cpu().avx512 && Cpu().bmi2) engines[n++] = &Avx512Engine();
#elif defined(__aarch64__)
    engines[n++] = &NeonEngine();
#endif
    return n;
  }();
  return {engines.data(), count};
}

}  // namespace

std::span<const char* const> DecoderTiers() {
  static std::array<const char*, 4> names;
  static const size_t count = [] {
    const auto engines = Engines();
    for (size_t i = 0; i < engines.size(); ++i) names[i] = engines[i]->name;
    return engines.size();
  }();
  return {names.data(), count};
}

void Decoder::State::Reserve(uint32_t block_size) {
  if (block_size <= lane_length) return;
  // An odd number of cache lines, so that equal positions of the lanes do not compete for the same set.
  lane_length = ((block_size + 31) / 16 | 1) * 16;
  memory = std::make_unique<int32_t[]>(lane_length * (engine->lanes + 1));
  for (size_t i = 0; i < engine->lanes; ++i) batch.lanes[i].samples = memory.get() + i * lane_length;
  batch.idle = memory.get() + engine->lanes * lane_length;
}

// The sample that a frame's number stands for.
uint64_t Decoder::State::Numbered(const FrameHeader& header) const {
  if (header.variable || counts_samples) return header.number;
  // STREAMINFO knows better than an only frame, which may be short, but not than one that is longer than it says.
  const bool is_known = info.min_block == info.max_block && info.max_block >= std::max(16u, block);
  return header.number * (is_known ? info.max_block : block);
}

// False when frames are missing before this one, which would be at sample `expected` otherwise.
bool Decoder::State::Follows(const FrameHeader& header, uint64_t expected) {
  if (block == 0) block = header.block_size;
  if (!anchored) {
    anchored = true;
    origin = Numbered(header) - expected;
    if (sought && origin == 0 && !header.variable) frame = header.number;
    sought = false;
    if (frame == 0 && expected == 0 && origin != 0) {
      notes |= kNoteStartsLate;
      whole = false;
    }
    return true;
  }
  if (!trusted || Numbered(header) - origin == expected) return true;
  if (!header.variable && origin == 0 && header.number == expected) {
    counts_samples = true;
    return true;
  }
  const uint64_t says = Numbered(header) - origin;
  if (says > expected && (info.total_samples == 0 || says < info.total_samples) && says >> 37 == 0) return false;
  notes |= kNoteNumbering;
  trusted = false;
  return true;
}

// Gathers frames whose ends are proven by CRC-16, and says what stands in the way of the next one.
Decoder::State::Halt Decoder::State::Collect(Bytes rest, bool last, uint64_t room, Progress* p) {
  batch.frame_count = batch.lane_count = 0;
  const size_t most = std::min(kMaxFrames, engine->lanes / info.channels);
  uint64_t at = 0, expected = sample;
  while (batch.frame_count < most) {
    const Bytes here = rest.subspan(at);
    if (expected >= stop) return Halt::kStop;
    FrameHeader header;
    const Fault fault = ParseFrameHeader(here, info, &header);
    if (fault == Fault::kTruncatedFrame && !last) {
      Wait(here, kMaxHeaderSize, p);
      return Halt::kWait;
    }
    if (fault != Fault::kNone || !Suits(header) || header.sample_rate != rate) return Halt::kAlone;
    if (header.block_size > room) {
      Stop(Progress::kOutputFull, header.block_size, p);
      return Halt::kFull;
    }
    if (!Follows(header, expected)) return Halt::kGap;

    const uint64_t bound = FrameSizeBound(header);
    const uint64_t least = std::min<uint64_t>(std::max<uint64_t>(header.size + 3u, info.min_frame), here.size());
    const Bytes reach = here.first(std::min<uint64_t>(here.size(), bound + kMaxHeaderSize));
    const auto next = FindHeader(reach, least, info);
    if (!next && here.size() < bound + kMaxHeaderSize && !last) {
      Wait(here, bound, p);
      return Halt::kWait;
    }
    const Bytes bytes = next ? here.first(next->offset) : here;
    if (bytes.size() < header.size + 3u || bytes.size() > bound || Crc16(bytes) != 0) return Halt::kAlone;

    if (header.block_size > lane_length) {
      if (batch.frame_count != 0) return Halt::kNone;
      Reserve(header.block_size);
    }
    auto& added = batch.frames[batch.frame_count++];
    added.bytes = bytes;
    added.header = header;
    added.lanes = &batch.lanes[batch.lane_count];
    batch.lane_count += header.channels;
    room -= header.block_size;
    expected += header.block_size;
    at += bytes.size();
    if (at == rest.size()) return Halt::kNone;
  }
  return Halt::kNone;
}

// Decodes the batch up to its first frame that is not what its CRC promised; that one is then looked at alone.
void Decoder::State::RunBatch(const Output& output, Progress* p) {
  for (size_t i = 0; i < batch.lane_count; ++i) batch.lanes[i].predicted = false;
  engine->residuals(batch);
  for (size_t i = 0; i < batch.frame_count; ++i) {
    if (batch.frames[i].ok) continue;
    for (size_t c = 0; c < batch.frames[i].header.channels; ++c) batch.frames[i].lanes[c].predicted = false;
  }
  engine->predict(batch);
  for (size_t i = 0; i < batch.frame_count; ++i) {
    const BatchFrame& done = batch.frames[i];
    int32_t* planes[kMaxChannels];
    bool ok = done.ok;
    for (size_t c = 0; c < done.header.channels; ++c) {
      ok &= !done.lanes[c].bad;
      planes[c] = done.lanes[c].samples;
    }
    if (!ok || !Emit(planes, done.header, done.header.mode, output, p)) {
      batch.frame_count = 0;
      return;
    }
    Step(done.bytes.size(), p);
  }
}

bool Decoder::State::Emit(int32_t* const* planes, const FrameHeader& header, ChannelMode mode, const Output& output, Progress* p) {
  if (options.md5) {
    if (!Fingerprint(planes, header, mode)) return false;
    mode = ChannelMode::kIndependent;
  }
  const uint64_t step = output.plane == 0 ? header.channels : 1;
  Sink sink{{}, header.channels, header.block_size, header.bits, mode,
            static_cast<uint8_t*>(output.data) + p->samples * step * ValueSize(output.format), output.plane, output.format};
  std::copy_n(planes, header.channels, sink.planes);
  if (!engine->convert(sink)) return false;
  p->samples += header.block_size;
  ++p->frames;
  sample += header.block_size;
  ++frame;
  if (info.total_samples != 0 && whole && sample > info.total_samples) notes |= kNoteTotalSamples;
  return true;
}

// Undoes the stereo mode in place, and takes the samples into the MD5 as STREAMINFO's was made.
bool Decoder::State::Fingerprint(int32_t* const* planes, const FrameHeader& header, ChannelMode mode) {
  const uint32_t n = header.block_size, channels = header.channels;
  if (mode != ChannelMode::kIndependent) {
    Sink sink{{planes[0], planes[1]}, 2, n, header.bits, mode, nullptr, lane_length, SampleFormat::kInt32};
    const auto both = std::make_unique_for_overwrite<int32_t[]>(lane_length * 2);
    sink.data = both.get();
    if (!engine->convert(sink)) return false;
    std::copy_n(both.get(), n, planes[0]);
    std::copy_n(both.get() + lane_length, n, planes[1]);
  }
  const size_t container = info.container(), size = n * channels * container;
  if (size > packed_size) {
    packed = std::make_unique_for_overwrite<uint8_t[]>(size);
    packed_size = size;
  }
  for (size_t c = 0; c < channels; ++c) {
    uint8_t* out = packed.get() + c * container;
    for (uint32_t i = 0; i < n; ++i, out += channels * container) {
      const uint32_t value = static_cast<uint32_t>(planes[c][i]);
      for (size_t b = 0; b < container; ++b) out[b] = static_cast<uint8_t>(value >> 8 * b);
    }
  }
  md5.Update({packed.get(), size});
  return true;
}

Progress Decoder::State::Decode(Bytes window, bool last, const Output& output) {
  Progress p;
  for (;;) {
    const Bytes rest = window.subspan(p.consumed);
    if (phase == Phase::kFailed) {
      p.status = Progress::kDamage;
      return p;
    }
    if (phase == Phase::kEnded || sample >= stop) {
      p.status = Progress::kEnd;
      return p;
    }
    if (phase == Phase::kSearching) {
      FindNext(rest, last, &p);
      return p;
    }
    if (rest.empty()) {
      if (last) {
        Finish(&p);
      } else {
        Wait(rest, kLeastWindow, &p);
      }
      return p;
    }
    const Halt halt = Collect(rest, last, output.capacity - p.samples, &p);
    if (batch.frame_count != 0) {
      RunBatch(output, &p);
      if (batch.frame_count != 0) continue;
      // One of the batch is not what it seemed.
      if (!Alone(window.subspan(p.consumed), last, output, &p)) return p;
      continue;
    }
    switch (halt) {
      case Halt::kNone:
      case Halt::kAlone:
        if (!Alone(rest, last, output, &p)) return p;
        break;
      case Halt::kWait:
      case Halt::kFull: return p;
      case Halt::kStop: phase = Phase::kEnded; break;
      case Halt::kGap: {
        FrameHeader header;
        ParseFrameHeader(rest, info, &header);
        MissFrames(header, &p);
        return p;
      }
    }
  }
}

Decoder::Decoder(const StreamInfo& info, DecoderOptions options, const char* tier) : state_(std::make_unique<State>()) {
  state_->info = info;
  state_->rate = info.sample_rate;
  state_->options = options;
  state_->engine = Engines().back();
  for (const Engine* engine : Engines()) {
    if (tier != nullptr && std::string_view(tier) == engine->name) state_->engine = engine;
  }
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Progress Decoder::Decode(Bytes window, bool last, const Output& output) { return state_->Decode(window, last, output); }

void Decoder::Seek(uint64_t offset, uint64_t sample) {
  state_->phase = State::Phase::kFrames;
  state_->offset = offset;
  state_->sample = sample;
  state_->frame = state_->info.max_block == 0 ? 0 : sample / state_->info.max_block;
  state_->sought = true;
  state_->anchored = false;
  state_->trusted = true;
  if (offset != 0) state_->whole = false;
}
void Decoder::StopAt(uint64_t sample) { state_->stop = sample; }

const Damage& Decoder::damage() const { return state_->damage; }
uint32_t Decoder::notes() const { return state_->notes; }
uint64_t Decoder::sample() const { return state_->sample; }
uint64_t Decoder::offset() const { return state_->offset; }
uint64_t Decoder::frame() const { return state_->frame; }
std::array<uint8_t, 16> Decoder::Md5Digest() { return state_->md5.Digest(); }
const char* Decoder::tier() const { return state_->engine->name; }

}  // namespace bowerbird::flac
