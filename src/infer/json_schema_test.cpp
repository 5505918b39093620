#include "infer/json_schema.h"

#include <gtest/gtest.h>

#include "base/test_files.h"
#include "infer/grammar_machine.h"

namespace lucie {
namespace {

using testing_base::error_of;

bool meets(GrammarMachine& machine, const std::string& text) {
  GrammarMachine::State state = machine.start();
  for (const char byte : text) {
    state = machine.next(state, static_cast<std::uint8_t>(byte));
    if (state == GrammarMachine::kDead) return false;
  }
  return machine.complete(state);
}

void expect(const std::string& schema, const std::vector<std::string>& in,
            const std::vector<std::string>& out) {
  SCOPED_TRACE(schema);
  const std::string grammar = grammar_of_schema(parse_json(schema, "schema"));
  GrammarMachine machine(std::make_shared<const Grammar>(Grammar::parse(grammar)));
  for (const std::string& text : in) {
    EXPECT_TRUE(meets(machine, text)) << text;
    EXPECT_NO_THROW(parse_json(text, "text")) << text;
  }
  for (const std::string& text : out) EXPECT_FALSE(meets(machine, text)) << text;
}

TEST(JsonSchema, any_value_is_json) {
  expect("{}",
         {"null", "-12.5e+3", "\"a\\n\\u00e9\xC3\xA9\"", "[]", "[1, [true]]", "{}",
          "{\"a\": {\"b\": [\"c\"]}}"},
         {"", "nul", "01", "\"a", "[1,]", "{\"a\"}", "{a: 1}", "\"\n\""});
  expect("true", {"1"}, {"x"});
}

TEST(JsonSchema, types_alone_and_in_lists) {
  expect(R"({"type": "boolean"})", {"true", "false"}, {"null", "1"});
  expect(R"({"type": ["integer", "null"]})", {"1", "-7", "null"}, {"1.5", "\"1\""});
  expect(R"({"type": "number"})", {"0", "-1.25", "3e5"}, {"+1", ".5", "\"1\""});
  expect(R"({"enum": ["a", 1, null, {"x": [2]}]})", {"\"a\"", "1", "null", "{\"x\":[2]}"},
         {"\"b\"", "2"});
  expect(R"({"type": ["string", "integer"], "enum": ["a", 1, 1.5, null]})", {"\"a\"", "1"},
         {"1.5", "null"});
  expect(R"({"type": "number", "enum": [1, 2.5, "a"], "const": 2.5})", {"2.5"}, {"1", "\"a\""});
  expect(R"({"const": "say \"hi\"\n"})", {R"("say \"hi\"\n")"}, {"\"say\""});
}

TEST(JsonSchema, integers_keep_to_their_bounds) {
  for (const auto& [least, most] : std::vector<std::pair<int, int>>{{0, 150},
                                                                    {3, 7},
                                                                    {10, 99},
                                                                    {95, 1234},
                                                                    {-5, 5},
                                                                    {-120, -15},
                                                                    {7, 7},
                                                                    {-1, 0},
                                                                    {998, 10002}}) {
    const std::string schema = "{\"type\": \"integer\", \"minimum\": " + std::to_string(least) +
                               ", \"maximum\": " + std::to_string(most) + "}";
    const std::string grammar = grammar_of_schema(parse_json(schema, "schema"));
    GrammarMachine machine(std::make_shared<const Grammar>(Grammar::parse(grammar)));
    for (int i = -1300; i <= 11000; ++i) {
      ASSERT_EQ(meets(machine, std::to_string(i)), i >= least && i <= most) << schema << " " << i;
    }
    EXPECT_FALSE(meets(machine, "-0"));
    EXPECT_FALSE(meets(machine, "007"));
  }
  expect(R"({"type": "integer", "minimum": 0})", {"0", "12345678901234"}, {"-1"});
  expect(R"({"type": "integer", "exclusiveMinimum": 1.5, "exclusiveMaximum": 4})", {"2", "3"},
         {"1", "4"});
  expect(R"({"type": "number", "minimum": 0})", {"0", "2.5"}, {"-1"});
}

