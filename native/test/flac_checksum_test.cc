// CRC-8, CRC-16 and MD5 against published values, and the bodies of CRC-16 against each other.
#include <random>

#include "core/base/cpu.h"
#include "core/hash/crc16.h"
#include "core/hash/md5.h"
#include "test/flac_file.h"
#include "test/test.h"

namespace bowerbird {

TEST(Crc16AndCrc8GiveTheirCheckValues) {
  // CRC-16/UMTS and CRC-8/SMBUS of the catalogue of parametrised CRC algorithms.
  EXPECT_EQ(Crc16Portable(AsBytes("123456789")), 0xfee8);
  EXPECT_EQ(Crc16(AsBytes("123456789")), 0xfee8);
  EXPECT_EQ(Crc8(AsBytes("123456789")), 0xf4);
  EXPECT_EQ(Crc16({}), 0);
}

TEST(Crc16BodiesAgree) {
  if (!Cpu().pclmul) return;
  std::mt19937 random(1);
  std::vector<uint8_t> data(2000);
  for (auto& byte : data) byte = static_cast<uint8_t>(random());
  for (size_t n = 0; n < 700; ++n) {
    const Bytes part = Bytes(data).subspan(n % 17, n);
    EXPECT_EQ(Crc16Portable(part), Crc16Pclmul(part)) << "length " << n;
    if (Cpu().vpclmul) {
      EXPECT_EQ(Crc16Portable(part), Crc16Vpclmul(part)) << "length " << n;
    }
  }
}

TEST(Md5GivesTheDigestsOfItsRfc) {
  // RFC 1321 appendix A.5.
  const std::pair<const char*, const char*> vectors[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (const auto& [text, digest] : vectors) {
    for (size_t split = 0; split <= std::string_view(text).size(); ++split) {
      Md5 md5;
      md5.Update(AsBytes(std::string_view(text).substr(0, split)));
      md5.Update(AsBytes(std::string_view(text).substr(split)));
      EXPECT_EQ(flac::test::Hex(md5.Digest()), std::string(digest)) << text << " split at " << split;
    }
  }
}

}  // namespace bowerbird
