/*
 * Clients that each ask at fixed moments, whatever became of what they asked before: an open loop. A
 * latency counts from the moment at which the request was due. Moments are spread over the period,
 * so that one request comes at a time. It runs before all else on its core (SCHED_FIFO), so that what
 * others do there is not taken for the server's doing. An idle core polls for work while it runs: a
 * virtual core that halts may wait for the real one for milliseconds, and one that runs another process
 * may be told of a wake-up as late as with its next tick, which made the 99th percentile of a server
 * whose requests pass between threads 1 ms instead of 0.1.
 * Usage: paced PORT CONNECTIONS PERIOD_MICROSECONDS SECONDS
 * Prints: one latency in nanoseconds a line, or exits with 1 and a reason.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

enum { EVENTS_MAX = 256 };

static const int64_t SECOND = 1000000000;

struct client {
  int fd;
  bool waits;    /* for a reply */
  int64_t due;   /* of the next request */
  int64_t asked; /* when the request without a reply was due */
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

/* While this process runs; Linux, Documentation/power/pm_qos_interface.rst. */
static void keep_awake(void) {
  int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  int32_t microseconds = 0;
  if (fd < 0 || write(fd, &microseconds, sizeof microseconds) != sizeof microseconds) {
    die("/dev/cpu_dma_latency");
  }
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: paced PORT CONNECTIONS PERIOD_MICROSECONDS SECONDS\n");
    return 2;
  }
  int port = atoi(arguments[1]);
  int connections = atoi(arguments[2]);
  int64_t period = atoll(arguments[3]) * 1000;
  int64_t length = atoll(arguments[4]) * SECOND;
  int64_t most = connections * (length / period + 1);

  char request[64];
  int size = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  struct client *all = calloc(connections, sizeof *all);
  int64_t *latencies = calloc(most, sizeof *latencies);
  int epfd = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    all[i].fd = dial(port);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, all[i].fd, &event) < 0) die("epoll_ctl");
  }
  keep_awake();
  struct sched_param first = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) < 0) die("sched_setscheduler");
  if (mlockall(MCL_CURRENT) < 0) die("mlockall");

  int64_t begin = now();
  int64_t end = begin + length;
  for (int i = 0; i < connections; i++) all[i].due = begin + i * period / connections;
  int64_t recorded = 0;
  int waiting = 0;
  for (;;) {
    int64_t time = now();
    int64_t next = INT64_MAX;
    for (int i = 0; i < connections; i++) {
      struct client *c = &all[i];
      if (!c->waits && c->due <= time && c->due < end) {
        if (send(c->fd, request, size, MSG_NOSIGNAL) != size) die("send");
        c->waits = true;
        c->asked = c->due;
        c->due += period;
        waiting++;
      }
      if (!c->waits && c->due < end && c->due < next) next = c->due;
    }
    if (next == INT64_MAX && waiting == 0) break;
    int64_t left = next == INT64_MAX ? 5 * SECOND : next - now();
    if (left < 0) left = 0;
    struct timespec timeout = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_pwait2(epfd, events, EVENTS_MAX, &timeout, NULL);
    if (ready < 0) die("epoll_pwait2");
    if (ready == 0 && next == INT64_MAX) {
      fprintf(stderr, "no reply for 5 seconds\n");
      return 1;
    }
    for (int i = 0; i < ready; i++) {
      struct client *c = events[i].data.ptr;
      char reply[4096];
      if (recv(c->fd, reply, sizeof reply, MSG_DONTWAIT) <= 0 || !c->waits) {
        fprintf(stderr, "an honest client was cut, or got what it did not ask for\n");
        return 1;
      }
      c->waits = false;
      waiting--;
      latencies[recorded++] = now() - c->asked;
    }
  }
  for (int64_t i = 0; i < recorded; i++) printf("%lld\n", (long long)latencies[i]);
  return 0;
}
