#include "infer/grammar.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "infer/constraint.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_base::error_of;

// Whether the whole text meets the grammar.
bool meets(const std::string& grammar, const std::string& text) {
  GrammarMachine machine(std::make_shared<const Grammar>(Grammar::parse(grammar)));
  GrammarMachine::State state = machine.start();
  for (const char byte : text) {
    state = machine.next(state, static_cast<std::uint8_t>(byte));
    if (state == GrammarMachine::kDead) return false;
    if (machine.many()) state = machine.keep_only(state);
  }
  return machine.complete(state);
}

void expect_language(const std::string& grammar, const std::vector<std::string>& in,
                     const std::vector<std::string>& out) {
  SCOPED_TRACE(grammar);
  for (const std::string& text : in) EXPECT_TRUE(meets(grammar, text)) << text;
  for (const std::string& text : out) EXPECT_FALSE(meets(grammar, text)) << text;
}

TEST(Grammar, knows_the_forms_of_gbnf) {
  expect_language("root ::= \"yes\" | \"no\"", {"yes", "no"}, {"", "y", "yesno", "maybe"});
  expect_language("root ::= [a-c0-9]+", {"a", "c7b"}, {"", "d", "a-"});
  expect_language("root ::= [^a-c\\n]", {"d", "\xC3\xA9"}, {"a", "\n", "dd", "\xC3"});
  expect_language("root ::= \"a\"* \"b\"?", {"", "aaa", "b", "aab"}, {"ba", "abb"});
  expect_language("root ::= \"ab\"{2}", {"abab"}, {"ab", "ababab"});
  expect_language("root ::= [x]{1,3} [y]{2,} [z]{,1}", {"xyy", "xxxyyyyz"}, {"xy", "xxxxyy", "yy"});
  expect_language("root ::= ( \"a\" | \"b\" \"c\" )+ \".\"", {"a.", "bcabc."}, {"b.", "ac."});
  expect_language("root ::= .{2}", {"ab", "\xE2\x82\xAC\xF0\x9F\x98\x80"},
                  {"a", "abc", "\xE2\x82"});
  expect_language("root ::= item (\", \" item)*\nitem ::= [0-9] | \"[\" root \"]\"",
                  {"1", "1, [2, [3]], 4"}, {"1,2", "[1", "1, "});
  expect_language(
      "# first\nroot ::= # then\n  a |\n  b # c\n\na ::= \"x\"\nb ::= \"y\" (\n\"z\")\n",
      {"x", "yz"}, {"y", "xz"});
  expect_language("root ::= \"\\x41\\u00e9\\U0001F600\\t\\\"\\\\\" [\\]\\-]",
                  {"A\xC3\xA9\xF0\x9F\x98\x80\t\"\\]", "A\xC3\xA9\xF0\x9F\x98\x80\t\"\\-"}, {"A"});
}

TEST(Grammar, characters_are_those_between_their_ends_in_any_length_of_utf8) {
  const std::pair<char32_t, char32_t> ranges[] = {
      {0x41, 0x1F600},   {0x7F, 0x80},     {0x7FF, 0x800},   {0xE9, 0x3B1},
      {0xFFFF, 0x10000}, {0x20AC, 0x20AD}, {0x400, 0x10FFFF}};
  for (const auto& [first, last] : ranges) {
    std::string grammar = "root ::= [";
    append_utf8(grammar, first);
    grammar += "-";
    append_utf8(grammar, last);
    grammar += "]";
    const auto compiled = std::make_shared<const Grammar>(Grammar::parse(grammar));
    for (char32_t c = 0x20; c <= 0x10FFFF; c += c < 0x900 ? 1 : 997) {
      for (const char32_t near :
           {c, static_cast<char32_t>(first - 1), first, last, static_cast<char32_t>(last + 1)}) {
        if (near > 0x10FFFF || (near >= 0xD800 && near < 0xE000)) continue;
        std::string text;
        append_utf8(text, near);
        GrammarMachine machine(compiled);
        GrammarMachine::State state = machine.start();
        for (const char byte : text) {
          if (state >= 0) state = machine.next(state, static_cast<std::uint8_t>(byte));
        }
        ASSERT_EQ(state >= 0 && machine.complete(state), near >= first && near <= last)
            << grammar << " " << static_cast<std::uint32_t>(near);
      }
    }
  }
}

