// FFmpeg's libavformat and libavcodec on one thread, with its default checks.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
}

#include <algorithm>
#include <cstring>

#include "peers.h"

namespace {

struct Source {
  std::span<const uint8_t> file;
  size_t at = 0;
};

int Read(void* opaque, uint8_t* buffer, int size) {
  Source& source = *static_cast<Source*>(opaque);
  const size_t take = std::min(static_cast<size_t>(size), source.file.size() - source.at);
  if (take == 0) return AVERROR_EOF;
  std::memcpy(buffer, source.file.data() + source.at, take);
  source.at += take;
  return static_cast<int>(take);
}

int64_t Seek(void* opaque, int64_t offset, int whence) {
  Source& source = *static_cast<Source*>(opaque);
  if (whence == AVSEEK_SIZE) return static_cast<int64_t>(source.file.size());
  source.at = static_cast<size_t>(offset);
  return offset;
}

}  // namespace

size_t DecodeByLibAv(std::span<const uint8_t> file, void* out, size_t capacity) {
  av_log_set_level(AV_LOG_QUIET);
  Source source{file};
  constexpr int kBuffer = 1 << 16;
  AVFormatContext* format = avformat_alloc_context();
  format->pb = avio_alloc_context(static_cast<uint8_t*>(av_malloc(kBuffer)), kBuffer, 0, &source, Read, nullptr, Seek);
  AVIOContext* io = format->pb;
  size_t done = 0;
  if (avformat_open_input(&format, nullptr, nullptr, nullptr) == 0) {
    AVCodecParameters* parameters = format->streams[0]->codecpar;
    AVCodecContext* codec = avcodec_alloc_context3(avcodec_find_decoder(parameters->codec_id));
    avcodec_parameters_to_context(codec, parameters);
    codec->thread_count = 1;
    avcodec_open2(codec, nullptr, nullptr);
    AVPacket* packet = av_packet_alloc();
    AVFrame* frame = av_frame_alloc();
    const auto drain = [&] {
      while (avcodec_receive_frame(codec, frame) == 0) {
        const size_t values = static_cast<size_t>(frame->nb_samples) * static_cast<size_t>(parameters->ch_layout.nb_channels);
        const size_t width = codec->sample_fmt == AV_SAMPLE_FMT_S16 ? 2 : 4;
        if (done + values > capacity) return;
        std::memcpy(static_cast<uint8_t*>(out) + done * width, frame->data[0], values * width);
        done += values;
      }
    };
    while (av_read_frame(format, packet) == 0) {
      if (packet->stream_index == 0) avcodec_send_packet(codec, packet);
      av_packet_unref(packet);
      drain();
    }
    avcodec_send_packet(codec, nullptr);
    drain();
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    avformat_close_input(&format);
  }
  av_freep(&io->buffer);
  avio_context_free(&io);
  return done;
}

std::string LibAvVersion() { return av_version_info(); }
