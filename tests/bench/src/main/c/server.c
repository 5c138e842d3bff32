/*
 * The reference that Quintet is measured against: what a careful C programmer writes for one thread
 * over epoll. Level-triggered, one recv and one send a batch, strict HTTP/1.1 request heads, the
 * same reply bytes as Quintet's demonstration. Usage: server echo|http
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, BUFFER_BYTES = 64 << 10, HEAD_BYTES_MAX = 16 << 10, CONNECTIONS_MAX = 20000 };

/* What a connection could not send yet, and the part of a request that has arrived. */
struct connection {
  int fd;
  char *held;
  size_t held_length;
  char *unsent;
  size_t unsent_length;
};

static char in[BUFFER_BYTES];
static char out[BUFFER_BYTES * 8];
static size_t out_length;
static bool token[256];
static char date[64];
static size_t date_length;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void fill_tokens(void) {
  for (const char *c = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"; *c; c++) {
    token[(unsigned char)*c] = true;
  }
}

static void refresh_date(void) {
  static time_t last;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != last) {
    struct tm parts;
    last = now.tv_sec;
    gmtime_r(&last, &parts);
    date_length = strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n\r\n", &parts);
  }
}

static void put(const char *bytes, size_t length) {
  memcpy(out + out_length, bytes, length);
  out_length += length;
}

/* Checks one head; gives whether it is a request to be answered and kept alive. */
static bool check_head(const char *at, const char *end) {
  const char *start = at;
  while (token[(unsigned char)*at]) at++;
  if (at == start || *at != ' ') return false;
  start = ++at;
  while ((unsigned char)*at > ' ' && (unsigned char)*at < 0x7f) at++;
  if (at == start || *start != '/' || memcmp(at, " HTTP/1.1\r\n", 11) != 0) return false;
  at += 11;
  int hosts = 0;
  bool close = false;
  while (at < end - 2) {
    start = at;
    while (token[(unsigned char)*at]) at++;
    size_t name = at - start;
    if (name == 0 || *at != ':') return false;
    const char *value = ++at;
    while ((unsigned char)*at >= ' ' ? *at != 0x7f : *at == '\t') at++;
    if (at[0] != '\r' || at[1] != '\n') return false;
    if (name == 4 && strncasecmp(start, "host", 4) == 0) hosts++;
    if (name == 10 && strncasecmp(start, "connection", 10) == 0) {
      close |= memmem(value, at - value, "close", 5) != NULL;
    }
    /* The measured requests have no body: one with a body is refused. */
    if (name == 14 && strncasecmp(start, "content-length", 14) == 0) return false;
    if (name == 17 && strncasecmp(start, "transfer-encoding", 17) == 0) return false;
    at += 2;
  }
  return hosts == 1 && !close;
}

/* Answers every whole request; gives how many bytes they were, or -1 to close. */
static ssize_t answer_http(const char *from, size_t length) {
  static const char head[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n";
  const char *at = from;
  size_t left = length;
  while (left > 0) {
    const char *blank = memmem(at, left, "\r\n\r\n", 4);
    if (blank == NULL) return left > HEAD_BYTES_MAX ? -1 : at - from;
    const char *end = blank + 4;
    if (!check_head(at, end)) return -1;
    put(head, sizeof head - 1);
    put(date, date_length);
    put("Hello, World!", 13);
    left -= end - at;
    at = end;
  }
  return at - from;
}

static ssize_t answer_echo(const char *from, size_t length) {
  put(from, length);
  return length;
}

static void end(struct connection *c) {
  close(c->fd);
  free(c->held);
  free(c->unsent);
  free(c);
}

static void watch(int epfd, struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epfd, operation, c->fd, &event) < 0) die("epoll_ctl");
}

/* Sends what is in out; what the socket does not take is kept, and nothing is read meanwhile. */
static bool flush(int epfd, struct connection *c) {
  ssize_t sent = send(c->fd, out, out_length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  size_t done = sent < 0 ? 0 : sent;
  if (done < out_length) {
    c->unsent_length = out_length - done;
    c->unsent = malloc(c->unsent_length);
    memcpy(c->unsent, out + done, c->unsent_length);
    watch(epfd, c, EPOLL_CTL_MOD, EPOLLOUT);
  }
  out_length = 0;
  return true;
}

static void writable(int epfd, struct connection *c) {
  ssize_t sent = send(c->fd, c->unsent, c->unsent_length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    end(c);
    return;
  }
  if (sent > 0) {
    c->unsent_length -= sent;
    memmove(c->unsent, c->unsent + sent, c->unsent_length);
  }
  if (c->unsent_length == 0) {
    free(c->unsent);
    c->unsent = NULL;
    watch(epfd, c, EPOLL_CTL_MOD, EPOLLIN);
  }
}

static void readable(int epfd, struct connection *c, ssize_t (*answer)(const char *, size_t)) {
  size_t held = c->held_length;
  if (held > 0) {
    memcpy(in, c->held, held);
    free(c->held);
    c->held = NULL;
    c->held_length = 0;
  }
  ssize_t got = recv(c->fd, in + held, sizeof in - held, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) got = 0;
  else if (got <= 0) {
    end(c);
    return;
  }
  size_t length = held + got;
  ssize_t used = answer(in, length);
  if (used < 0 || (out_length > 0 && !flush(epfd, c))) {
    out_length = 0;
    end(c);
    return;
  }
  if ((size_t)used < length) {
    c->held_length = length - used;
    c->held = malloc(c->held_length);
    memcpy(c->held, in + used, c->held_length);
  }
}

static void accept_all(int epfd, int listener) {
  static const int on = 1;
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = calloc(1, sizeof *c);
    c->fd = fd;
    watch(epfd, c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

int main(int count, char **arguments) {
  bool http = count > 1 && strcmp(arguments[1], "http") == 0;
  static const int on = 1;
  fill_tokens();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("listening on port %d\n", ntohs(address.sin_port));
  fflush(stdout);

  int epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event add = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &add);
  static struct epoll_event events[EVENTS_MAX];
  while (true) {
    int ready = epoll_wait(epfd, events, EVENTS_MAX, -1);
    if (ready < 0 && errno != EINTR) die("epoll_wait");
    if (http) refresh_date();
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) accept_all(epfd, listener);
      else if (events[i].events & EPOLLOUT) writable(epfd, c);
      else readable(epfd, c, http ? answer_http : answer_echo);
    }
  }
}
