// libFLAC, as an application that decodes into memory uses it.
#include <FLAC/stream_decoder.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "peers.h"

#define BOWERBIRD_EACH_FUNCTION(F) \
  F(new) F(delete) F(set_md5_checking) F(init_stream) F(process_until_end_of_stream) F(finish)

struct LibFlac {
#define BOWERBIRD_POINTER(name) decltype(&FLAC__stream_decoder_##name) name##_;
  BOWERBIRD_EACH_FUNCTION(BOWERBIRD_POINTER)
#undef BOWERBIRD_POINTER
  const char* version = nullptr;
};

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

std::shared_ptr<const LibFlac> LinkedLibFlac() {
  auto library = std::make_shared<LibFlac>();
#define BOWERBIRD_LINKED(name) library->name##_ = FLAC__stream_decoder_##name;
  BOWERBIRD_EACH_FUNCTION(BOWERBIRD_LINKED)
#undef BOWERBIRD_LINKED
  library->version = FLAC__VERSION_STRING;
  return library;
}

std::shared_ptr<const LibFlac> OpenLibFlac(const char* path) {
  // Its calls to itself must not end in the library of the same names that is linked.
  void* const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (handle == nullptr) return nullptr;
  auto library = std::make_shared<LibFlac>();
  bool complete = true;
#define BOWERBIRD_LOADED(name)                                                                                    \
  library->name##_ = reinterpret_cast<decltype(library->name##_)>(dlsym(handle, "FLAC__stream_decoder_" #name)); \
  complete &= library->name##_ != nullptr;
  BOWERBIRD_EACH_FUNCTION(BOWERBIRD_LOADED)
#undef BOWERBIRD_LOADED
  const auto version = static_cast<const char* const*>(dlsym(handle, "FLAC__VERSION_STRING"));
  if (!complete || version == nullptr) return nullptr;
  library->version = *version;
  return library;
}

std::string Version(const LibFlac& library) { return library.version; }

size_t DecodeByLibFlac(const LibFlac& library, std::span<const uint8_t> file, void* out, size_t capacity, bool md5) {
  Job job{file, 0, out, capacity};
  FLAC__StreamDecoder* const decoder = library.new_();
  library.set_md5_checking_(decoder, md5);
  library.init_stream_(decoder, Read, nullptr, nullptr, nullptr, nullptr, Write, nullptr, Error, &job);
  library.process_until_end_of_stream_(decoder);
  if (!library.finish_(decoder)) job.failed = true;
  library.delete_(decoder);
  return job.done;
}
