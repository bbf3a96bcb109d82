// dr_flac, as it comes inside miniaudio.h, built for the processor here.
#include <algorithm>
#include <cstring>

#define MINIAUDIO_IMPLEMENTATION
#define MA_NO_DEVICE_IO
#define MA_NO_ENGINE
#define MA_NO_NODE_GRAPH
#define MA_NO_GENERATION
#define MA_NO_THREADING
#include <miniaudio.h>

#include "peers.h"

size_t DecodeByDrFlac(std::span<const uint8_t> file, void* out, size_t capacity) {
  ma_dr_flac* decoder = ma_dr_flac_open_memory(file.data(), file.size(), nullptr);
  if (decoder == nullptr) return 0;
  const size_t channels = decoder->channels;
  const ma_uint64 frames = decoder->bitsPerSample <= 16 ? ma_dr_flac_read_pcm_frames_s16(decoder, capacity / channels, static_cast<int16_t*>(out))
                                                        : ma_dr_flac_read_pcm_frames_s32(decoder, capacity / channels, static_cast<int32_t*>(out));
  ma_dr_flac_close(decoder);
  return static_cast<size_t>(frames) * channels;
}

std::string DrFlacVersion() { return MA_DR_FLAC_VERSION_STRING; }
