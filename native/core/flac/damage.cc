// What the decoder does about frames that are damaged, missing, or no frames at all.
#include "core/flac/decoder_state.h"
#include "core/flac/search.h"

namespace bowerbird::flac {

// Bytes behind the end of the audio, rather than damage in it?
bool Decoder::State::IsStray(Bytes rest, bool last, Fault fault) {
  if (!whole || fault == Fault::kFormatChanged) return false;
  if (info.total_samples != 0) return sample >= info.total_samples && (fault != Fault::kTruncatedFrame || last);
  return last && MayBeStray(rest, fault);
}

// Without a total only the end of the stream tells, so this must not depend on where windows end.
bool Decoder::State::MayBeStray(Bytes rest, Fault fault) {
  return whole && info.total_samples == 0 && frame != 0 && rest.size() <= kMaxStray && fault != Fault::kTruncatedFrame &&
         fault != Fault::kFormatChanged && !FindHeader(rest, 0, info);
}

// Decodes one frame whose end is not known, or finds out what is wrong with it. False when the caller must come back.
bool Decoder::State::Alone(Bytes rest, bool last, const Output& output, Progress* p) {
  const auto found = reference.Decode(rest, info);
  if (found.fault == Fault::kTruncatedFrame && !last) return Wait(rest, FrameSizeBound(info), p);
  if (found.fault != Fault::kNone) {
    if (!last && MayBeStray(rest, found.fault)) return Wait(rest, kMaxStray, p);
    if (IsStray(rest, last, found.fault)) {
      notes |= kNoteTrailingBytes;
      phase = Phase::kEnded;
      return true;
    }
    Report(found.fault, 0, false, p);
    if (!options.lenient) return false;
    phase = Phase::kSearching;
    search_skip = 1;
    return true;
  }
  if (found.header.sample_rate != rate) {
    rate = found.header.sample_rate;
    Report(Fault::kRateChanged, 0, true, p);
    damage.rate = rate;
    return false;
  }
  if (found.header.block_size > output.capacity - p->samples) return Stop(Progress::kOutputFull, found.header.block_size, p);
  if (!Follows(found.header, sample)) {
    MissFrames(found.header, p);
    return false;
  }
  int32_t* planes[kMaxChannels];
  for (size_t c = 0; c < found.header.channels; ++c) planes[c] = const_cast<int32_t*>(reference.channel(c).data());
  if (found.header.block_size == kMaxBlockSize) notes |= kNoteBlockSize;
  // The reference has undone the stereo mode and checked the range.
  Emit(planes, found.header, ChannelMode::kIndependent, output, p);
  Step(found.size, p);
  return true;
}

// Frames are missing before the intact one of this header.
void Decoder::State::MissFrames(const FrameHeader& header, Progress* p) {
  Report(Fault::kMissingFrames, Numbered(header) - origin - sample, true, p);
}

// Fills damage() and ends this call, in strict mode also the decoding.
void Decoder::State::Report(Fault fault, uint64_t missing, bool known, Progress* p) {
  damage = {fault, frame, offset, 0, sample, missing, known};
  p->status = Progress::kDamage;
  p->need = 0;
  if (!options.lenient) {
    phase = Phase::kFailed;
    return;
  }
  sample += missing;
  frame += block == 0 ? 0 : missing / block;
}

void Decoder::State::Finish(Progress* p) {
  phase = Phase::kEnded;
  p->status = Progress::kEnd;
  if (whole && sample < info.total_samples) {
    Report(Fault::kMissingSamples, info.total_samples - sample, true, p);
  }
}

// After damage: the next frame that is proven, or that there is none in this window. Ends this call either way.
void Decoder::State::FindNext(Bytes rest, bool last, Progress* p) {
  const Search search = FindProven(rest, std::min<uint64_t>(search_skip, rest.size()), last, info, reference, &debt);
  Step(search.at, p);
  search_skip = search.at == 0 ? search_skip : 0;
  if (!search.frame && !last) {
    Wait(rest.subspan(search.at), FrameSizeBound(info), p);
    return;
  }
  damage.length = offset - damage.offset;
  p->status = Progress::kDamage;
  if (!search.frame) {
    phase = Phase::kEnded;
    damage.missing_known = whole && info.total_samples != 0;
    damage.missing = damage.missing_known && sample < info.total_samples ? info.total_samples - sample : 0;
    sample += damage.missing;
    return;
  }
  phase = Phase::kFrames;
  const FrameHeader& header = search.frame->header;
  if (block == 0) block = header.block_size;
  const uint64_t says = Numbered(header) - (anchored ? origin : 0);
  if (trusted && says >= sample && says >> 37 == 0 && (info.total_samples == 0 || says < info.total_samples)) {
    anchored = true;
    damage.missing = says - sample;
    damage.missing_known = true;
    sample = says;
    frame += (damage.missing + block - 1) / block;
  } else {
    anchored = false;
    whole = false;
  }
}

}  // namespace bowerbird::flac
