#include "base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/rng.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// A random value: every kind, hostile strings, doubles of any bit pattern.
Json random_value(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 7 : 5)) {
    case 0:
      return Json();
    case 1:
      return Json(rng.below(2) == 0);
    case 2:
      return Json(static_cast<std::int64_t>(rng.below(~std::uint64_t{0})));
    case 3: {
      const std::uint64_t bits = rng.below(~std::uint64_t{0});
      const auto value = std::bit_cast<double>(bits);
      return Json(std::isfinite(value) ? value : 0.5);
    }
    case 4: {
      static const char* kPieces[] = {
          "a", "\"", "\\", "\n", "\x01", "\x7F", "\xC3\xA9", ": ",
          "#", "'",  "-",  "~",  "1",    "no",   "{",        "\xF0\x9F\x98\x80"};
      std::string text;
      for (std::uint64_t i = rng.below(5); i > 0; --i)
        text += kPieces[rng.below(std::size(kPieces))];
      return Json(text);
    }
    case 5: {
      Json list = Json::array();
      for (std::uint64_t i = rng.below(4); i > 0; --i) list.push_back(random_value(rng, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (std::uint64_t i = rng.below(4); i > 0; --i) {
        object[random_value(rng, 0).dump()] = random_value(rng, depth - 1);
      }
      return object;
    }
  }
}

TEST(Json, random_values_survive_json_and_yaml) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Rng rng(11, "json", i);
    const Json value = random_value(rng, 4);
    for (const int indent : {-1, 2}) {
      const std::string text = value.dump(indent);
      ASSERT_EQ(parse_json(text, "t"), value) << text;
    }
    const std::string yaml = dump_yaml(value);
    ASSERT_EQ(parse_yaml(yaml, "t"), value) << yaml;
  }
}

TEST(Json, is_written_in_insertion_order) {
  Json value;
  value["z"] = 1;
  value["a"].push_back(Json(2.5));
  value["a"].push_back(Json::object());
  value["m"] = Json::array();
  EXPECT_EQ(value.dump(), R"({"z":1,"a":[2.5,{}],"m":[]})");
  EXPECT_EQ(value.dump(2), "{\n  \"z\": 1,\n  \"a\": [\n    2.5,\n    {}\n  ],\n  \"m\": []\n}");
  value.erase("a");
  EXPECT_EQ(value.dump(), R"({"z":1,"m":[]})");
  EXPECT_EQ(parse_json(R"({"b":1,"a":2})", "t").members()[0].first, "b");
}

TEST(Json, doubles_stay_doubles_in_their_shortest_form) {
  EXPECT_EQ(Json(3.0).dump(), "3.0");
  EXPECT_EQ(Json(0.1).dump(), "0.1");
  EXPECT_EQ(Json(1e300).dump(), "1e+300");
  EXPECT_EQ(Json(-0.0).dump(), "-0.0");
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).dump(), "null");
}

TEST(Json, text_written_is_valid_whatever_bytes_it_held) {
  EXPECT_EQ(Json("a\xFF"
                 "b")
                .dump(),
            "\"a\xEF\xBF\xBD"
            "b\"");
  // As other decoders: one for what may have begun a character, however long.
  EXPECT_EQ(Json("\xE2\x80<\xF0\x9F\x98\xC3\xE0\x80").dump(),
            "\"\xEF\xBF\xBD<\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(Json(std::string("\0\x1F\"\\\n", 5)).dump(), R"("\u0000\u001f\"\\\n")");
}

TEST(Json, numbers_know_their_kind_and_range) {
  EXPECT_TRUE(parse_json("9223372036854775807", "t").is_int());
  EXPECT_FALSE(parse_json("9223372036854775808", "t").is_int());
  EXPECT_EQ(parse_json("3e6", "t").as_int(), 3'000'000);
  EXPECT_EQ(parse_json("7", "t").as_double(), 7.0);
  EXPECT_FALSE(Json(~std::uint64_t{0}).is_int());
  for (const double bad : {1.5, 1e19, -1e19, std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)Json(bad).as_int(); }).code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Json(-0x1p63).as_int(), std::numeric_limits<std::int64_t>::min());
}

