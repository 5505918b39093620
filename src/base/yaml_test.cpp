#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

TEST(ParseYaml, plain_scalars_follow_the_core_schema_of_yaml_1_2) {
  const auto is = [](const char* text, const Json& expected) {
    const Json value = parse_yaml(text, "t");
    EXPECT_EQ(value, expected) << text << " gave " << value.dump();
  };
  for (const char* null : {"~", "null", "Null", "NULL", ""}) is(null, Json());
  for (const char* yes : {"true", "True", "TRUE"}) is(yes, Json(true));
  is("False", Json(false));
  is("12", Json(12));
  is("-12", Json(-12));
  is("+12", Json(12));
  is("012", Json(12));  // decimal in 1.2
  is("0x1F", Json(31));
  is("0o17", Json(15));
  is("3e6", Json(3e6));
  is("3.0e-3", Json(0.003));
  is(".5", Json(0.5));
  is("5.", Json(5.0));
  is("-.inf", Json(-HUGE_VAL));
  is("+.Inf", Json(HUGE_VAL));
  is("99999999999999999999", Json(1e20));
  EXPECT_TRUE(std::isnan(parse_yaml(".nan", "t").as_double()));
  for (const char* word :
       {"yes", "no", "on",    "tRUE",  "1_000", "0x",  "0xG",   "0x-1", "1e",   ".",
        "-",   "+",  "1.2.3", "12:30", "inf",   "nan", "-.nan", "1e+",  "0b11", "a b"}) {
    if (std::string_view(word) != "-") is(word, Json(word));
  }
}

TEST(ParseYaml, quoted_and_block_scalars_stay_strings) {
  const Json value =
      parse_yaml("a: '1'\nb: \"true\"\nc: |\n  2\n  3\nd: >\n  x\n  y\ne: !!str 7\nf: ''\n", "t");
  EXPECT_EQ(value.dump(), R"({"a":"1","b":"true","c":"2\n3\n","d":"x y\n","e":"7","f":""})");
}

TEST(ParseYaml, every_value_knows_its_line) {
  const Json value = parse_yaml(
      "name: x\ntrain:\n  phases:\n    - {a: 1}\n    - b:\n        deep\n", "recipe.yaml");
  EXPECT_EQ(value.at("name").place(), "recipe.yaml:1");
  EXPECT_EQ(value.at("train").at("phases").at(std::size_t{0}).at("a").place(), "recipe.yaml:4");
  EXPECT_EQ(value.at("train").at("phases").at(std::size_t{1}).at("b").place(), "recipe.yaml:6");
  EXPECT_STREQ(error_of([&] { (void)value.at("name").as_int(); }).what(),
               "expected an integer, found a string: recipe.yaml:1");
}

TEST(ParseYaml, anchors_are_followed_but_not_without_end) {
  EXPECT_EQ(parse_yaml("a: &x [1, 2]\nb: *x\n", "t").at("b").dump(), "[1,2]");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 1; k < 10; ++k) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_EQ(error_of([&] { parse_yaml(bomb, "t"); }).code(), ErrorCode::kCorrupt);
  EXPECT_THROW(parse_yaml("&a [*a]", "t"), Error);
}

TEST(ParseYaml, malformed_text_is_an_error_at_its_line) {
  for (const std::string bad : {"a: [1, 2", "{a: 1", "a: b: c", "\"x", "a: 1\n b: 2", "- a\nb: 1",
                                "*none", "a: \xFF", "@x", "\t- a: \t- b\n\t%"}) {
    EXPECT_THROW(parse_yaml(bad, "t"), Error) << bad;
  }
  EXPECT_EQ(error_of([] { parse_yaml("a: 1\nb: [1,\nc", "f.yaml"); }).place().substr(0, 7),
            "f.yaml:");
}

TEST(ParseYaml, deep_nesting_is_an_error_and_no_crash) {
  EXPECT_THROW(parse_yaml(std::string(100'000, '['), "t"), Error);
  EXPECT_THROW(parse_yaml(std::string(300, '[') + std::string(300, ']'), "t"), Error);
  std::string block;
  for (int i = 0; i < 300; ++i) block += "- ";
  EXPECT_THROW(parse_yaml(block + "x", "t"), Error);
}

TEST(ParseYaml, refuses_what_it_would_have_to_guess) {
  const Error twice = error_of([] { parse_yaml("a: 1\nb: 2\n\"a\": 3", "f"); });
  EXPECT_STREQ(twice.what(), "key 'a' stands twice: f:3");
  EXPECT_EQ(error_of([] { parse_yaml("a: 1\n---\nb: 2\n", "f"); }).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of([] { parse_yaml("a: !thing 1\n", "f"); }).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of([] { parse_yaml("[a, b]: 1\n", "f"); }).code(), ErrorCode::kUnsupported);
}

TEST(ParseYaml, ends_on_a_flow_mark_that_stands_alone) {
  for (const char* bad : {", a\n", ",", "]", "}", "a: 1\n,", "---\n,\n", "- ]", "a: b\n]\n"}) {
    EXPECT_THROW(parse_yaml(bad, "t"), Error) << bad;
  }
}

TEST(ParseYaml, refuses_control_characters_and_what_is_not_utf_8) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text = std::string("a: 1\nb: x") + static_cast<char>(c) + "y\n";
    if (c == '\t' || c == '\n' || c == '\r') continue;
    const Error error = error_of([&] { parse_yaml(text, "t"); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << c;
    EXPECT_EQ(error.place(), "t:2") << c;
  }
  for (const std::string& bad :
       {std::string("\xFE\xFF\0a", 4), std::string("\xFF\xFE"), std::string("a\0b\0", 4),
        std::string("\xED\xA0\x80"), std::string("a: \xC3")}) {
    EXPECT_EQ(error_of([&] { parse_yaml(bad, "t"); }).code(), ErrorCode::kCorrupt);
  }
  EXPECT_EQ(parse_yaml("\"a\\u0007\\x00b\"", "t"), Json(std::string("a\a\0b", 4)));
}

TEST(DumpYaml, is_readable_and_quotes_what_would_be_misread) {
  const Json value = parse_json(
      R"({"name":"lucie-tiny","no":"no","list":[1,"3e6","a b"],"empty":{},
          "phases":[{"name":"main","betas":[0.9,0.95]},[[1]],"x"]})",
      "t");
  EXPECT_EQ(dump_yaml(value),
            "name: lucie-tiny\n"
            "\"no\": \"no\"\n"
            "list: [1, \"3e6\", \"a b\"]\n"
            "empty: {}\n"
            "phases:\n"
            "  - name: main\n"
            "    betas: [0.9, 0.95]\n"
            "  -\n"
            "    - [1]\n"
            "  - x\n");
  EXPECT_EQ(parse_yaml(dump_yaml(value), "t"), value);
}

TEST(DumpYaml, a_key_that_is_longer_than_yaml_takes_for_one_parses_again) {
  Json inner = Json::object();
  inner[std::string(1500, 'b')] = 1;
  inner["c"] = 2;
  Json value = Json::object();
  value[std::string(1500, 'a')] = inner;
  value["list"] = Json::array();
  value["list"].push_back(inner);
  EXPECT_EQ(parse_yaml(dump_yaml(value), "t"), value);
}

}  // namespace
}  // namespace lucie
