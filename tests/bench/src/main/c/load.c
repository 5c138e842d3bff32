/*
 * A closed-loop load for the side-by-side runs: every connection keeps a number of requests in
 * flight and sends that many again when all of them are answered. Replies are counted by their
 * length, which the first one tells. With "close" each connection has one HTTP request that is to be
 * its last, and another takes its place when the server has ended it. The load polls and never sleeps: on loopback a server is charged
 * for waking its client, which one across a network is not, and the slower of the two would pay for
 * both.
 * Usage: load PORT echo|http|close CONNECTIONS DEPTH SECONDS
 * Prints: requests seconds
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

enum { EVENTS_MAX = 512, ECHO_BYTES = 64, BATCH_BYTES_MAX = 64 << 10 };

struct connection {
  int fd;
  size_t awaited; /* bytes of the batch that are still to come */
};

static char batch[BATCH_BYTES_MAX];
static char in[256 << 10];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) die("send");
    bytes += sent;
    length -= sent;
  }
}

/* The length of one reply, from one request on a connection of its own. */
static size_t measure_reply(int port, const char *request, size_t length) {
  int fd = dial(port);
  send_all(fd, request, length);
  usleep(200000); /* the whole reply has arrived by then, or the counts below would not come out */
  ssize_t got = recv(fd, in, sizeof in, 0);
  if (got <= 0) die("first reply");
  close(fd);
  return got;
}

/* Connects and sends what is asked for there. */
static void begin_anew(struct connection *c, int epfd, int port, size_t length, size_t awaited) {
  c->fd = dial(port);
  c->awaited = awaited;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &event) < 0) die("epoll_ctl");
  send_all(c->fd, batch, length);
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: load PORT echo|http|close CONNECTIONS DEPTH SECONDS\n");
    return 2;
  }
  int port = atoi(arguments[1]);
  bool closes = strcmp(arguments[2], "close") == 0;
  bool http = closes || strcmp(arguments[2], "http") == 0;
  int connections = atoi(arguments[3]);
  int depth = atoi(arguments[4]);
  double seconds = atof(arguments[5]);

  char request[256];
  size_t length = ECHO_BYTES;
  memset(request, 'x', ECHO_BYTES);
  if (http) {
    length = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n",
                      port, closes ? "Connection: close\r\n" : "");
  }
  for (int i = 0; i < depth; i++) memcpy(batch + i * length, request, length);
  size_t batch_length = depth * length;
  size_t reply_length = depth * measure_reply(port, request, length);

  int epfd = epoll_create1(0);
  struct connection *all = calloc(connections, sizeof *all);
  uint64_t batches = 0;
  double begin = now();
  for (int i = 0; i < connections; i++) begin_anew(&all[i], epfd, port, batch_length, reply_length);
  static struct epoll_event events[EVENTS_MAX];
  int busy = connections;
  bool over = false;
  double replied = begin;
  while (busy > 0) {
    int ready = epoll_wait(epfd, events, EVENTS_MAX, 0);
    double time = now();
    if (ready > 0) {
      replied = time;
    } else if (time - replied > 5) {
      fprintf(stderr, "no reply for 5 seconds\n");
      return 1;
    }
    over = over || time - begin >= seconds;
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      ssize_t got = recv(c->fd, in, sizeof in, MSG_DONTWAIT);
      bool ends = closes && got == 0 && c->awaited == 0;
      if (!ends && (got <= 0 || (size_t)got > c->awaited)) {
        fprintf(stderr, "connection ended or answered too much: %zd of %zu\n", got, c->awaited);
        return 1;
      }
      c->awaited -= got;
      if (closes ? ends : c->awaited == 0) {
        batches++;
        if (closes) close(c->fd);
        if (over) {
          busy--;
        } else if (closes) {
          begin_anew(c, epfd, port, batch_length, reply_length);
        } else {
          c->awaited = reply_length;
          send_all(c->fd, batch, batch_length);
        }
      }
    }
  }
  printf("%llu %.6f\n", (unsigned long long)(batches * depth), now() - begin);
  return 0;
}
