#ifndef CONVENE_CLINUX_SHIM_H
#define CONVENE_CLINUX_SHIM_H
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <linux/falloc.h>
#include <linux/stat.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// These stand behind _GNU_SOURCE, which changes the types of headers that other C modules include without it: Swift
// refuses two definitions of one type. So they are declared here, as their manual pages have them.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int pthread_setname_np(pthread_t, const char *);
extern int fallocate(int, int, off_t, off_t);
struct dl_phdr_info;
extern int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *);
struct convene_ucred { pid_t pid; uid_t uid; gid_t gid; };

static inline int convene_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// The uid of the process at the other end of a Unix socket, or -1 with errno set.
static inline long convene_peer_uid(int socket_fd) {
  struct convene_ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
  return (long)peer.uid;
}

// Allocates the blocks of a file's first `length` bytes, beyond its end too, and leaves its size as it is.
static inline int convene_allocate(int fd, off_t length) { return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, length); }

// Gives free pages of all arenas back to the system.
static inline void convene_trim_memory(void) { malloc_trim(0); }

// errno is a macro over a function call.
static inline int convene_errno(void) { return errno; }

// fcntl, open and prctl are variadic, which Swift can't call.
static inline int convene_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int convene_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int convene_forbid_dumping(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Whether something is mounted at a path itself: 1 or 0, or -1 where the kernel can't say (before 5.8, statx(2)). The structure
// is the kernel's own, since glibc declares it behind _GNU_SOURCE.
static inline int convene_is_mount_point(const char *path) {
  struct statx status;
  if (syscall(SYS_statx, AT_FDCWD, path, 0, 0, &status) != 0) return -1;
  if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0) return -1;
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// Puts something in the place of each of the descriptors 0, 1 and 2 that is closed: else the next file or socket that is
// opened would get its number, and what is meant for standard output or error would be written there. Through a descriptor
// that was opened with O_PATH (open(2)) every read and write fails with EBADF, as it did before; and it needs no /dev.
// Returns -1 with errno set where there is no descriptor to be had.
static inline int convene_open_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open("/", __O_PATH) != fd) return -1;
  }
  return 0;
}

// Whether anything could be written to a descriptor: it is open, and for more than reading.
static inline int convene_is_writable(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & __O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY;
}

// The first members of dl_phdr_info, as dl_iterate_phdr(3) has them.
struct convene_loaded_object { ElfW(Addr) address; const char *name; const ElfW(Phdr) *segments; ElfW(Half) count; };

// Unmaps what is mapped of one object's segments that nobody writes to: no page of theirs can hold anything but the file.
static inline int convene_unmap_code_of(struct dl_phdr_info *info, size_t size, void *unused) {
  const struct convene_loaded_object *object = (const struct convene_loaded_object *)info;
  const ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
  (void)size, (void)unused;
  for (int i = 0; i < object->count; i++) {
    const ElfW(Phdr) *segment = &object->segments[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
    const ElfW(Addr) start = (object->address + segment->p_vaddr) & ~(page - 1);
    madvise((void *)start, object->address + segment->p_vaddr + segment->p_filesz - start, MADV_DONTNEED);
  }
  return 0;
}

// Lets go of the pages of code and constants that were needed so far; what is needed again is mapped again, by itself.
static inline void convene_unmap_code(void) { dl_iterate_phdr(convene_unmap_code_of, 0); }

#endif
