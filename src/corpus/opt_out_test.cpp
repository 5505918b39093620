#include "corpus/opt_out.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

TEST(OptOutList, a_host_covers_itself_and_the_hosts_below) {
  const OptOutList list = OptOutList::parse("# refuse\nExample.org\r\n", "list");
  for (const char* url : {"http://example.org", "https://EXAMPLE.org/a", "https://www.example.org/",
                          "https://a.b.example.org:8080/x?y#z", "ftp://me@example.org./",
                          "https://example.org?q=1"}) {
    EXPECT_TRUE(list.covers(url)) << url;
  }
  for (const char* url :
       {"https://example.orgy/", "https://an-example.org/", "https://example.com/", "https://org/",
        "https://other.net/example.org", "file:example.org/a", "deb:example.org", "", "https://",
        "https:///example.org"}) {
    EXPECT_FALSE(list.covers(url)) << url;
  }
}

TEST(OptOutList, an_address_covers_what_begins_with_it) {
  const OptOutList list =
      OptOutList::parse("https://example.org/private\nexample.org/b?id=1 # one page\n", "list");
  EXPECT_TRUE(list.covers("http://example.org/private/a"));
  EXPECT_TRUE(list.covers("http://example.org/b?id=1"));
  EXPECT_FALSE(list.covers("http://example.org/Private/a"));
  EXPECT_FALSE(list.covers("http://example.org/b?id=2"));
  EXPECT_FALSE(list.covers("http://www.example.org/private/a"));
  EXPECT_FALSE(list.covers("http://example.org/"));
}

// Entries that begin with one another, and neighbours in the order of keys ("-" < "." < "/").
TEST(OptOutList, covered_entries_do_not_hide_those_that_cover) {
  const OptOutList list = OptOutList::parse(
      "example.org\nexample.org/a\nexample.org/a/b\nwww.example.org/c\nexample-x.org/q\n"
      "x.net/a\nx.net/a-b/\nx.net/ab\n",
      "list");
  EXPECT_EQ(list.size(), 4U);
  EXPECT_TRUE(list.covers("http://example.org/zzz"));
  EXPECT_TRUE(list.covers("http://www.example.org/d"));
  EXPECT_TRUE(list.covers("http://x.net/a/zz"));
  EXPECT_TRUE(list.covers("http://x.net/azz"));
  EXPECT_FALSE(list.covers("http://example-x.org/a"));
  EXPECT_TRUE(list.covers("http://example-x.org/q/"));
}

TEST(OptOutList, lines_that_are_no_entries_are_refused_with_their_number) {
  for (const char* text : {"a.org\nUser-agent: *", "a.org\n*.example.org", "a.org\n/path"}) {
    try {
      OptOutList::parse(text, "robots.txt");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      EXPECT_EQ(error.place(), "robots.txt:2");
    }
  }
}

TEST(OptOutSettings, names_the_list_that_covers) {
  const fs::path folder = testing::TempDir();
  write_file_atomic(folder / "robots-hosts.txt", "a.org\n");
  write_file_atomic(folder / "tdm.txt", "b.org\na.org/x\n");
  const OptOutSettings settings = OptOutSettings::from_json(
      parse_yaml("- " + (folder / "robots-hosts.txt").string() +
                     "\n- {path: " + (folder / "tdm.txt").string() + ", reason: mining reserved}\n",
                 "recipe"));
  EXPECT_EQ(settings.reason_for("https://a.org/x"), "robots-hosts.txt");
  EXPECT_EQ(settings.reason_for("https://b.org/x"), "mining reserved");
  EXPECT_EQ(settings.reason_for("https://c.org/x"), "");
  EXPECT_THROW(OptOutSettings::from_json(parse_yaml("- {paht: x}", "recipe")), Error);
}

}  // namespace
}  // namespace lucie
