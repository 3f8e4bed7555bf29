#ifndef CONVENE_CLINUX_SHIM_H
#define CONVENE_CLINUX_SHIM_H
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// These stand behind _GNU_SOURCE, which changes the types of headers that other C modules include without it: Swift
// refuses two definitions of one type. So they are declared here, as their manual pages have them.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int pthread_setname_np(pthread_t, const char *);
extern int fallocate(int, int, off_t, off_t);
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

// errno is a macro over a function call.
static inline int convene_errno(void) { return errno; }

// fcntl, open and prctl are variadic, which Swift can't call.
static inline int convene_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int convene_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int convene_forbid_dumping(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#endif
