#include "core/embedding/archive_name.h"

#include "core/base/unicode.h"

namespace bowerbird {
namespace {

using std::string_view;

struct Digit {
  int value = -1;  // -1: not a digit
  bool ascii = false;
  uint32_t length = 0;
};

Digit DigitAt(string_view s, size_t at) {
  const CodePoint c = DecodeUtf8(s, at);
  if (c.length == 0) return {};
  return {.value = DigitValue(c.value), .ascii = c.value < 0x80, .length = c.length};
}

// Reads exactly `count` digits of any script and steps over them.
bool ReadDigits(string_view s, size_t& at, int count, Digit* digits) {
  size_t next = at;
  for (int i = 0; i < count; ++i) {
    digits[i] = DigitAt(s, next);
    if (digits[i].value < 0) return false;
    next += digits[i].length;
  }
  at = next;
  return true;
}

bool ReadText(string_view s, size_t& at, string_view text) {
  if (s.substr(at, text.size()) != text) return false;
  at += text.size();
  return true;
}

struct Moment {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

// datetime.strptime and the calendar: a field's first digit (and the second, where the first leaves no free choice) must be ASCII there.
bool ReadMoment(const Digit* date, const Digit* time, Moment& m) {
  const auto two = [](const Digit* d) { return d[0].value * 10 + d[1].value; };
  m = {.year = date[0].value * 1000 + date[1].value * 100 + two(date + 2),
       .month = two(date + 4),
       .day = two(date + 6),
       .hour = two(time),
       .minute = two(time + 2),
       .second = two(time + 4)};
  if (!date[4].ascii || !date[5].ascii || !date[6].ascii || !time[0].ascii || !time[2].ascii || !time[4].ascii) return false;
  if ((date[6].value == 0 || date[6].value == 3) && !date[7].ascii) return false;
  if (time[0].value == 2 && !time[1].ascii) return false;

  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (m.year < 1 || m.month < 1 || m.month > 12 || m.day < 1) return false;
  const bool leap = (m.year % 4 == 0 && m.year % 100 != 0) || m.year % 400 == 0;
  if (m.day > kDays[m.month - 1] + (m.month == 2 && leap)) return false;
  return m.hour <= 23 && m.minute <= 59 && m.second <= 59;
}

// Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the leap day comes last.
int64_t DaysSinceEpoch(const Moment& m) {
  const int64_t y = m.month <= 2 ? m.year - 1 : m.year;
  const int64_t era = y / 400;  // y >= 0
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (m.month + (m.month > 2 ? -3 : 9)) + 2) / 5 + m.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void SetTime(const Moment& m, std::optional<int64_t> zone_seconds, ArchiveName& out) {
  out.seconds_since_midnight = static_cast<uint32_t>(m.hour * 3600 + m.minute * 60 + m.second);
  if (zone_seconds) out.timestamp = DaysSinceEpoch(m) * 86400 + out.seconds_since_midnight - *zone_seconds;
}

// int(): ASCII digits, no leading zeros.
std::string Number(string_view digits) {
  std::string number;
  for (size_t at = 0; at < digits.size();) {
    const Digit d = DigitAt(digits, at);
    at += d.length;
    if (!number.empty() || d.value != 0) number += static_cast<char>('0' + d.value);
  }
  return number.empty() ? "0" : number;
}

// ---- the notebook's names ----

// `-(Wet|Dry)-(A|B)_(\d*).flac` at `at`, where the dot is any character but a newline. Steps to the end of the match.
bool ReadTail(string_view s, size_t& at, string_view& subsite, string_view& id) {
  size_t next = at + 1;
  const size_t subsite_at = next;
  if (!ReadText(s, next, "Wet-") && !ReadText(s, next, "Dry-")) return false;
  if (!ReadText(s, next, "A") && !ReadText(s, next, "B")) return false;
  subsite = s.substr(subsite_at, next - subsite_at);
  if (!ReadText(s, next, "_")) return false;

  const size_t id_at = next;
  size_t last_digit = next;
  for (Digit d = DigitAt(s, next); d.value >= 0; d = DigitAt(s, next)) {
    last_digit = next;
    next += d.length;
  }
  const CodePoint dot = DecodeUtf8(s, next);
  size_t end = next + dot.length;
  if (dot.length != 0 && dot.value != '\n' && ReadText(s, end, "flac")) {
    id = s.substr(id_at, next - id_at);
    at = end;
    return true;
  }
  // \d* gives its last digit back to the dot.
  if (next > id_at && ReadText(s, next, "flac")) {
    id = s.substr(id_at, last_digit - id_at);
    at = next;
    return true;
  }
  return false;
}

struct StrictMatch {
  string_view site_id, site_name, subsite, id;
  Digit date[8], time[6], zone[4];
  bool utc = false;
};

// One attempt of the pattern at `at`; steps to the end of the match.
bool MatchStrict(string_view s, size_t& at, StrictMatch& m) {
  size_t next = at;
  Digit site[4];
  if (!ReadText(s, next, "site_")) return false;
  const size_t site_at = next;
  if (!ReadDigits(s, next, 4, site)) return false;
  m.site_id = s.substr(site_at, next - site_at);
  if (!ReadText(s, next, "/") || !ReadDigits(s, next, 8, m.date) || !ReadText(s, next, "T") || !ReadDigits(s, next, 6, m.time)) {
    return false;
  }
  m.utc = ReadText(s, next, "Z");
  if (!m.utc && !(ReadText(s, next, "+") && ReadDigits(s, next, 4, m.zone))) return false;
  if (!ReadText(s, next, "_")) return false;

  // (?:\w*|-)* takes word characters and dashes; at each dash the rest of the pattern is tried before the dash is taken.
  const size_t name_at = next;
  for (;;) {
    const CodePoint c = DecodeUtf8(s, next);
    if (c.length == 0 || (c.value != '-' && !IsWord(c.value))) return false;
    if (c.value == '-') {
      m.site_name = s.substr(name_at, next - name_at);
      size_t end = next;
      if (ReadTail(s, end, m.subsite, m.id)) {
        at = end;
        return true;
      }
    }
    next += c.length;
  }
}

// re.findall, of which the notebook wants exactly one match. Linear: an attempt ends at the next '/' at the latest, and each attempt needs
// one of its own.
std::optional<ArchiveName> ParseStrict(string_view s) {
  StrictMatch match, other;
  bool found = false;
  for (size_t at = s.find("site_"); at != string_view::npos; at = s.find("site_", at)) {
    size_t end = at;
    if (!MatchStrict(s, end, found ? other : match)) {
      ++at;
      continue;
    }
    if (found) return std::nullopt;
    found = true;
    at = end;
  }
  // Python refuses to make an int of nothing, and of more than 4300 digits.
  constexpr size_t kMaxDigits = 4300;
  if (!found || match.id.empty() || match.id.size() > 4 * kMaxDigits) return std::nullopt;

  Moment moment;
  if (!ReadMoment(match.date, match.time, moment)) return std::nullopt;
  int64_t zone = 0;
  if (!match.utc) {
    const Digit* z = match.zone;
    if (!z[2].ascii || z[2].value > 5 || z[0].value * 10 + z[1].value > 23) return std::nullopt;
    zone = (z[0].value * 10 + z[1].value) * 3600 + (z[2].value * 10 + z[3].value) * 60;
  }
  size_t digits = 0;
  for (size_t at = 0; at < match.id.size(); ++digits) at += DigitAt(match.id, at).length;
  if (digits > kMaxDigits) return std::nullopt;

  ArchiveName out;
  SetTime(moment, zone, out);
  out.site_id = match.site_id;
  out.site_name = match.site_name;
  out.subsite_name = match.subsite;
  out.file_seq_id = Number(match.id);
  out.assumed_utc = match.utc;
  return out;
}

// ---- the archive's other names: [site_NNNN/]<date><zone>_<site name>_<recording id>.<extension> ----

bool IsDigit(string_view s, size_t at) { return at < s.size() && s[at] >= '0' && s[at] <= '9'; }

bool ReadAsciiDigits(string_view s, size_t& at, int count, Digit* digits) {
  for (int i = 0; i < count; ++i) {
    if (!IsDigit(s, at + i)) return false;
    digits[i] = {.value = s[at + i] - '0', .ascii = true, .length = 1};
  }
  at += count;
  return true;
}

// What may stand behind the zone: nothing, the site, or the extension.
bool IsBoundary(string_view s, size_t at) { return at >= s.size() || s[at] == '_' || (s[at] == '.' && !IsDigit(s, at + 1)); }

bool ReadFraction(string_view s, size_t& at) {
  if (at >= s.size() || (s[at] != '.' && s[at] != ',') || !IsDigit(s, at + 1)) return false;
  for (++at; IsDigit(s, at);) ++at;
  return true;
}

// An offset right behind "Z" contradicts it; "-1" may number a part.
bool IsOffset(string_view s, size_t at) {
  Digit d[4];
  if (ReadText(s, at, "+")) return IsDigit(s, at);
  if (!ReadText(s, at, "-") || !ReadAsciiDigits(s, at, 2, d)) return false;
  ReadText(s, at, ":");
  return ReadAsciiDigits(s, at, 2, d + 2);
}

std::optional<int64_t> ReadZulu(string_view s, size_t& at, bool has_fraction, bool& utc) {
  const size_t next = at + 1;
  const bool lower = s[at] == 'z';
  // Behind a fraction it may be the extension: ".7z".
  if (IsOffset(s, next) || (lower && !IsBoundary(s, next)) || (has_fraction && next == s.size())) return std::nullopt;
  utc = true;
  at = next;
  return 0;
}

// Z, z, or an offset at `at`, which may stand behind UTC or GMT; steps over it. An offset is +hhmm, -hhmm, +hh:mm, -hh:mm or +hh: "-01" behind a time
// numbers a part as often as it says a zone.
std::optional<int64_t> ReadZone(string_view s, size_t& at, bool has_fraction, bool& utc) {
  size_t next = at;
  if (next < s.size() && (s[next] == 'Z' || s[next] == 'z')) return ReadZulu(s, at, has_fraction, utc);
  const bool named = ReadText(s, next, "UTC") || ReadText(s, next, "GMT");
  const bool west = ReadText(s, next, "-");
  if (!west && !ReadText(s, next, "+")) {
    if (!named || !IsBoundary(s, next)) return std::nullopt;
    utc = true;
    at = next;
    return 0;
  }
  Digit d[4] = {{}, {}, {.value = 0}, {.value = 0}};
  if (!ReadAsciiDigits(s, next, 2, d)) return std::nullopt;
  const bool hours_only = IsBoundary(s, next) && (named || !west);
  if (!hours_only) {
    ReadText(s, next, ":");
    if (!ReadAsciiDigits(s, next, 2, d + 2) || IsDigit(s, next)) return std::nullopt;
  }
  const int hours = d[0].value * 10 + d[1].value, minutes = d[2].value * 10 + d[3].value;
  if (hours > 23 || minutes > 59) return std::nullopt;
  at = next;
  return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

// Where the site begins behind a fraction or a zone that cannot be read; `at` when what stands there is neither.
size_t BehindUnread(string_view s, size_t at) {
  const size_t end = s.find_first_not_of("0123456789+-:.,UTCGMZz", at);
  return end != string_view::npos && s[end] == '_' ? end : at;
}

// The first readable date and time in `base`, and what follows its zone. A fraction of the second is cut off. A time behind "_E" is that of the
// end of a recording.
bool FindMoment(string_view base, ArchiveName& out, string_view& rest) {
  for (size_t start = 0; start + 14 <= base.size(); ++start) {
    if (!IsDigit(base, start) || (start > 0 && IsDigit(base, start - 1))) continue;
    if (start > 1 && base.substr(start - 2, 2) == "_E") continue;
    Digit date[8], time[6];
    size_t at = start;
    if (!ReadAsciiDigits(base, at, 8, date)) continue;
    if (at < base.size() && string_view("T_- ").find(base[at]) != string_view::npos) ++at;
    if (!ReadAsciiDigits(base, at, 6, time) || IsDigit(base, at)) continue;
    Moment moment;
    if (!ReadMoment(date, time, moment)) continue;
    size_t next = at;
    const bool has_fraction = ReadFraction(base, next);
    const std::optional<int64_t> zone = ReadZone(base, next, has_fraction, out.assumed_utc);
    out.without_zone = !zone;
    SetTime(moment, zone, out);
    rest = base.substr(zone ? next : BehindUnread(base, at));
    return true;
  }
  return false;
}

// `site_` and digits at the end of the folder's name, as the archive lays its files out.
std::optional<string_view> SiteId(string_view folder) {
  size_t first = folder.size();
  while (first > 0 && IsDigit(folder, first - 1)) --first;
  const string_view digits = folder.substr(first);
  const string_view before = folder.substr(0, first);
  if (digits.empty() || !before.ends_with("site_")) return std::nullopt;
  return digits;
}

// <site name>_<recording id>, either of them possibly missing; the name may end in a subsite.
void ReadSite(string_view text, ArchiveName& out) {
  size_t first = text.size();
  while (first > 0 && IsDigit(text, first - 1)) --first;
  const bool has_id = first < text.size() && (first == 0 || text[first - 1] == '_');
  string_view name = text;
  if (has_id) {
    out.file_seq_id = Number(text.substr(first));
    name = text.substr(0, first == 0 ? 0 : first - 1);
  }
  if (name.empty()) return;
  for (const string_view subsite : {"Wet-A", "Wet-B", "Dry-A", "Dry-B"}) {
    if (name.size() > subsite.size() + 1 && name.ends_with(subsite) && name[name.size() - subsite.size() - 1] == '-') {
      out.site_name = name.substr(0, name.size() - subsite.size() - 1);
      out.subsite_name = name.substr(name.size() - subsite.size());
      return;
    }
  }
  out.site_name = name;
}

std::optional<ArchiveName> ParseArchive(string_view s) {
  const size_t slash = s.rfind('/');
  const string_view base = slash == string_view::npos ? s : s.substr(slash + 1);
  ArchiveName out;
  string_view rest;
  if (!FindMoment(base, out, rest)) return std::nullopt;
  const size_t dot = rest.rfind('.');
  if (dot != string_view::npos) rest = rest.substr(0, dot);
  if (rest.starts_with('_')) ReadSite(rest.substr(1), out);
  if (slash != string_view::npos) {
    const string_view folders = s.substr(0, slash);
    const size_t above = folders.rfind('/');
    out.site_id = SiteId(above == string_view::npos ? folders : folders.substr(above + 1));
  }
  return out;
}

}  // namespace

std::optional<ArchiveName> ParseArchiveName(string_view name, NameRule rule) {
  if (std::optional<ArchiveName> strict = ParseStrict(name)) return strict;
  return rule == NameRule::kStrict ? std::nullopt : ParseArchive(name);
}

}  // namespace bowerbird