TEST(JsonSchema, strings_keep_to_lengths_patterns_and_formats) {
  expect(R"({"type": "string", "minLength": 2, "maxLength": 3})", {"\"ab\"", "\"a\\n\xC3\xA9\""},
         {"\"a\"", "\"abcd\"", "\"\""});
  expect(R"({"type": "string", "pattern": "^[A-Z]{2}-\\d+(x|y)?$"})", {"\"AB-1\"", "\"AB-12y\""},
         {"\"A-1\"", "\"AB-\"", "\"AB-1z\""});
  expect(R"({"pattern": "^[^\"a]\\\\.$"})", {R"("b\\c")", R"("\\\\\"")", "\"\xC3\xA9\\\\x\""},
         {R"("a\\c")", R"("\"\\c")", R"("b\c")"});
  expect(R"({"pattern": "^(?:ab*?)+\\.$"})", {"\"abbab.\""}, {"\"abx\""});
  expect(R"({"format": "date"})", {"\"2026-11-28\""}, {"\"2026-13-01\"", "\"26-1-1\""});
  expect(R"({"type": "string", "format": "date-time"})", {"\"2026-11-28T23:59:00Z\""}, {"\"T\""});
  expect(R"({"type": "string", "format": "a note"})", {"\"anything\""}, {"1"});
}

TEST(JsonSchema, objects_have_their_members_in_order) {
  const std::string schema =
      R"({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "null"},
          "c": {"type": "boolean"}}, "required": ["b"]})";
  expect(schema,
         {"{\"b\":null}", "{\"a\":1,\"b\":null}", "{\"b\":null,\"c\":true}",
          "{ \"a\": 1, \"b\": null, \"c\": false }"},
         {"{}", "{\"a\":1}", "{\"b\":null,\"a\":1}", "{\"b\":null,}", "{\"b\":null,\"d\":1}",
          "{\"b\":1}", "{,\"b\":null}"});
  expect(R"({"properties": {"a": {"const": 1}, "b": {"const": 2}}})",
         {"{}", "{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}"}, {"{\"a\":2}"});
  expect(R"({"type": "object"})", {"{}", "{\"x\":[1]}"}, {"[]"});
  expect(R"({"type": "object", "required": ["a"]})", {"{\"a\":1}"}, {"{}", "{\"b\":1}"});
}

TEST(JsonSchema, additional_members_have_other_names_and_their_own_schema) {
  expect(R"({"properties": {"ab": {"const": 1}, "a": {"const": 2}, "\"": {"const": 3}},
             "additionalProperties": {"type": "boolean"}})",
         {"{}", "{\"ab\":1,\"abc\":true}", "{\"x\":true,\"ax\":false,\"\":true}", "{\"a\":2}"},
         {"{\"ab\":true}", "{\"a\":true}", "{\"x\":1}", "{\"\\u0061\":true}",
          "{\"ab\":1,\"a\":true}"});
  expect(R"({"additionalProperties": {"type": "integer"}})", {"{}", "{\"k\":1,\"l\":2}"},
         {"{\"k\":true}"});
  expect(R"({"properties": {"a": true}, "additionalProperties": false})", {"{\"a\":[0]}"},
         {"{\"b\":1}"});
}

TEST(JsonSchema, arrays_keep_to_items_and_counts) {
  expect(R"({"items": {"type": "integer"}, "minItems": 1, "maxItems": 3})",
         {"[1]", "[1, 2]", "[ 1,2,3 ]"}, {"[]", "[1,2,3,4]", "[true]", "[1,]"});
  expect(R"({"type": "array", "maxItems": 0})", {"[]"}, {"[1]"});
  expect(R"({"prefixItems": [{"const": 1}, {"const": 2}]})", {"[1,2]"}, {"[1]", "[1,2,3]"});
  expect(R"({"prefixItems": [{"const": 1}], "items": {"type": "boolean"}, "maxItems": 2})",
         {"[1]", "[1,true]"}, {"[true]", "[1,true,true]"});
  expect(R"({"type": "array", "minItems": 2})", {"[1,\"a\"]"}, {"[1]"});
}

TEST(JsonSchema, schemas_are_combined) {
  expect(R"({"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"a": true}}]})",
         {"1", "{\"a\":1}"}, {"true"});
  expect(R"({"type": "object", "oneOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]},
             {"properties": {"b": {"const": 2}}, "required": ["b"]}]})",
         {"{\"a\":1}", "{\"b\":2}"}, {"{}", "{\"a\":1,\"b\":2}"});
  expect(R"({"allOf": [{"$ref": "#/$defs/named"}, {"properties": {"age": {"const": 3}},
             "required": ["age"]}], "$defs": {"named": {"type": "object",
             "properties": {"name": {"type": "string"}}, "required": ["name"]}}})",
         {"{\"name\":\"a\",\"age\":3}"}, {"{\"name\":\"a\"}", "{\"age\":3}"});
  expect(R"({"allOf": [{"required": ["a"]}, {"required": ["b", "a"]}]})", {"{\"a\":1,\"b\":2}"},
         {"{\"a\":1}", "{\"a\":1,\"b\":2,\"a\":1}", "{\"a\":1,\"a\":1,\"b\":2}"});
}

