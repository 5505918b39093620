// Ctrl-C that saves: the handler only sets a flag; long loops look at it between units of work.
#pragma once

namespace lucie {

// First SIGINT/SIGTERM: sets the flag. Second: the default action (the process ends).
void install_interrupt_handler();
bool cancel_requested() noexcept;
void request_cancel() noexcept;
void clear_cancel() noexcept;  // the next signal counts as the first again
// Throws Error{kCancelled} when the flag is set.
void check_cancelled();

}  // namespace lucie
