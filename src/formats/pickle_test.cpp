#include "formats/pickle.h"

#include <gtest/gtest.h>

#include "formats/format_test_files.h"

namespace lucie {
namespace {

using std::string_view_literals::operator""sv;
using testing_formats::error_of;

Pickle read(std::string_view bytes) {
  return Pickle(std::as_bytes(std::span(bytes.data(), bytes.size())), 0, "x.pkl");
}

// A pickle of protocol 2, without its first and last operation.
Error error_in(std::string_view operations) {
  const std::string bytes = "\x80\x02" + std::string(operations) + ".";
  return error_of([&] { read(bytes); });
}

TEST(Pickle, a_list_may_hold_itself) {
  const Pickle pickle = read("\x80\x02]q\001h\001a.");
  EXPECT_EQ(pickle.root().kind, PickleKind::kList);
  EXPECT_EQ(&pickle.item(pickle.root(), 0), &pickle.root());
}

TEST(Pickle, says_where_it_ended) {
  EXPECT_EQ(read("\x80\x02K\x05.trailing").end(), 5U);
  EXPECT_EQ(read("\x80\x02K\x05.").root().integer, 5);
}

TEST(Pickle, a_call_keeps_its_arguments_and_state) {
  const Pickle pickle = read(
      "\x80\x02"
      "cargparse\nNamespace\n)\x81}(X\1\0\0\0aK\7ub."sv);
  const PickleValue& call = pickle.root();
  ASSERT_EQ(call.kind, PickleKind::kCall);
  EXPECT_EQ(pickle.callee(call), "argparse.Namespace");
  EXPECT_EQ(pickle.argument(call, 0), nullptr);
  ASSERT_EQ(call.items.size(), 3U);
  EXPECT_EQ(pickle.item(pickle.item(call, 2), 1).integer, 7);
}

TEST(Pickle, hostile_operations_are_errors_with_their_offset) {
  const struct {
    const char* what;
    std::string_view operations;
    const char* message;
  } cases[] = {
      {"nothing", ""sv, "not there"},
      {"pop of nothing", "0"sv, "not there"},
      {"two values", "NN"sv, "several"},
      {"open mark", "N("sv, "mark"},
      {"mark that is not there", "t"sv, "mark"},
      {"tuple over a mark", "N(N\x86"sv, "not there"},
      {"append to a number", "K\1K\2a"sv, "another kind"},
      {"dictionary of three", "(NNNd"sv, "without a value"},
      {"items of three", "}(NNNu"sv, "without a value"},
      {"value that was not remembered", "h\1"sv, "remember"},
      {"text of 4 GB", "X\xff\xff\xff\xff"sv, "file ends"},
      {"text of 2^64-1 bytes", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"sv, "more than the file"},
      {"integer of 4 GB", "\x8b\xff\xff\xff\xff"sv, "file ends"},
      {"frame of 2^63 bytes", "\x95\0\0\0\0\0\0\0\x80"sv, "more than the file"},
      {"text that is no UTF-8", "X\1\0\0\0\xff"sv, "UTF-8"},
      {"global without an end", "ctorch"sv, "file ends"},
      {"global of numbers", "K\1K\2\x93"sv, "not text"},
      {"call of a number", "K\1)R"sv, "no global"},
      {"call with a list", "ctorch\nSize\n]R"sv, "no global"},
      {"state of a number", "K\1}b"sv, "state"},
      {"second state", "cargparse\nNamespace\n)\x81}b}b"sv, "state"},
      {"bytes of a number", "c_codecs\nencode\nK\1\x85R"sv, "text"},
      {"bytes of wide text", "c_codecs\nencode\nX\3\0\0\0\xe4\xb8\xad\x85R"sv, "Latin-1"},
  };
  for (const auto& hostile : cases) {
    SCOPED_TRACE(hostile.what);
    const Error error = error_in(hostile.operations);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
    EXPECT_NE(error.message().find(hostile.message), std::string::npos) << error.what();
    EXPECT_TRUE(error.place().starts_with("x.pkl:")) << error.what();
  }
}

TEST(Pickle, operations_and_protocols_that_are_not_read_are_named) {
  for (const std::string_view operations :
       {"P0\n"sv, "\x82\1"sv, "(ios\nsystem\n"sv, "I1\n"sv, "(o"sv, ")})\x92"sv, "\xff"sv}) {
    EXPECT_EQ(error_in(operations).code(), ErrorCode::kUnsupported);
  }
  EXPECT_EQ(error_of([] { read("\x80\x06N."); }).code(), ErrorCode::kUnsupported);
  EXPECT_NE(error_in("cposix\nsystem\n"sv).message().find("'posix.system'"), std::string::npos);
  EXPECT_EQ(error_in("X\0\0\0\0X\3\0\0\0exe\x93"sv).code(), ErrorCode::kUnsupported);
}

TEST(Pickle, copies_of_a_large_list_are_counted) {
  std::string bytes = "\x80\x02](" + std::string(100'000, 'N') + "eq\001ctorch\nSize\nq\002";
  for (int i = 0; i < 1000; ++i) bytes += "h\002h\001\x85R";
  const Error error = error_of([&] { read(bytes + "."); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.message().find("copies"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace lucie
