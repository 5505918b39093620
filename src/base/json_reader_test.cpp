#include "base/json_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

const std::vector<std::string> kTexts = {
    R"({"id":"1","text":"a\tb\u00e9\ud83d\ude00\\","n":[1,-2,2.5,1e3,true,false,null,{}]})",
    R"({"big":9223372036854775807,"bigger":18446744073709551615,"huge":18446744073709551616})",
    R"([-0,-0.0,1e-400,4.9e-324,-9223372036854775808,123456789012345678901234567890.5])",
    " \t{ } \r",
    "\"\"",
    "\xEF\xBB\xBF[1]",
    "{\"\\u0061\":1,\"b\\u0000c\":\"\\u0000\\/\"}",
    "null",
};

TEST(JsonReader, gives_what_parse_json_gives) {
  JsonReader reader;
  for (const std::string& text : kTexts) {
    EXPECT_EQ(reader.read(text, "f").dump(), parse_json(text, "f").dump()) << text;
  }
}

// Of all values that have one.
std::string places(const Json& value) {
  std::string result = value.place() + ";";
  if (value.is_array()) {
    for (const Json& item : value.items()) result += places(item);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.members()) result += places(member);
  }
  return result;
}

TEST(JsonReader, gives_the_places_of_a_whole_text) {
  const std::string text = R"({"a":{"b":{"c":{}},"d":[1,[2]]},"e":[{"f":0},[3,4]],"g":null})";
  for (const std::string& one : {text, "[" + text + "]", std::string("7")}) {
    const Json expected = parse_json(one, "f"), found = JsonReader().read_whole(one, "f");
    EXPECT_EQ(found.dump(), expected.dump());
    EXPECT_EQ(places(found), places(expected)) << one;
  }
  EXPECT_EQ(error_of([&] { JsonReader().read_whole("{", "f"); }).code(), ErrorCode::kCorrupt);
}

TEST(JsonReader, refuses_what_parse_json_refuses_with_its_words) {
  JsonReader reader;
  for (const std::string bad :
       {"", "{", "[1,]", "nul", "1 2", "'a'", "{\"a\" 1}", "\"\xFF\"", "[1e999]", "\"\\ud800\"",
        "\"\\udc00\"", "\"\n\"", "[01]", "[1.]", "{\"a\":1}x", "\"\xED\xA0\x80\"",
        R"({"x":{"a":1,"b":2,"a":3}})", R"({"a":1,"\u0061":1})", R"([{"k":1},{"k":1,"k":2}])"}) {
    const Error expected = error_of([&] { parse_json(bad, "f:7"); });
    const Error found = error_of([&] { reader.read(bad, "f:7"); });
    EXPECT_EQ(found.code(), ErrorCode::kCorrupt) << bad;
    EXPECT_STREQ(found.what(), expected.what()) << bad;
  }
  EXPECT_EQ(reader.read("[1]", "f").size(), 1u) << "after an error it reads on";
}

TEST(JsonReader, many_keys_may_not_stand_twice_either) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"" + std::to_string(i) + "\":0,";
  JsonReader reader;
  EXPECT_EQ(reader.read(text + "\"100\":0}", "f").size(), 101u);
  EXPECT_EQ(error_of([&] { reader.read(text + "\"50\":0}", "f"); }).code(), ErrorCode::kCorrupt);
}

TEST(JsonReader, leaves_out_members_that_are_not_asked_for_but_checks_them) {
  JsonReader reader;
  const std::vector<std::string> only = {"text", "meta"};
  EXPECT_EQ(reader.read(R"({"x":[1],"meta":{"x":2},"text":"t"})", "f", only).dump(),
            R"({"meta":{"x":2},"text":"t"})");
  EXPECT_EQ(reader.read("\xEF\xBB\xBF{\"x\":1,\"text\":2}", "f", only).dump(), R"({"text":2})");
  EXPECT_EQ(reader.read("[1]", "f", only).dump(), "[1]");
  for (const char* bad : {R"({"text":"t","x":{"a":1,"a":2}})", R"({"text":"t","x":nul})",
                          R"({"text":"t","x":1,"x":2})"}) {
    EXPECT_EQ(error_of([&] { reader.read(bad, "f", only); }).code(), ErrorCode::kCorrupt) << bad;
  }
}

TEST(JsonReader, nesting_is_limited_where_nothing_is_asked_for_too) {
  JsonReader reader;
  const auto nested = [](std::size_t depth) {
    return "{\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  const std::vector<std::string> only = {"text"};
  EXPECT_EQ(reader.read(nested(200), "f", only).size(), 0u);
  for (const std::size_t depth : {201U, 1500U, 1'000'000U}) {
    EXPECT_EQ(error_of([&] { reader.read(nested(depth), "f", only); }).code(), ErrorCode::kCorrupt);
  }
}

TEST(JsonReader, a_text_of_any_length_is_read) {
  JsonReader reader;
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 5000U, 20U << 20, 10U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(reader.read("{\"text\":\"" + text + "\"}", "f").at("text").as_string(), text);
  }
}

}  // namespace
}  // namespace lucie