TEST(Json, defaults_stand_in_for_absent_and_null_only) {
  const Json value = parse_json(R"({"n":null,"i":4,"d":0.5,"s":"x","b":true})", "t");
  EXPECT_EQ(value.get("n", 7), 7);
  EXPECT_EQ(value.get("none", "y"), "y");
  EXPECT_EQ(value.get("i", 7), 4);
  EXPECT_EQ(value.get("i", 1.0), 4.0);
  EXPECT_EQ(value.get("d", 1.0), 0.5);
  EXPECT_EQ(value.get("s", "y"), "x");
  EXPECT_EQ(value.get("b", false), true);
  EXPECT_EQ(error_of([&] { (void)value.get("s", 1); }).place(), "t: s");
}

TEST(Json, a_wrong_access_names_the_place_and_both_kinds) {
  const Json value = parse_json(R"({"rope":{"factor":"x","list":[1]}})", "config.json");
  const Error kind = error_of([&] { (void)value.at("rope").at("factor").as_double(); });
  EXPECT_STREQ(kind.what(), "expected a number, found a string: config.json: rope.factor");
  const Error absent = error_of([&] { (void)value.at("rope").at("theta"); });
  EXPECT_STREQ(absent.what(), "there is no 'theta': config.json: rope");
  const Error index = error_of([&] { (void)value.at("rope").at("list").at(std::size_t{1}); });
  EXPECT_STREQ(index.what(), "there is no element 1 in a list of 1: config.json: rope.list");
  EXPECT_EQ(error_of([&] { (void)Json(1).at("a"); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { (void)Json("a").items(); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([] { Json(1)["a"] = 1; }).code(), ErrorCode::kInvalidArgument);
}

TEST(ParseJson, malformed_text_is_corrupt_at_its_line) {
  for (const std::string bad :
       {"", "\n\n", "{", "[1,]", "{\"a\":1,}", "nul", "1 2", "'a'", "{\"a\" 1}", "\"\xFF\"",
        "[1e999]", "\"\\ud800\"", "NaN", "// c\n1", "\"\n\""}) {
    EXPECT_EQ(error_of([&] { parse_json(bad, "f"); }).code(), ErrorCode::kCorrupt) << bad;
  }
  EXPECT_EQ(error_of([] { parse_json("{\n\"a\": 1,\n\"b\": x\n}", "f.json"); }).place(),
            "f.json:3");
}

TEST(ParseJson, every_truncation_of_a_document_is_an_error) {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":[true,false,null]}})";
  EXPECT_EQ(parse_json(text, "t").dump(),
            "{\"a\":[1,-2500.0,\"x\xC3\xA9\\n\"],"
            "\"b\":{\"c\":[true,false,null]}}");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(parse_json(text.substr(0, size), "t"), Error) << size;
  }
}

TEST(ParseJson, nesting_is_limited) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(200), "t").is_array());
  EXPECT_EQ(error_of([&] { parse_json(nested(201), "t"); }).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of([&] { parse_json(std::string(1'000'000, '['), "t"); }).code(),
            ErrorCode::kCorrupt);
}

TEST(ParseJson, a_key_that_stands_twice_is_corrupt) {
  const Error error = error_of([] { parse_json(R"({"x":{"a":1,"b":2,"a":3}})", "f"); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_STREQ(error.what(), "key 'a' stands twice in a JSON object: f: x");
}

TEST(WriteJson, reads_back_and_ends_with_a_newline) {
  const Folder folder;
  const Json value = parse_json(R"({"a":[1,{"b":2.5}]})", "t");
  write_json(folder / "f.json", value);
  EXPECT_EQ(read_json(folder / "f.json"), value);
  EXPECT_EQ(read_file(folder / "f.json").back(), '\n');
  EXPECT_EQ(error_of([&] { read_json(folder / "none"); }).code(), ErrorCode::kNotFound);
}

TEST(RefuseUnknownKeys, names_the_key_its_place_and_the_nearest_one) {
  const Json recipe = parse_yaml("share: 1\nshre: 2\n", "recipe.yaml");
  const Error near = error_of([&] { refuse_unknown_keys(recipe, {"share", "by"}, "holdout"); });
  EXPECT_EQ(near.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(near.message(), "unknown key 'holdout.shre'");
  EXPECT_EQ(near.place(), "recipe.yaml:2");
  EXPECT_EQ(near.hint(), "did you mean 'share'?");
  const Error far = error_of([&] { refuse_unknown_keys(recipe, {"x", "y"}); });
  EXPECT_EQ(far.message(), "unknown key 'share'");
  EXPECT_EQ(far.hint(), "known keys: x, y");
  EXPECT_NO_THROW(refuse_unknown_keys(recipe, {"shre", "share"}));
}

}  // namespace
}  // namespace lucie
