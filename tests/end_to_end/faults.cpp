// Preloaded into the binary under test: counts the calls that change what is on disk, and ends the
// process before a chosen one, as a power cut would; or lets the disk be full after so many bytes.
//
//   LUCIE_FAULT_KILL_AT=N       SIGKILL before the N-th change
//   LUCIE_FAULT_DISK_BYTES=N    after N bytes written, write() fails with ENOSPC
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace {

long long number_from(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? -1 : std::atoll(text);
}

template <typename Function>
Function real(Function, const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

void before_a_change() {
  static const long long last = number_from("LUCIE_FAULT_KILL_AT");
  static std::atomic<long long> changes{0};
  if (last > 0 && ++changes == last) ::kill(::getpid(), SIGKILL);
}

bool disk_is_full(std::size_t bytes) {
  static const long long capacity = number_from("LUCIE_FAULT_DISK_BYTES");
  static std::atomic<long long> used{0};
  if (capacity < 0) return false;
  return used.fetch_add(static_cast<long long>(bytes)) + static_cast<long long>(bytes) > capacity;
}

bool is_output(int descriptor) {
  return descriptor <= STDERR_FILENO;
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
  before_a_change();
  return real(&rename, "rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  before_a_change();
  return real(&renameat2, "renameat2")(from_folder, from, to_folder, to, flags);
}

int fsync(int descriptor) {
  before_a_change();
  return real(&fsync, "fsync")(descriptor);
}

int mkdir(const char* path, mode_t mode) noexcept {
  before_a_change();
  return real(&mkdir, "mkdir")(path, mode);
}

int unlink(const char* path) noexcept {
  before_a_change();
  return real(&unlink, "unlink")(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  before_a_change();
  return real(&unlinkat, "unlinkat")(folder, path, flags);
}

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
  if (!is_output(descriptor) && disk_is_full(count)) {
    errno = ENOSPC;
    return -1;
  }
  return real(&write, "write")(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void* bytes, std::size_t count, off_t offset) {
  if (!is_output(descriptor) && disk_is_full(count)) {
    errno = ENOSPC;
    return -1;
  }
  return real(&pwrite, "pwrite")(descriptor, bytes, count, offset);
}

}  // extern "C"
