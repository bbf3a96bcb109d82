// The archive's file names: what the notebook makes of them, what the wider rule adds, and that no name takes long.
#include "core/embedding/archive_name.h"

#include <chrono>

#include "test/test.h"

namespace {

using namespace bowerbird;
using std::string_view;

struct Expected {
  string_view name;
  std::optional<int64_t> timestamp;
  uint32_t seconds;
  std::optional<string_view> site_id, site_name, subsite_name;
  string_view file_seq_id;
  bool utc = false;
};

void ExpectFields(const Expected& e, NameRule rule) {
  const std::optional<ArchiveName> got = ParseArchiveName(e.name, rule);
  EXPECT_TRUE(got.has_value()) << e.name;
  if (!got) return;
  EXPECT_TRUE(got->timestamp == e.timestamp) << e.name << ": " << got->timestamp.value_or(-1);
  EXPECT_EQ(got->seconds_since_midnight, e.seconds) << e.name;
  EXPECT_TRUE(got->site_id == e.site_id) << e.name << ": " << got->site_id.value_or("none");
  EXPECT_TRUE(got->site_name == e.site_name) << e.name << ": " << got->site_name.value_or("none");
  EXPECT_TRUE(got->subsite_name == e.subsite_name) << e.name << ": " << got->subsite_name.value_or("none");
  EXPECT_EQ(string_view(got->file_seq_id), e.file_seq_id) << e.name;
  EXPECT_EQ(got->assumed_utc, e.utc) << e.name;
  EXPECT_EQ(got->without_zone, !e.timestamp.has_value()) << e.name;
}

// Expectations from Python 3.11: re.findall with the notebook's pattern, then datetime.strptime.
TEST(ParseArchiveNameReadsWhatTheNotebookReads) {
  for (const Expected& e : {
           Expected{"site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           {"site_0062/20200308T220000+0800_Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera-Wet-A_192000.flac", 1583676000, 79200,
            "0062", "Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera", "Wet-A", "192000"},
           {"site_0001/19691231T235959Z_X-Wet-B_007.flac", -1, 86399, "0001", "X", "Wet-B", "7", true},
           {"/data/site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac.bak", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           {"site_0285/20200229T000000+0000_-Dry-A_1.flac", 1582934400, 0, "0285", "", "Dry-A", "1"},
           {"site_0285/20201014T010000+1030_--Dry-A_1.flac", 1602599400, 3600, "0285", "-", "Dry-A", "1"},
           {"site_0285/20201014T010000+1030_A-Wet-B_2.flac-Dry-A_1.flac", 1602599400, 3600, "0285", "A", "Wet-B", "2"},
           {"site_0285/20201014T010000+1030_A-Wet-B-Dry-A_1.flac", 1602599400, 3600, "0285", "A-Wet-B", "Dry-A", "1"},
           {"site_0285/20201014T010000+1030_A-Wet-B_x-Dry-A_1.flac", 1602599400, 3600, "0285", "A-Wet-B_x", "Dry-A", "1"},
           {"site_0285/20201014T010000+1030_\u00dcn\u00ef_\u8a9e-Dry-A_1.flac", 1602599400, 3600, "0285", "\u00dcn\u00ef_\u8a9e", "Dry-A", "1"},
           // The dot is any character, a digit or a wide one too.
           {"site_0285/20201014T010000+1030_Arkaba-Dry-A_49500xflac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           {"site_0285/20201014T010000+1030_Arkaba-Dry-A_49500flac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "4950"},
           {"site_0285/20201014T010000+1030_Arkaba-Dry-A_12\u0663flac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "12"},
           {"site_0285/20201014T010000+1030_Arkaba-Dry-A_49500\U0001f600flac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           // \d is a digit of any script; int() and strptime read most of them.
           {"site_\u0660285/2\u0660201014T010000+1\u066030_Arkaba-Dry-A_\u0664\u0665.flac", 1602599400, 3600, "\u0660285", "Arkaba", "Dry-A", "45"},
           {"site_9site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac", 1602599400, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           {"site_0285/00010101T000000+2359_A-Dry-A_0.flac", -62135683140, 0, "0285", "A", "Dry-A", "0"},
           {"site_0285/99991231T235959+0000_A-Dry-A_0000.flac", 253402300799, 86399, "0285", "A", "Dry-A", "0"},
       }) {
    ExpectFields(e, NameRule::kStrict);
    ExpectFields(e, NameRule::kArchive);
  }
}

TEST(ParseArchiveNameRefusesWhatTheNotebookRefuses) {
  const std::string good = "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac";
  const std::string digits = "site_0285/20201014T010000+1030_Arkaba-Dry-A_";
  for (const std::string& name : std::vector<std::string>{
           "",
           "site_0285",
           good + good,
           good + "/" + good,
           "20201014T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_285/20201014T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010000-0300_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010000+10:30_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010000+2400_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010000+1060_Arkaba-Dry-A_49500.flac",
           "site_0285/00001014T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20200230T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20190229T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/19000229T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T240000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010060+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/2020\u066114T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/2020\u06610\u0661\u0664T010000+1030_Arkaba-Dry-A_49500.flac",
           "site_0285/20201014T010000+1030_Arkaba-Dry-C_49500.flac",
           "site_0285/20201014T010000+1030_Mt.Barney-Dry-A_49500.flac",
           "site_0285/20201014T010000+1030_Arkaba\u0301-Dry-A_49500.flac",
           "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.wav",
           "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500\nflac",
           "site_0285/20201014T010000+1030_Arkaba-Dry-A_.flac",
           "site_0285/20201014T010000+1030_Arkaba-Dry-A_9flac",
           digits + std::string(4301, '1') + ".flac",
       }) {
    EXPECT_FALSE(ParseArchiveName(name, NameRule::kStrict).has_value()) << name;
  }
  const auto longest = ParseArchiveName(digits + std::string(4300, '1') + ".flac", NameRule::kStrict);
  EXPECT_TRUE(longest.has_value() && longest->file_seq_id.size() == 4300);
}

// Which digits may be of another script, one at a time: "y" where Python 3.11's strptime reads the name all the same.
TEST(ParseArchiveNameTakesForeignDigitsWherePythonDoes) {
  struct Case {
    std::string moment;
    string_view readable;
  };
  for (const Case& c : {Case{"20201014T010000+1030", "yyyynnnyTnynyny+yyny"}, Case{"20201231T235959+2359", "yyyynnnnTnnnyny+yyny"},
                        Case{"20200107T091827+0800", "yyyynnnnTnynyny+yyny"}, Case{"20200930T201000+0059", "yyyynnnnTnnnyny+yyny"}}) {
    const std::string head = "site_0285/", tail = "_Arkaba-Dry-A_1.flac";
    const auto plain = ParseArchiveName(head + c.moment + tail, NameRule::kStrict);
    EXPECT_TRUE(plain.has_value());
    for (size_t i = 0; i < c.moment.size(); ++i) {
      if (c.moment[i] == 'T' || c.moment[i] == '+') continue;
      const std::string digit = {'\xd9', static_cast<char>('\xa0' + (c.moment[i] - '0'))};  // U+0660 and up
      const auto got = ParseArchiveName(head + c.moment.substr(0, i) + digit + c.moment.substr(i + 1) + tail, NameRule::kStrict);
      EXPECT_EQ(got.has_value(), c.readable[i] == 'y') << c.moment << ", digit at " << i;
      if (got && plain) {
        EXPECT_TRUE(got->timestamp == plain->timestamp && got->seconds_since_midnight == plain->seconds_since_midnight) << c.moment;
      }
    }
  }
}

TEST(ParseArchiveNameReadsTheArchivesOtherNames) {
  const auto none = std::nullopt;
  for (const Expected& e : {
           Expected{"site_0285/20201014T010000-0300_Arkaba-Dry-A_49500.flac", 1602648000, 3600, "0285", "Arkaba", "Dry-A", "49500"},
           {"20201014T010000+08:45_Five-Rivers-Wet-B_231604.flac", 1602605700, 3600, none, "Five-Rivers", "Wet-B", "231604"},
           {"/folder/site_0277/20220502T075930+1000_Minjerribah_1088507.wav", 1651442370, 28770, "0277", "Minjerribah", none, "1088507"},
           {"20201014T235959Z.mp3", 1602719999, 86399, none, none, none, "", true},
           {"THOMPSON_20170625_102105.wav", none, 37265, none, none, none, ""},
           {"x/20170625102105_Mt.Barney-Dry-A.wav", none, 37265, none, "Mt.Barney", "Dry-A", ""},
           {"20170625-102105_7", none, 37265, none, none, none, "7"},
           {"site_12/20170625 102105_Dry-A_007.ogg", none, 37265, "12", "Dry-A", none, "7"},
           {"99999999T999999_20170625T102105_A_1.wav", none, 37265, none, "A", none, "1"},
       }) {
    ExpectFields(e, NameRule::kArchive);
    EXPECT_FALSE(ParseArchiveName(e.name, NameRule::kStrict).has_value()) << e.name;
  }
}

// 2020-10-14T01:00:00Z is 1602637200.
TEST(ParseArchiveNameReadsFractionsAndShortZones) {
  const auto none = std::nullopt;
  for (const Expected& e : {
           Expected{"site_1/20201014T010000+1000_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"site_1/20201014T010000.5+1000_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"site_1/20201014T010000.982648+1000_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"site_1/20201014T010000,5+1000_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"site_1/20201014T010000.123Z_X_5.flac", 1602637200, 3600, "1", "X", none, "5", true},
           {"site_1/20201014T010000+10_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"20201014T010000.25+10_X-Dry-A_5.flac", 1602601200, 3600, none, "X", "Dry-A", "5"},
           {"20201014T010000+10.flac", 1602601200, 3600, none, none, none, ""},
           {"20201014T010000+10", 1602601200, 3600, none, none, none, ""},
           {"site_1/20201014T010000z_X_5.flac", 1602637200, 3600, "1", "X", none, "5", true},
           {"20201014T010000z.flac", 1602637200, 3600, none, none, none, "", true},
           {"20201014T010000.5z_X.flac", 1602637200, 3600, none, "X", none, "", true},
           {"site_1/20201014T010000UTC+10_X_5.flac", 1602601200, 3600, "1", "X", none, "5"},
           {"20201014T010000UTC-03_X_5.flac", 1602648000, 3600, none, "X", none, "5"},
           {"20201014T010000GMT_X_5.flac", 1602637200, 3600, none, "X", none, "5", true},
           {"site_1/S20240815T091156.982648+1000_E20240815T091251.967555+1000_7.wav", 1723677116, 33116, "1",
            "E20240815T091251.967555+1000", none, "7"},
       }) {
    ExpectFields(e, NameRule::kArchive);
    EXPECT_FALSE(ParseArchiveName(e.name, NameRule::kStrict).has_value()) << e.name;
  }
}

// Another time would be worse than none.
TEST(ParseArchiveNameLeavesOutAZoneThatItCannotRead) {
  const auto none = std::nullopt;
  for (const string_view zone : {"+2500", "+1075", "-2500", "Z+1000", "Z-0300", "Z+10", "+10.5", "+10:7", "+10:75", "+103", "+10300", "+1", "+24",
                                 "-03", "-1", "UTC+5.5", "UTC+25", "UTCZ", ".5", ",25", ".5+2500", ".5-03"}) {
    const std::string name = "site_1/20201014T010000" + std::string(zone) + "_X_5.flac";
    ExpectFields({name, none, 3600, "1", "X", none, "5"}, NameRule::kArchive);
  }
  for (const string_view end : {"zebra_5.wav", "-01.wav", ".7z", ".7Z", "-Site_5.wav", "AEST_5.wav", "+10h_5.wav"}) {
    const std::string name = "20201014T010000" + std::string(end);
    ExpectFields({name, none, 3600, none, none, none, ""}, NameRule::kArchive);
  }
  // The end of a recording is not its beginning.
  EXPECT_FALSE(ParseArchiveName("S20240815T251156+1000_E20240815T091251+1000_7.wav", NameRule::kArchive).has_value());
}

TEST(ParseArchiveNameWantsAReadableDate) {
  for (const string_view name : {"", "/", "kookaburra.wav", "20201314T010000+1030_A_1.flac", "20201014T010000/kookaburra.wav", "20201014.wav",
                                 "120201014T010000_A.wav", "20201014T0100001.wav", "2020-10-14T01:00:00.wav"}) {
    EXPECT_FALSE(ParseArchiveName(name, NameRule::kArchive).has_value()) << name;
  }
}

std::string Repeated(string_view part, size_t bytes) {
  std::string out;
  out.reserve(bytes + part.size());
  while (out.size() < bytes) out += part;
  return out;
}

// Each of these is a megabyte. Quadratic time would be hours, and the notebook's pattern would outlive the sun.
TEST(ParseArchiveNameIsQuickOnAnyName) {
  const std::string head = "site_0285/20201014T010000+1030_";
  std::vector<std::string> names;
  for (const string_view part : {"a", "a-", "-", "_", "-Wet-A_", "-Wet-A_1", "-Wet-A_1.fla", "-Wet-", "1", "\u0661", "site_", "site_0000/",
                                 "site_0000/20200101T000000Z_", "site_0000/20200101T000000Z_a-Wet-A_", "20200101T000000", "20200101T000000Z_",
                                 "2020010 ", "T", "\u8a9e", "site_0000/20200101T000000Z_a-Wet-A_1.flac", "/", "_1", "-Dry-A"}) {
    const std::string repeated = Repeated(part, 1 << 20);
    names.push_back(repeated);
    names.push_back(head + repeated);
    names.push_back(head + "a-Wet-A_" + repeated);
    names.push_back(head + repeated + "-Wet-A_1.flac");
    names.push_back("site_0285/" + repeated + "/20201014T010000-0300_A_1.flac");
  }
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& name : names) {
    ParseArchiveName(name, NameRule::kStrict);
    ParseArchiveName(name, NameRule::kArchive);
  }
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LT(seconds, 60.0) << names.size() << " names of 1 MiB";
}

}  // namespace
