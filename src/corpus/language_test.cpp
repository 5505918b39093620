#include "corpus/language.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

constexpr const char* kEnglish =
    "The program reads its configuration from a file in the home directory of the user and writes "
    "the result to standard output. If the file cannot be opened, an error message is printed.";
constexpr const char* kFrench =
    "Le programme lit sa configuration dans un fichier du r\xC3\xA9pertoire personnel de "
    "l'utilisateur et \xC3\xA9"
    "crit le r\xC3\xA9sultat sur la sortie standard. Si le fichier ne peut "
    "pas \xC3\xAAtre ouvert, un message d'erreur est affich\xC3\xA9.";
constexpr const char* kGerman =
    "Das Programm liest seine Konfiguration aus einer Datei im Heimatverzeichnis des Benutzers und "
    "schreibt das Ergebnis auf die Standardausgabe. Kann die Datei nicht gelesen werden, wird eine "
    "Fehlermeldung ausgegeben.";

TEST(CheckLanguage, text_in_the_declared_language_matches) {
  EXPECT_TRUE(check_language(kEnglish, "en").matches);
  EXPECT_TRUE(check_language(kFrench, "fr").matches);
  EXPECT_TRUE(check_language(kGerman, "de").matches);
  EXPECT_GE(check_language(kFrench, "fr").percent, 90);
}

TEST(CheckLanguage, text_in_another_language_says_which) {
  const LanguageCheck check = check_language(kEnglish, "fr");
  EXPECT_FALSE(check.matches);
  EXPECT_EQ(check.looks_like, "en");
  EXPECT_EQ(check_language(kGerman, "it").looks_like, "de");
}

TEST(CheckLanguage, too_little_text_is_given_the_benefit_of_the_doubt) {
  EXPECT_TRUE(check_language("Open file", "fr").matches);
  EXPECT_TRUE(check_language("", "fr").matches);
  EXPECT_TRUE(check_language("-x --y 0x12 3.14 {}[]", "de").matches);
}

}  // namespace
}  // namespace lucie