TEST(Grammar, says_where_it_is_wrong) {
  const auto place = [](const std::string& text) {
    const Error error = error_of([&] { Grammar::parse(text, "g"); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.place();
  };
  EXPECT_EQ(place("root ::= \"a"), "g:1:12");
  EXPECT_EQ(place("root ::= \"a\"\nroot ::= \"b\""), "g:2:1");
  EXPECT_EQ(place("root = \"a\""), "g:1:6");
  EXPECT_EQ(place("root ::= a\nb ::= \"b\""), "g:1:10");
  EXPECT_EQ(place("a ::= \"b\""), "g:1:1");
  EXPECT_EQ(place("root ::= (\"a\" | \"b\""), "g:1:20");
  EXPECT_EQ(place("root ::= [a"), "g:1:12");
  EXPECT_EQ(place("root ::= [z-a]"), "g:1:11");
  EXPECT_EQ(place("root ::= \"\\q\""), "g:1:12");
  EXPECT_EQ(place("root ::= \"a\"{3,2}"), "g:1:18");
  EXPECT_EQ(place("root ::= \"a\"{9999}"), "g:1:18");
  EXPECT_EQ(place("root ::= \"\xC3\xA9\" )"), "g:1:14");
  EXPECT_EQ(place("root ::= \"\xFF\""), "g:1:11");
  EXPECT_EQ(place("root ::= [\\x4g]"), "g:1:14");
  EXPECT_EQ(place(""), "g:1:1");
  EXPECT_EQ(place(std::string("root ::= ") + std::string(5000, '(')), "g:1:111");
  EXPECT_NO_THROW(Grammar::parse("root ::= (((\"a\"{2000}){2000}){2000}){2000}"));
  std::string many = "root ::= (\"a\"{2000})";
  for (int i = 0; i < 200; ++i) many += " | (\"a\"{2000})";
  EXPECT_EQ(place(many).substr(0, 4), "g:1:");  // too large
  std::string in_a_row = "root ::= \"a\"{2000}";
  for (int i = 0; i < 148; ++i) in_a_row += " \"a\"{2000}";
  EXPECT_NO_THROW(Grammar::parse(in_a_row));
  EXPECT_EQ(place(in_a_row + " \"a\"{2000}").substr(0, 4), "g:1:");
}

TEST(Grammar, that_no_text_meets_or_that_begins_with_itself_is_refused) {
  const auto message = [](const std::string& text) {
    return std::string(error_of([&] { Grammar::parse(text); }).what());
  };
  EXPECT_NE(message("root ::= \"a\" root").find("no text can meet"), std::string::npos);
  EXPECT_NE(message("root ::= []").find("no text can meet"), std::string::npos);
  EXPECT_NE(message("root ::= root \"a\" | \"b\"").find("left recursion"), std::string::npos);
  EXPECT_NE(message("root ::= a\na ::= \"x\"? b\nb ::= a").find("left recursion"),
            std::string::npos);
  expect_language("root ::= \"a\" | dead\ndead ::= \"b\" dead", {"a"}, {"b"});
}

TEST(Grammar, repetitions_do_not_make_stacks_grow) {
  const auto grammar =
      std::make_shared<const Grammar>(Grammar::parse("root ::= line*\nline ::= [^\\n]* \"\\n\""));
  GrammarMachine machine(grammar);
  GrammarMachine::State state = machine.start();
  std::set<GrammarMachine::State> seen;
  for (int i = 0; i < 10000; ++i) {
    state = machine.next(state, i % 50 == 49 ? '\n' : 'x');
    ASSERT_GE(state, 0);
    seen.insert(state);
  }
  EXPECT_LE(seen.size(), 4U);
}

TEST(Grammar, a_machine_that_forgot_its_other_states_goes_on_as_before) {
  const std::string grammar = "root ::= \"(\" root \")\" root | \"x\"?";
  const auto compiled = std::make_shared<const Grammar>(Grammar::parse(grammar));
  GrammarMachine a(compiled), b(compiled);
  GrammarMachine::State in_a = a.start(), in_b = b.start();
  for (const char c : std::string("((x)(x))((()))")) {
    in_a = a.next(in_a, static_cast<std::uint8_t>(c));
    in_b = b.keep_only(b.next(in_b, static_cast<std::uint8_t>(c)));
    EXPECT_EQ(a.complete(in_a), b.complete(in_b));
    for (const char next : std::string("()x")) {
      EXPECT_EQ(a.next(in_a, static_cast<std::uint8_t>(next)) >= 0,
                b.next(in_b, static_cast<std::uint8_t>(next)) >= 0);
    }
  }
}

class ConstraintTest : public ::testing::Test {
 protected:
  Constraint constraint(const std::vector<std::string>& tokens, const std::string& grammar) {
    return Constraint(std::make_shared<const Grammar>(Grammar::parse(grammar)),
                      std::make_shared<const VocabularyTrie>(tokens), {0});
  }
  static std::string allowed(Constraint& constraint) {
    std::string ids;
    const TokenMask& mask = constraint.allowed();
    for (std::size_t id = 0; id < mask.size(); ++id) {
      if (mask[id]) ids += (ids.empty() ? "" : " ") + std::to_string(id);
    }
    return ids;
  }
};

TEST_F(ConstraintTest, allows_the_tokens_that_go_on) {
  // 0 is the stop token, which has no bytes.
  const std::vector<std::string> tokens{"", "a", "ab", "abc", "b", "bc", "c", "a", "\xC3", "\xA9"};
  Constraint one = constraint(tokens, "root ::= \"ab\" \"c\"* | \"\xC3\xA9\"");
  EXPECT_EQ(allowed(one), "1 2 3 7 8");
  EXPECT_FALSE(one.complete());
  one.accept(1);
  EXPECT_EQ(allowed(one), "4 5");
  one.accept(5);
  EXPECT_EQ(allowed(one), "0 6");
  EXPECT_TRUE(one.complete());
  EXPECT_FALSE(one.at_end());
  Constraint other = constraint(tokens, "root ::= \"\xC3\xA9\"");
  EXPECT_EQ(allowed(other), "8");
  other.accept(8);
  EXPECT_EQ(allowed(other), "9");
  other.accept(9);
  EXPECT_TRUE(other.at_end());
  EXPECT_EQ(allowed(other), "0");
}

TEST_F(ConstraintTest, a_stop_token_that_has_bytes_ends_whole_texts_only) {
  Constraint one = constraint({"a", "a", "b"}, "root ::= \"ab\"");  // 0 is the stop token
  EXPECT_EQ(allowed(one), "1");
  one.accept(1);
  one.accept(2);
  EXPECT_EQ(allowed(one), "0");
  Constraint no_other = constraint({"a", "b"}, "root ::= \"ab\"");
  EXPECT_EQ(error_of([&] { no_other.allowed(); }).code(), ErrorCode::kInvalidArgument);
}

TEST_F(ConstraintTest, says_when_no_token_goes_on) {
  Constraint one = constraint({"", "a", "b"}, "root ::= \"ax\"");
  one.accept(1);
  EXPECT_EQ(error_of([&] { one.allowed(); }).code(), ErrorCode::kInvalidArgument);
}

TEST_F(ConstraintTest, agrees_with_the_machine_token_by_token) {
  std::vector<std::string> tokens{""};
  for (int i = 0; i < 400; ++i) {  // short words over four bytes, some of them twice
    std::string word;
    for (int n = i * 7919 + 1; n > 0; n /= 5) word += "ab(\n"[n % 4];
    tokens.push_back(word);
  }
  const std::string text = "root ::= ([ab]+ \"\\n\" | \"(\" root \"\\n\")* ";
  const auto grammar = std::make_shared<const Grammar>(Grammar::parse(text));
  Constraint one = constraint(tokens, text);
  std::string written;
  for (int step = 0; step < 30; ++step) {
    TokenId next = -1;
    const TokenMask mask = one.allowed();
    for (std::size_t id = 1; id < tokens.size(); ++id) {
      GrammarMachine machine(grammar);
      GrammarMachine::State state = machine.start();
      for (const char byte : written + tokens[id]) {
        if (state >= 0) state = machine.next(state, static_cast<std::uint8_t>(byte));
      }
      ASSERT_EQ(mask[id], state >= 0) << step << " " << tokens[id];
      if (mask[id] && (next < 0 || (id + static_cast<std::size_t>(step)) % 3 == 0)) {
        next = static_cast<TokenId>(id);
      }
    }
    ASSERT_GE(next, 0);
    one.accept(next);
    written += tokens[static_cast<std::size_t>(next)];
  }
}

}  // namespace
}  // namespace lucie
