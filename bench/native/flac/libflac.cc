// libFLAC, as an application that decodes into memory uses it.
#include <FLAC/stream_decoder.h>

#include <algorithm>
#include <cstring>

#include "peers.h"

namespace {

struct Job {
  std::span<const uint8_t> file;
  size_t at = 0;
  void* out;
  size_t capacity;
  size_t done = 0;
  bool failed = false;
};

FLAC__StreamDecoderReadStatus Read(const FLAC__StreamDecoder*, FLAC__byte buffer[], size_t* bytes, void* data) {
  Job& job = *static_cast<Job*>(data);
  *bytes = std::min(*bytes, job.file.size() - job.at);
  std::memcpy(buffer, job.file.data() + job.at, *bytes);
  job.at += *bytes;
  return *bytes == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

template <typename T>
void Interleave(T* out, const FLAC__int32* const planes[], unsigned n, unsigned channels) {
  if (channels == 1) {
    for (unsigned i = 0; i < n; ++i) out[i] = static_cast<T>(planes[0][i]);
  } else if (channels == 2) {
    for (unsigned i = 0; i < n; ++i) {
      out[2 * i] = static_cast<T>(planes[0][i]);
      out[2 * i + 1] = static_cast<T>(planes[1][i]);
    }
  } else {
    for (unsigned i = 0; i < n; ++i) {
      for (unsigned c = 0; c < channels; ++c) out[i * channels + c] = static_cast<T>(planes[c][i]);
    }
  }
}

FLAC__StreamDecoderWriteStatus Write(const FLAC__StreamDecoder*, const FLAC__Frame* frame, const FLAC__int32* const planes[], void* data) {
  Job& job = *static_cast<Job*>(data);
  const unsigned n = frame->header.blocksize, channels = frame->header.channels;
  if (job.capacity - job.done < size_t{n} * channels) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  if (frame->header.bits_per_sample <= 16) {
    Interleave(static_cast<int16_t*>(job.out) + job.done, planes, n, channels);
  } else {
    Interleave(static_cast<int32_t*>(job.out) + job.done, planes, n, channels);
  }
  job.done += size_t{n} * channels;
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void Error(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* data) { static_cast<Job*>(data)->failed = true; }

}  // namespace

size_t DecodeByLibFlac(std::span<const uint8_t> file, void* out, size_t capacity, bool md5) {
  Job job{file, 0, out, capacity};
  FLAC__StreamDecoder* decoder = FLAC__stream_decoder_new();
  FLAC__stream_decoder_set_md5_checking(decoder, md5);
  FLAC__stream_decoder_init_stream(decoder, Read, nullptr, nullptr, nullptr, nullptr, Write, nullptr, Error, &job);
  FLAC__stream_decoder_process_until_end_of_stream(decoder);
  if (!FLAC__stream_decoder_finish(decoder)) job.failed = true;
  FLAC__stream_decoder_delete(decoder);
  return job.done;
}

const char* LibFlacVersion() { return FLAC__VERSION_STRING; }
