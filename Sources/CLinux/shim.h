#ifndef CONVENE_CLINUX_SHIM_H
#define CONVENE_CLINUX_SHIM_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
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
#include <time.h>
#include <unistd.h>

// accept4 and struct ucred stand behind _GNU_SOURCE, which Swift's own Glibc module does not define.
static inline int convene_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// The uid of the process at the other end of a Unix socket, or -1 with errno set.
static inline long convene_peer_uid(int socket_fd) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
  return (long)peer.uid;
}

// fcntl and open are variadic, which Swift can't call.
static inline int convene_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int convene_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

#endif
