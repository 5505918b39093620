// The special characters of groff_char(7) that occur in pages, and composed and numbered ones.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "corpus/readers/roff_input.h"

namespace lucie {

namespace {

struct Character {
  std::string_view name;
  char32_t point;
};

constexpr Character kCharacters[] = {
    {"!=", 0x2260}, {"+-", 0xB1},   {"->", 0x2192}, {"<-", 0x2190}, {"<<", 0xAB},   {"<=", 0x2264},
    {"==", 0x2261}, {">=", 0x2265}, {">>", 0xBB},   {"*b", 0x3B2},  {"*a", 0x3B1},  {"*d", 0x3B4},
    {"*e", 0x3B5},  {"*l", 0x3BB},  {"*m", 0x3BC},  {"*p", 0x3C0},  {"*W", 0x3A9},  {"*D", 0x394},
    {"*S", 0x3A3},  {"12", 0xBD},   {"14", 0xBC},   {"34", 0xBE},   {"Bq", 0x201E}, {"bq", 0x201A},
    {"Cs", 0xA4},   {"Do", '$'},    {"Eu", 0x20AC}, {"eu", 0x20AC}, {"Fc", 0xBB},   {"Fo", 0xAB},
    {"Po", 0xA3},   {"S1", 0xB9},   {"S2", 0xB2},   {"S3", 0xB3},   {"Ye", 0xA5},   {"ct", 0xA2},
    {"a^", '^'},    {"aa", 0xB4},   {"aq", '\''},   {"ga", '`'},    {"ha", '^'},    {"ti", '~'},
    {"ap", '~'},    {"at", '@'},    {"ba", '|'},    {"bb", 0xA6},   {"br", 0x2502}, {"bu", 0x2022},
    {"bv", '|'},    {"ci", 0x25CB}, {"co", 0xA9},   {"cq", 0x2019}, {"oq", 0x2018}, {"da", 0x2193},
    {"ua", 0x2191}, {"dd", 0x2021}, {"de", 0xB0},   {"dg", 0x2020}, {"di", 0xF7},   {"dq", '"'},
    {"em", 0x2014}, {"en", 0x2013}, {"eq", '='},    {"es", 0x2205}, {"fc", 0x203A}, {"fo", 0x2039},
    {"fm", 0x2032}, {"ge", 0x2265}, {"hy", '-'},    {"if", 0x221E}, {"is", 0x222B}, {"la", 0x27E8},
    {"lB", '['},    {"lC", '{'},    {"le", 0x2264}, {"lh", 0x261C}, {"lq", 0x201C}, {"ma", 0xAF},
    {"mc", 0xB5},   {"mi", 0x2212}, {"mu", 0xD7},   {"no", 0xAC},   {"or", '|'},    {"pc", 0xB7},
    {"pl", '+'},    {"ps", 0xB6},   {"r!", 0xA1},   {"r?", 0xBF},   {"ra", 0x27E9}, {"rB", ']'},
    {"rC", '}'},    {"rg", 0xAE},   {"rh", 0x261E}, {"rn", 0x203E}, {"rq", 0x201D}, {"rs", '\\'},
    {"ru", '_'},    {"sc", 0xA7},   {"sh", '#'},    {"sl", '/'},    {"sq", 0x25A1}, {"sr", 0x221A},
    {"ss", 0xDF},   {"tm", 0x2122}, {"ul", '_'},    {"AE", 0xC6},   {"ae", 0xE6},   {"OE", 0x152},
    {"oe", 0x153},  {"-D", 0xD0},   {"Sd", 0xF0},   {"TP", 0xDE},   {"Tp", 0xFE},   {"/O", 0xD8},
    {"/o", 0xF8},   {"/L", 0x141},  {"/l", 0x142},  {"oA", 0xC5},   {"oa", 0xE5},   {"nb", 0x2284},
    {"pd", 0x2202}, {"ac", 0xB8},   {"Of", 0xAA},   {"Om", 0xBA},   {".i", 0x131},  {"rk", 0x23A8},
    {"~~", 0x2248}, {"~=", 0x2248}, {"mo", 0x2208}, {"sb", 0x2282}, {"sp", 0x2283}, {"fa", 0x2200},
    {"te", 0x2203}, {"AN", 0x2227}, {"OR", 0x2228}, {"lf", 0x230A}, {"rf", 0x230B}, {"lc", 0x2308},
    {"rc", 0x2309}, {"vS", 0x161},  {"vZ", 0x17E},  {"vc", 0x10D},  {"OK", 0x2713}, {"an", 0x2014}};

struct Accent {
  char mark;
  std::string_view letters;
  std::array<char16_t, 12> points;
};

// \('e and the like: the accent's mark, then the letter.
constexpr Accent kAccents[] = {
    {'\'',
     "AEIOUYaeiouy",
     {0xC1, 0xC9, 0xCD, 0xD3, 0xDA, 0xDD, 0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xFD}},
    {'`', "AEIOUaeiou", {0xC0, 0xC8, 0xCC, 0xD2, 0xD9, 0xE0, 0xE8, 0xEC, 0xF2, 0xF9}},
    {'^', "AEIOUaeiou", {0xC2, 0xCA, 0xCE, 0xD4, 0xDB, 0xE2, 0xEA, 0xEE, 0xF4, 0xFB}},
    {':',
     "AEIOUYaeiouy",
     {0xC4, 0xCB, 0xCF, 0xD6, 0xDC, 0x178, 0xE4, 0xEB, 0xEF, 0xF6, 0xFC, 0xFF}},
    {'~', "ANOano", {0xC3, 0xD1, 0xD5, 0xE3, 0xF1, 0xF5}},
    {',', "Cc", {0xC7, 0xE7}}};

std::string utf8(char32_t point) {
  std::string text;
  append_utf8(text, point);
  return text;
}

char32_t parse_number(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

}  // namespace

std::string roff_character(std::string_view name) {
  for (const Character& character : kCharacters) {
    if (character.name == name) return utf8(character.point);
  }
  if (name.size() == 2) {
    for (const Accent& accent : kAccents) {
      const std::size_t at = accent.letters.find(name[1]);
      if (accent.mark == name[0] && at != std::string_view::npos) return utf8(accent.points[at]);
    }
  }
  if (name.starts_with("char")) {
    if (const char32_t point = parse_number(name.substr(4), 10)) return utf8(point);
  }
  if (name.size() >= 5 && name[0] == 'u') {
    // u0065_0301 is a letter with a combining accent.
    std::string text;
    for (const std::string& part : split(name.substr(1), '_')) {
      const char32_t point = parse_number(part, 16);
      if (point == 0) return {};
      append_utf8(text, point);
    }
    return text;
  }
  return name.size() == 1 ? std::string(name) : std::string();
}

}  // namespace lucie
