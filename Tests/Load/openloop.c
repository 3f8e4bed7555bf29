// An open-loop load: requests leave at fixed times, whatever became of the earlier ones, and a latency counts from the
// time at which its request was due. A stall of the server therefore shows in every request that it held up, which a
// closed loop hides. Debian has no such generator that gives every request a body of its own.
//
// openloop PORT RATE SECONDS CONNECTIONS REQUEST-FILE LOAD BODY-FILE
// Every reply must be 200 with exactly the bytes of BODY-FILE. Prints one JSON object; milliseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  int socket;
  long due;  // 0: free
  size_t length;
  char bytes[8192];
} Connection;

static char *request, *body;
static size_t request_length, body_length, id_at;
static int load;
static Connection *connections;
static int *idle, idle_count, epoll;
static double *latencies;
static long due_count, answered, wrong, broken;

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static _Noreturn void fail(const char *what) { perror(what); exit(1); }

static char *contents(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  char *bytes = calloc(1, 65536);
  *length = fread(bytes, 1, 65535, file);
  fclose(file);
  return bytes;
}

static void open_connection(int index, int port) {
  Connection *connection = &connections[index];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  connection->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) fail("connect");
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
  epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event);
  connection->due = 0;
  idle[idle_count++] = index;
}

static void send_request(int index, long number, long due) {
  char id[64];  // as request.py explains
  int width = snprintf(id, sizeof id, "%08x-%05d-%09ld", (unsigned)(number * 2654435), load, number);
  memcpy(request + id_at, id, width);
  connections[index].due = due;
  connections[index].length = 0;
  // A request is smaller than any socket's buffer.
  if (send(connections[index].socket, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) broken++;
}

/// Whether the reply is complete, and if so whether it is the right one.
static int judge(Connection *connection, int *right) {
  connection->bytes[connection->length] = 0;
  char *end = strstr(connection->bytes, "\r\n\r\n");
  if (!end) return 0;
  char *length = strcasestr(connection->bytes, "\r\ncontent-length:");
  size_t expected = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
  size_t got = connection->length - (end + 4 - connection->bytes);
  if (got < expected) return 0;
  *right = strncmp(connection->bytes, "HTTP/1.1 200", 12) == 0 && got == body_length &&
           memcmp(end + 4, body, body_length) == 0;
  return 1;
}

static void receive(int index, int port) {
  Connection *connection = &connections[index];
  ssize_t count = recv(connection->socket, connection->bytes + connection->length,
                       sizeof connection->bytes - 1 - connection->length, 0);
  if (count <= 0) {
    if (connection->due) broken++;
    else for (int i = 0; i < idle_count; i++) if (idle[i] == index) idle[i--] = idle[--idle_count];
    close(connection->socket);
    open_connection(index, port);
    return;
  }
  connection->length += count;
  int right = 0;
  if (!judge(connection, &right)) return;
  if (!right && wrong++ == 0) fprintf(stderr, "%.300s\n", connection->bytes);
  latencies[answered++] = (now() - connection->due) / 1e6;
  connection->due = 0;
  idle[idle_count++] = index;
}

static int ascending(const void *a, const void *b) {
  double difference = *(double *)a - *(double *)b;
  return (difference > 0) - (difference < 0);
}

static double percentile(double part) { return answered ? latencies[(long)(part * (answered - 1))] : 0; }

int main(int count, char **words) {
  if (count != 8) return 2;
  int port = atoi(words[1]), size = atoi(words[4]);
  double rate = atof(words[2]), seconds = atof(words[3]);
  request = contents(words[5], &request_length);
  load = atoi(words[6]);
  body = contents(words[7], &body_length);
  char *hash = strstr(request, "####");
  if (!hash) return 2;
  id_at = hash - request;
  long total = rate * seconds, interval = 1e9 / rate;
  connections = calloc(size, sizeof *connections), idle = calloc(size, sizeof *idle);
  latencies = calloc(total + 1, sizeof *latencies);
  epoll = epoll_create1(0);
  // Opened when there is need of it, and used at once: one that waits for its first request runs into a server's deadline.
  int opened = 0;
  long start = now() + 10000000, end = start + (seconds + 5) * 1e9, sent = 0, late = 0;
  int held = 0;  // the server holds every connection: that a request leaves late is its own doing
  struct epoll_event events[64];
  while (answered + broken < total && now() < end) {
    long time = now();
    for (; due_count < total && start + due_count * interval <= time && (idle_count > 0 || opened < size); due_count++) {
      long due = start + due_count * interval;
      if (idle_count == 0) open_connection(opened++, port);
      late += !held && time - due > 1000000;
      // The connection used last: few are in use, and their way is warm.
      send_request(idle[--idle_count], ++sent, due);
    }
    held = (idle_count == 0 && opened == size) || (held && start + due_count * interval <= time);
    long wait = start + due_count * interval - now();
    if (due_count == total || (idle_count == 0 && opened == size) || wait > 100000000) wait = 100000000;
    struct timespec timeout = {0, wait > 0 ? wait : 0};
    int ready = epoll_pwait2(epoll, events, 64, &timeout, NULL);
    for (int i = 0; i < ready; i++) receive(events[i].data.u32, port);
  }
  qsort(latencies, answered, sizeof *latencies, ascending);
  printf("{\"replies\": %ld, \"wrong\": %ld, \"failed\": %ld, \"late\": %ld, \"p50\": %.4f, \"p99\": %.4f, "
         "\"p99.9\": %.4f, \"max\": %.4f}\n", answered, wrong, total - answered, late,
         percentile(0.5), percentile(0.99), percentile(0.999), percentile(1));
  return 0;
}