TEST(JsonSchema, references_may_come_back_to_themselves) {
  expect(R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {
             "v": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/node"},
             {"type": "null"}]}}, "required": ["v"]}}})",
         {"{\"v\":1}", "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"}, {"{\"next\":null}"});
  expect(R"({"items": {"$ref": "#"}, "type": "array"})", {"[]", "[[],[[]]]"}, {"[1]"});
}

TEST(JsonSchema, what_cannot_be_kept_is_refused_with_its_place) {
  const auto error = [](const std::string& schema) {
    return error_of([&] { grammar_of_schema(parse_json(schema, "schema")); });
  };
  const Error no = error(R"({"properties": {"a": {"not": {"type": "string"}}}})");
  EXPECT_EQ(no.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(no.place(), "schema#/properties/a/not");
  for (const char* schema :
       {R"({"multipleOf": 3})", R"({"type": "number", "maximum": 3})", R"({"pattern": "abc"})",
        R"({"pattern": "^a(?=b)$"})", R"({"pattern": "^\\bx$"})", R"({"pattern": "^a{2,{3}$"})",
        R"({"pattern": "^x$", "minLength": 2})", R"({"minLength": 100000})",
        R"({"$ref": "http://example.org/x"})", R"({"uniqueItems": true, "type": "array"})",
        R"({"type": "integer", "minimum": 10000000000000000000})",
        R"({"type": "integer", "exclusiveMaximum": -1e17})", R"({"enum": [1, 2], "minimum": 2})",
        R"({"allOf": [{"type": "string"}, {"type": "integer"}]})"}) {
    EXPECT_EQ(error(schema).code(), ErrorCode::kUnsupported) << schema;
  }
  for (const char* schema : {"3", R"({"type": "text"})", R"({"type": "text", "const": 1})",
                             R"({"enum": []})", R"({"$ref": "#/x"})", R"({"properties": []})",
                             R"({"anyOf": {}})", R"({"minItems": "1"})"}) {
    EXPECT_EQ(error(schema).code(), ErrorCode::kInvalidArgument) << schema;
  }
}

// Each of `levels` schemas holds the next one twice; the last is `last`.
std::string doubling_schema(int levels, const std::string& last) {
  std::string doubling =
      R"({"$ref": "#/$defs/a0", "$defs": {"a)" + std::to_string(levels) + "\": " + last;
  for (int i = 0; i < levels; ++i) {
    const std::string next =
        "{\"$ref\": \"#/$defs/a" + std::to_string(i + 1) + "\", \"type\": \"array\"}";
    doubling += ", \"a" + std::to_string(i) + "\": {\"prefixItems\": [" + next + ", " + next + "]}";
  }
  return doubling + "}}";
}

TEST(JsonSchema, few_references_that_make_many_schemas_much_text_or_have_no_end_are_refused) {
  const std::string long_text = "{\"enum\": [[\"" + std::string(4000, 'x') + "\"]]}";
  EXPECT_NO_THROW(grammar_of_schema(parse_json(doubling_schema(5, long_text), "schema")));
  for (const std::string& schema : {doubling_schema(40, "true"), doubling_schema(12, long_text),
                                    std::string(R"({"$ref": "#/$defs/a", "type": "array",
                                          "$defs": {"a": {"$ref": "#/$defs/a"}}})")}) {
    const Error error = error_of([&] { grammar_of_schema(parse_json(schema, "schema")); });
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
  }
}

TEST(JsonSchema, that_no_text_meets_makes_a_grammar_that_says_so) {
  for (const char* schema : {"false", R"({"type": "integer", "minimum": 3, "maximum": 2})",
                             R"({"minItems": 3, "maxItems": 2, "type": "array"})",
                             R"({"type": "string", "enum": [1, 2]})"}) {
    const std::string grammar = grammar_of_schema(parse_json(schema, "schema"));
    const Error error = error_of([&] { Grammar::parse(grammar); });
    EXPECT_NE(std::string(error.what()).find("no text can meet"), std::string::npos) << schema;
  }
}

}  // namespace
}  // namespace lucie
