#include "base/cancel.h"
#include "cli/command.h"

int main(int argc, char** argv) {
  lucie::install_interrupt_handler();
  return lucie::run_command_line(argc, argv);
}
