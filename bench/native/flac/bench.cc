// How fast are FLAC files decoded, next to libFLAC and FFmpeg? One thread, thread CPU time, everything in memory, all decoders in turn in
// each round; medians of the rounds' ratios. Before a time counts, all decoders must have given the same samples.
//   flac_bench ROUNDS FILE...
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <time.h>

#include "core/flac.h"
#include "peers.h"

namespace {

using bowerbird::Bytes;
namespace flac = bowerbird::flac;

double CpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// As the peers: whole file in, interleaved samples out.
size_t DecodeByUs(Bytes file, void* out, size_t capacity, bool md5, const char* tier, bool floats = false) {
  flac::MetadataReader reader;
  for (;;) {
    const auto step = reader.Next(file.subspan(reader.position()), true);
    if (step.kind == flac::MetadataReader::Step::kFault) return 0;
    if (step.kind == flac::MetadataReader::Step::kAudio) break;
  }
  const flac::StreamInfo& info = reader.info();
  flac::Decoder decoder(info, {.lenient = true, .md5 = md5}, tier);
  const auto format = floats ? flac::SampleFormat::kFloat32 : info.bits <= 16 ? flac::SampleFormat::kInt16 : flac::SampleFormat::kInt32;
  const size_t width = format == flac::SampleFormat::kInt16 ? 2 : 4;
  Bytes window = file.subspan(reader.position());
  size_t done = 0;
  for (;;) {
    const flac::Output output{static_cast<uint8_t*>(out) + done * info.channels * width, capacity / info.channels - done, format, 0};
    const auto p = decoder.Decode(window, true, output);
    window = window.subspan(p.consumed);
    done += p.samples;
    if (p.status != flac::Progress::kDamage) break;
  }
  if (md5 && info.has_md5() && decoder.Md5Digest() != info.md5) return 0;
  return done * info.channels;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int rounds = std::atoi(argv[1]);
  std::printf("libFLAC %s, FFmpeg %s, tier %s, %d rounds, ns per value (of one channel), then how many times faster ours is\n",
              LibFlacVersion(), LibAvVersion(), flac::DecoderTiers().back(), rounds);
  std::printf("%-44s %6s %6s %6s %6s %6s %6s | %7s %7s %7s\n", "file", "ours", "float", "md5", "libFLAC", "+md5", "libav", "libFLAC", "+md5",
              "libav");
  const size_t capacity = size_t{1} << 27;
  std::vector<int32_t> out(capacity, 1), theirs(capacity, 1);
  double sum_ours = 0, sum_flac = 0, sum_flac_md5 = 0, sum_av = 0;
  for (int f = 2; f < argc; ++f) {
    std::ifstream in(argv[f], std::ios::binary);
    const std::vector<uint8_t> file{std::istreambuf_iterator<char>(in), {}};
    const size_t values = DecodeByUs(file, out.data(), capacity, true, nullptr);
    const bool narrow = [&] {
      flac::MetadataReader reader;
      for (int i = 0; i < 2; ++i) reader.Next(Bytes(file).subspan(reader.position()), true);
      return reader.info().bits <= 16;
    }();
    bool same = DecodeByLibFlac(file, theirs.data(), capacity, false) == values && values != 0;
    same = same && std::memcmp(out.data(), theirs.data(), values * (narrow ? 2 : 4)) == 0;
    if (!same) {
      std::printf("%-44.44s differs from libFLAC: not measured\n", argv[f]);
      continue;
    }
    const std::function<size_t()> decoders[6] = {
        [&] { return DecodeByUs(file, out.data(), capacity, false, nullptr); },
        [&] { return DecodeByUs(file, out.data(), capacity, false, nullptr, true); },
        [&] { return DecodeByUs(file, out.data(), capacity, true, nullptr); },
        [&] { return DecodeByLibFlac(file, out.data(), capacity, false); },
        [&] { return DecodeByLibFlac(file, out.data(), capacity, true); },
        [&] { return DecodeByLibAv(file, out.data(), capacity); },
    };
    // Short files several times, so that the clock's grain does not matter.
    const int repeats = std::max(1, static_cast<int>(4000000 / values));
    std::vector<double> times[6], ratios[6];
    for (int round = -1; round < rounds; ++round) {
      double seconds[6];
      for (int d = 0; d < 6; ++d) {
        const double start = CpuSeconds();
        size_t got = 0;
        for (int r = 0; r < repeats; ++r) got = decoders[d]();
        seconds[d] = (CpuSeconds() - start) / repeats;
        if (got != values && round < 0) std::printf("  note: decoder %d gave %zu values, not %zu\n", d, got, values);
      }
      if (round < 0) continue;
      for (int d = 0; d < 6; ++d) {
        times[d].push_back(seconds[d] / static_cast<double>(values) * 1e9);
        ratios[d].push_back(seconds[d] / seconds[0]);
      }
    }
    const char* slash = std::string_view(argv[f]).rfind('/') == std::string_view::npos ? argv[f] : std::strrchr(argv[f], '/') + 1;
    std::printf("%-44.44s %6.2f %6.2f %6.2f %7.2f %6.2f %6.2f | %7.2f %7.2f %7.2f\n", slash, Median(times[0]), Median(times[1]),
                Median(times[2]), Median(times[3]), Median(times[4]), Median(times[5]), Median(ratios[3]), Median(ratios[4]), Median(ratios[5]));
    std::fflush(stdout);
    const double weight = static_cast<double>(values);
    sum_ours += Median(times[0]) * weight;
    sum_flac += Median(times[3]) * weight;
    sum_flac_md5 += Median(times[4]) * weight;
    sum_av += Median(times[5]) * weight;
  }
  std::printf("%-44s %48s %7.2f %7.2f %7.2f\n", "all together", "", sum_flac / sum_ours, sum_flac_md5 / sum_ours, sum_av / sum_ours);
  return 0;
}
