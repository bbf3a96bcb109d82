// How fast are FLAC files decoded, next to other decoders? One thread, thread CPU time, everything in memory, all decoders in turn in each
// round, each round in its own order. Before a time counts, ours and libFLAC must have given the same samples.
//   flac_bench ROUNDS [--libflac FILE]... FILE...
// Prints a line of JSON for each file: {"file", "values", "ns": {decoder: [ns per value of each round]}}; first one of versions.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

#include "core/flac/flac.h"
#include "peers.h"

namespace {

using bowerbird::Bytes;
namespace flac = bowerbird::flac;

// Values of the longest file; every decoder refuses to write more.
constexpr size_t kCapacity = size_t{1} << 25;

double CpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Where frames begin; 0 for what is no FLAC.
uint64_t ReadMetadata(Bytes file, flac::StreamInfo* info) {
  flac::MetadataReader reader;
  for (;;) {
    const auto step = reader.Next(file.subspan(reader.position()), true);
    if (step.kind == flac::MetadataReader::Step::kFault) return 0;
    if (step.kind == flac::MetadataReader::Step::kAudio) break;
  }
  *info = reader.info();
  return reader.position();
}

// As the peers: whole file in, interleaved samples out.
size_t DecodeByUs(Bytes file, void* out, bool md5, const char* tier, bool floats) {
  flac::StreamInfo info;
  const uint64_t audio = ReadMetadata(file, &info);
  if (audio == 0) return 0;
  flac::Decoder decoder(info, {.lenient = true, .md5 = md5}, tier);
  const auto format = floats ? flac::SampleFormat::kFloat32 : info.bits <= 16 ? flac::SampleFormat::kInt16 : flac::SampleFormat::kInt32;
  const size_t width = format == flac::SampleFormat::kInt16 ? 2 : 4;
  Bytes window = file.subspan(audio);
  size_t done = 0;
  for (;;) {
    const flac::Output output{static_cast<uint8_t*>(out) + done * info.channels * width, kCapacity / info.channels - done, format, 0};
    const auto p = decoder.Decode(window, true, output);
    window = window.subspan(p.consumed);
    done += p.samples;
    if (p.status != flac::Progress::kDamage) break;
  }
  if (md5 && info.has_md5() && decoder.Md5Digest() != info.md5) return 0;
  return done * info.channels;
}

struct Contender {
  std::string name;
  std::function<size_t(Bytes, void*)> decode;
  std::vector<double> ns = {};
};

#if defined(BOWERBIRD_HAS_LIBFLAC)
using Libraries = std::vector<std::shared_ptr<const LibFlac>>;
#else
using Libraries = std::vector<std::nullptr_t>;
#endif

std::vector<Contender> Contenders([[maybe_unused]] const Libraries& libraries) {
  std::vector<Contender> all;
  const auto tiers = flac::DecoderTiers();
  all.push_back({"ours", [](Bytes file, void* out) { return DecodeByUs(file, out, false, nullptr, false); }});
  all.push_back({"ours float32", [](Bytes file, void* out) { return DecodeByUs(file, out, false, nullptr, true); }});
  all.push_back({"ours MD5", [](Bytes file, void* out) { return DecodeByUs(file, out, true, nullptr, false); }});
  for (size_t i = tiers.size() - 1; i-- != 0;) {
    all.push_back({std::string("ours ") + tiers[i], [tier = tiers[i]](Bytes file, void* out) { return DecodeByUs(file, out, false, tier, false); }});
  }
#if defined(BOWERBIRD_HAS_LIBFLAC)
  for (const auto& library : libraries) {
    for (const bool md5 : {false, true}) {
      all.push_back({"libFLAC " + Version(*library) + (md5 ? " MD5" : ""),
                     [library, md5](Bytes file, void* out) { return DecodeByLibFlac(*library, file, out, kCapacity, md5); }});
    }
  }
#endif
#if defined(BOWERBIRD_HAS_LIBAV)
  all.push_back({"libavcodec", [](Bytes file, void* out) { return DecodeByLibAv(file, out, kCapacity); }});
#endif
#if defined(BOWERBIRD_HAS_DR_FLAC)
  all.push_back({"dr_flac", [](Bytes file, void* out) { return DecodeByDrFlac(file, out, kCapacity); }});
#endif
  return all;
}

// Are they the samples that libFLAC gives? Without it the MD5 of the file has to do.
bool IsRight([[maybe_unused]] const Libraries& libraries, [[maybe_unused]] Bytes file, [[maybe_unused]] const void* out,
             [[maybe_unused]] size_t values, [[maybe_unused]] size_t width, [[maybe_unused]] void* theirs) {
#if defined(BOWERBIRD_HAS_LIBFLAC)
  return DecodeByLibFlac(*libraries[0], file, theirs, kCapacity, true) == values && std::memcmp(out, theirs, values * width) == 0;
#else
  return true;
#endif
}

void Measure(const char* path, int rounds, const Libraries& libraries, std::vector<Contender> contenders, void* out, void* theirs) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<uint8_t> file{std::istreambuf_iterator<char>(in), {}};
  flac::StreamInfo info;
  const uint64_t audio = ReadMetadata(file, &info);
  const size_t values = audio == 0 ? 0 : DecodeByUs(file, out, true, nullptr, false);
  const bool same = values != 0 && IsRight(libraries, file, out, values, info.bits <= 16 ? 2 : 4, theirs);
  if (!same) {
    std::fprintf(stderr, "%s: libFLAC makes something else of it; not measured\n", path);
    return;
  }
  // Short files several times, so that the clock's grain does not matter.
  const int repeats = std::max(1, static_cast<int>(2000000 / values));
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      Contender& contender = contenders[(i + static_cast<size_t>(round + 1)) % contenders.size()];
      const double start = CpuSeconds();
      size_t got = 0;
      for (int r = 0; r < repeats; ++r) got = contender.decode(file, out);
      const double seconds = (CpuSeconds() - start) / repeats;
      if (round >= 0) {
        contender.ns.push_back(seconds / static_cast<double>(values) * 1e9);
      } else if (got != values) {
        std::fprintf(stderr, "%s: %s gives %zu values of %zu\n", path, contender.name.c_str(), got, values);
      }
    }
  }
  std::printf("{\"file\": \"%s\", \"values\": %zu, \"ns\": {", std::strrchr(path, '/') == nullptr ? path : std::strrchr(path, '/') + 1, values);
  for (size_t i = 0; i < contenders.size(); ++i) {
    std::printf("%s\"%s\": [", i == 0 ? "" : ", ", contenders[i].name.c_str());
    for (size_t r = 0; r < contenders[i].ns.size(); ++r) std::printf("%s%.4f", r == 0 ? "" : ", ", contenders[i].ns[r]);
    std::printf("]");
  }
  std::printf("}}\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  Libraries libraries;
#if defined(BOWERBIRD_HAS_LIBFLAC)
  libraries.push_back(LinkedLibFlac());
#endif
  int first = 2;
  for (; first + 1 < argc && std::string_view(argv[first]) == "--libflac"; first += 2) {
#if defined(BOWERBIRD_HAS_LIBFLAC)
    auto library = OpenLibFlac(argv[first + 1]);
    if (library != nullptr && Version(*library) != Version(*libraries[0])) libraries.push_back(std::move(library));
#endif
  }
  const auto contenders = Contenders(libraries);
  std::printf("{\"tier\": \"%s\", \"libavcodec\": \"%s\", \"dr_flac\": \"%s\"}\n", flac::DecoderTiers().back(),
#if defined(BOWERBIRD_HAS_LIBAV)
              LibAvVersion().c_str(),
#else
              "",
#endif
#if defined(BOWERBIRD_HAS_DR_FLAC)
              DrFlacVersion().c_str()
#else
              ""
#endif
  );
  // Only what is decoded is ever touched.
  const auto out = std::make_unique_for_overwrite<int32_t[]>(kCapacity), theirs = std::make_unique_for_overwrite<int32_t[]>(kCapacity);
  for (int f = first; f < argc; ++f) Measure(argv[f], std::atoi(argv[1]), libraries, contenders, out.get(), theirs.get());
  return 0;
}
