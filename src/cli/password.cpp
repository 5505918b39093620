#include "cli/password.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/error.h"

namespace lucie {
namespace {

// As long as it lives the terminal shows nothing and no key stops the program, which would leave it
// so.
class Unseen {
 public:
  Unseen() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
  }
  ~Unseen() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
};

constexpr char kInterrupt = 3;  // what Ctrl-C gives now

std::string typed(const std::string& prompt) {
  std::fprintf(stderr, "%s: ", prompt.c_str());
  std::string line;
  {
    const Unseen unseen;
    for (int c = std::getchar(); c != EOF && c != '\n' && c != kInterrupt; c = std::getchar()) {
      line.push_back(static_cast<char>(c));
    }
  }
  std::fputc('\n', stderr);
  return line;
}

}  // namespace

std::string ask_password(const std::string& prompt, const fs::path& file, const char* variable) {
  if (!file.empty()) {
    const std::string text = read_file(file);
    return text.substr(0, text.find_first_of("\r\n"));
  }
  if (const char* value = std::getenv(variable)) return value;
  if (::isatty(STDIN_FILENO) == 0) {
    fail(ErrorCode::kInvalidArgument, "no terminal to ask for the " + prompt, {},
         std::string("set ") + variable + ", or give a file with it");
  }
  return typed(prompt);
}

}  // namespace lucie
