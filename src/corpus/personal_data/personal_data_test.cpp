#include "corpus/personal_data/personal_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace lucie {
namespace {

PersonalDataSettings all_kinds(std::uint64_t seed = 42) {
  PersonalDataSettings settings;
  settings.replace.fill(true);
  settings.seed = seed;
  return settings;
}

std::string replaced(const std::string& text, const std::string& language,
                     PersonalDataCounts* counts) {
  return replace_personal_data(text, language, all_kinds(), counts);
}

// Kind of the one thing replaced; "" for nothing, "several" for more than one.
std::string kind_in(const std::string& text, const std::string& language) {
  PersonalDataCounts counts{};
  const std::string after = replaced(text, language, &counts);
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total > 1) return "several";
  if (total == 0) {
    EXPECT_EQ(after, text);
    return "";
  }
  const auto kind = std::find(counts.begin(), counts.end(), 1U) - counts.begin();
  PersonalDataCounts again{};
  EXPECT_EQ(replaced(after, language, &again), after) << "a replacement was replaced";
  return std::string(kPersonalKinds[static_cast<std::size_t>(kind)]);
}

struct Case {
  const char *kind, *language, *text;
};

TEST(PersonalData, finds_each_kind_in_its_usual_forms) {
  const Case cases[] = {
      {"email", "fr",
       "\xC3\x89"
       "crire \xC3\xA0 jean.dupont@orange.fr, svp"},
      {"email", "en", "<J_Doe+list@mail.some-host.co.uk>"},
      {"email", "en", "0612345678@mms.fr"},
      {"phone", "fr", "au 06 12 34 56 78."},
      {"phone", "fr", "T\xC3\xA9l. : 01.44.55.66.77"},
      {"phone", "fr", "portable 0612345678"},
      {"phone", "fr",
       "06\xC2\xA0"
       "12\xC2\xA0"
       "34\xC2\xA0"
       "56\xC2\xA0"
       "78"},
      {"phone", "fr", "+33 6 12 34 56 78"},
      {"phone", "it", "+33 (0)6 12 34 56 78"},
      {"phone", "de", "0033 6 12 34 56 78"},
      {"phone", "en", "+33612345678"},
      {"phone", "en", "Call (212) 664-7665 now"},
      {"phone", "en", "212.664.7665"},
      {"phone", "en", "1-800-664-7665"},
      {"phone", "en", "020 7219 4272"},
      {"phone", "de", "030 227 32517"},
      {"phone", "de", "Tel.: 089/1234567"},
      {"phone", "de", "(0171) 123 4567"},
      {"phone", "es", "612 345 678"},
      {"phone", "es", "91 234 56 78"},
      {"phone", "it", "333 123 4567"},
      {"phone", "it", "06 12345678"},
      {"phone", "pl", "fax 22 123 45 67"},
      {"ip", "en", "from 81.56.34.12 at noon"},
      {"ip", "en", "81.56.34.12:8080."},
      {"ip", "en", "route 81.56.34.0/24"},
      {"ip", "en", "2a01:e0a:1b2:3c40::1"},
      {"ip", "en", "2001:41d0:0008:1234:0000:0000:0000:0001"},
      {"iban", "fr", "FR14 2004 1010 0505 0001 3M02 606"},
      {"iban", "de", "DE89370400440532013000"},
      {"iban", "en", "GB82 WEST 1234 5698 7654 32"},
      {"card", "en", "4111 1111 1111 1111"},
      {"card", "fr", "carte 5555555555554444"},
      {"card", "en", "3782-822463-10005"},
      {"national_id", "fr", "1 84 12 76 451 089 46"},
      {"national_id", "fr", "184127645108946"},
      {"national_id", "es", "12345678Z"},
      {"national_id", "fr", "DNI 12.345.678-Z"},
      {"national_id", "es", "X1234567L"},
      {"national_id", "en", "RSSMRA85T10A562S"},
      {"national_id", "de", "86 095 742 719"},
      {"national_id", "de", "Steuer-ID: 86095742719"},
      {"national_id", "en", "078-05-1120"},
      {"national_id", "en", "AB 12 34 56 C"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(kind_in(each.text, each.language), each.kind) << each.text;
  }
}

TEST(PersonalData, leaves_what_only_looks_like_it) {
  const Case cases[] = {
      {"", "en", "someone@example.com, root@localhost, a@b, @user, x@y.1"},
      {"", "en", "getty@tty1.service icon@2x.png git@github.com:a/b.git"},
      {"", "en", "version 12.34.56.78 and kernel 81.56.34.12"},
      {"", "en", "1.2.3.4, 8.8.8.8, 127.0.0.1, 10.1.2.3, 192.168.1.1, 172.16.5.4, 192.0.2.7"},
      {"", "en", "1.3.6.1.4.1 and 300.1.2.3 and 81.56.034.12 and 81.56.34.12.5"},
      {"", "en", "std::string, dead::beef, 12:34:56, 00:1a:2b:3c:4d:5e, 2001:db8::1, fe80::1"},
      {"", "en", "555-0134, 202-555-0134, +44 7700 900123, 07700 900123"},
      {"", "fr", "06 39 98 12 34 et +33 6 39 98 12 34"},
      {"", "fr", "le 01.02.2024 \xC3\xA0 12:30, 1 234 567 890 euros, 0612345678 octets"},
      {"", "fr", "01 02 03 04 05 06 07 08"},
      {"", "en", "ISBN 978-2-07-036822-8, ISBN 212-664-7665, RFC 2822, 2024-01-15 10:20:30"},
      {"", "en", "serial 212-664-7665 and #0212-664-7665 and A212-664-7665 and 212-664-7665B"},
      {"", "en", "0x0033612345678 and 00000033612345678 and 1+33612345678e5 and 1234567890"},
      {"", "fr", "les cellules 1 048 576 et +922337203685477,5807; appel 192106 363047"},
      {"", "de", "0644 0755, 0.123456789, 1.234.567.890"},
      {"", "en",
       "FR14 2004 1010 0505 0001 3M02 607, DE00370400440532013000, XX89370400440532013000"},
      {"", "en", "4111 1111 1111 1112, 4111111111111111, 1234 5678 9012 3452"},
      {"", "fr", "1 84 12 76 451 089 47, 184137645108946"},
      {"", "es", "12345678A, X1234567M"},
      {"", "en", "12345678Z"},
      {"", "it", "RSSMRA85T10A562T"},
      {"", "de", "86 095 742 718, 86095742719"},
      {"", "en", "000-12-3456, 900-12-3456, 078-05-11201, QQ 12 34 56 C, AB 12 34 56 E"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(kind_in(each.text, each.language), each.kind) << each.text;
}

TEST(PersonalData, a_replacement_is_of_the_same_kind_and_form) {
  PersonalDataCounts counts{};
  EXPECT_TRUE(replaced("a.b@web.de", "de", &counts).ends_with(".com") ||
              replaced("a.b@web.de", "de", &counts).find("@example.") != std::string::npos);
  EXPECT_EQ(replaced("Tel. 06 12 34 56 78!", "fr", &counts).substr(0, 14), "Tel. 06 39 98 ");
  EXPECT_EQ(replaced("+49 171 1234567", "en", &counts).substr(0, 13), "+49 30 23125 ");
  EXPECT_EQ(replaced("FR14 2004 1010 0505 0001 3M02 606", "fr", &counts).substr(0, 19),
            "FR00 0000 0000 0000");
  EXPECT_EQ(replaced("4111-1111-1111-1111", "en", &counts).substr(0, 12), "0000-0000-00");
  EXPECT_EQ(replaced("1 84 12 76 451 089 46", "fr", &counts).substr(0, 14), "0 00 00 00 000");
}

TEST(PersonalData, follows_from_what_is_replaced_and_the_seed) {
  PersonalDataCounts counts{};
  const std::string text = "From a.b@web.de to A.B@web.de and c.d@web.de.";
  const std::string once = replace_personal_data(text, "de", all_kinds(1), &counts);
  EXPECT_EQ(counts[0], 3U);
  EXPECT_EQ(replace_personal_data(text, "de", all_kinds(1), &counts), once);
  EXPECT_NE(replace_personal_data(text, "de", all_kinds(2), &counts), once);
  const std::string first = once.substr(5, once.find(" to ") - 5);
  EXPECT_EQ(once.substr(once.find(" to ") + 4, first.size()), first);
  EXPECT_FALSE(once.ends_with(first + "."));
}

TEST(PersonalData, only_the_kinds_asked_for) {
  const PersonalDataSettings settings =
      PersonalDataSettings::from_json(parse_yaml("replace: [email]", "recipe.yaml"), 42);
  PersonalDataCounts counts{};
  const std::string out = replace_personal_data("a@web.de 81.56.34.12", "de", settings, &counts);
  EXPECT_TRUE(out.ends_with(" 81.56.34.12"));
  EXPECT_EQ(counts[0], 1U);
  EXPECT_FALSE(settings.in_code);
}

TEST(PersonalData, typos_are_refused) {
  for (const char* yaml : {"replace: [emial]", "replace: [email]\ncod: true"}) {
    try {
      PersonalDataSettings::from_json(parse_yaml(yaml, "recipe.yaml"), 42);
      ADD_FAILURE() << yaml;
    } catch (const Error& error) {
      EXPECT_NE(error.hint().find(yaml[10] == 'm' ? "email" : "e"), std::string::npos);
    }
  }
}

// Text made to be looked at again and again. Twice the text may not take more than about twice the
// looks; counted here as success at all within the test's time for 1 MB of each.
TEST(PersonalData, long_runs_are_read_in_linear_time) {
  for (const char* unit : {"1", "1 ", "1.", "a.", "a@", "+1 ", "FR14 ", "(", "2001:", "06 12 ", "a",
                           "\xC2\xA0"
                           "1",
                           "aaaa", "@", "AA00", "tel 12 "}) {
    std::string text;
    while (text.size() < 1000000) text += unit;
    PersonalDataCounts counts{};
    EXPECT_FALSE(replaced(text, "fr", &counts).empty());
  }
}

}  // namespace
}  // namespace lucie
