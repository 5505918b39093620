#include "corpus/text_repair.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

TEST(RepairText, invalid_bytes_become_replacement_characters_and_are_counted) {
  const RepairedText repaired = repair_text("caf\xE9 cr\xC3\xA8me \xF0\x9F");
  EXPECT_EQ(repaired.text, "caf\xEF\xBF\xBD cr\xC3\xA8me \xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(repaired.invalid, 3u);
}

TEST(RepairText, replacement_character_in_the_source_is_not_counted_as_invalid) {
  EXPECT_EQ(repair_text("a\xEF\xBF\xBD").invalid, 0u);
}

TEST(RepairText, control_characters_go_and_line_ends_become_newlines) {
  const RepairedText repaired = repair_text(
      "\xEF\xBB\xBF"
      "one\x07\r\ntwo\rthree \t\nso\xC2\xAD"
      "ft\x7F");
  EXPECT_EQ(repaired.text, "one\ntwo\nthree\nsoft");
  EXPECT_EQ(repaired.controls, 4u);
}

TEST(RepairText, decomposed_letters_stay_as_they_are) {
  EXPECT_EQ(repair_text("e\xCC\x81").text, "e\xCC\x81");
}

TEST(RepairText, white_space_at_both_ends_goes) {
  EXPECT_EQ(repair_text("\n\n a b \n").text, "a b");
}

TEST(RepairText, characters_and_words_are_counted_after_repair) {
  EXPECT_EQ(repair_text("\xC3\xA9t\xC3\xA9\x01").characters, 3u);
  EXPECT_EQ(count_words(" one two\n\tthree"), 3u);
  EXPECT_EQ(count_words(""), 0u);
}

}  // namespace
}  // namespace lucie
