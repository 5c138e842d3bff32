package io.quintet.cli;

import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Configurations of balancers that stand before backends with a port each: the balancer listens on
 * the port that is given, the backends on those that follow.
 *
 * @param host address of all
 * @param port of the balancer
 * @param backends how many
 * @param http whether HTTP is spoken, so that health can be asked for
 */
record Emit(String host, int port, int backends, boolean http) {
  /** What a configuration is for. */
  enum Format {
    /** HAProxy 2.2 or newer. */
    HAPROXY,
    /** nginx 1.18 or newer. */
    NGINX,
    /** Kubernetes: each backend is a pod. */
    KUBERNETES
  }

  String as(Format format) {
    return switch (format) {
      case HAPROXY -> haproxy();
      case NGINX -> nginx();
      case KUBERNETES -> kubernetes();
    };
  }

  private String command() {
    return "quintet serve --topology specs/examples/backend-ports.json --protocol "
        + (http ? "http" : "echo")
        + " --host "
        + host
        + " --port "
        + (port + 1)
        + " --backends "
        + backends;
  }

  private String each(IntFunction<String> line) {
    return IntStream.rangeClosed(1, backends).mapToObj(line).collect(Collectors.joining());
  }

  /**
   * A backend that drains refuses connections: the check takes it out, and a retry goes elsewhere.
   */
  private String haproxy() {
    return """
        # Before: %s
        defaults
          mode %s
          timeout connect 1s
          timeout client 75s
          timeout server 75s
          retries 3
          option redispatch 1
        frontend quintet
          bind %s:%d
          default_backend quintet
        backend quintet
          balance leastconn
        %s%s"""
        .formatted(
            command(),
            http ? "http" : "tcp",
            host,
            port,
            http ? "  option httpchk GET /health\n  http-reuse safe\n" : "",
            each(
                i ->
                    "  server quintet-%d %s:%d check inter 1s fall 2 rise 1\n"
                        .formatted(i - 1, host, port + i)));
  }

  /** nginx counts failures itself: a backend that refuses is passed over, and tried again later. */
  private String nginx() {
    String servers =
        each(i -> "    server %s:%d max_fails=1 fail_timeout=1s;\n".formatted(host, port + i));
    String text =
        http
            ? """
              # Before: %s
              events {
                worker_connections 4096;
              }
              http {
                access_log off;
                upstream quintet {
                  least_conn;
              %s    keepalive 64;
                }
                server {
                  listen %s:%d;
                  location / {
                    proxy_pass http://quintet;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header Host $host;
                    proxy_connect_timeout 1s;
                    proxy_next_upstream error timeout non_idempotent;
                  }
                }
              }
              """
            : """
              # Before: %s
              events {
                worker_connections 4096;
              }
              stream {
                upstream quintet {
                  least_conn;
              %s  }
                server {
                  listen %s:%d;
                  proxy_pass quintet;
                  proxy_connect_timeout 1s;
                  proxy_timeout 75s;
                }
              }
              """;
    return text.formatted(command(), servers, host, port);
  }

  /**
   * The endpoint goes before the pod does: it accepts for some seconds after it is told to stop.
   */
  private String kubernetes() {
    String probe = http ? "httpGet: { path: /health, port: serve }" : "tcpSocket: { port: serve }";
    return """
        # Each backend is a pod of the pattern single-thread; set image to one that has quintet.
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: quintet
        spec:
          replicas: %d
          selector:
            matchLabels: { app: quintet }
          template:
            metadata:
              labels: { app: quintet }
            spec:
              terminationGracePeriodSeconds: 30
              containers:
                - name: quintet
                  image: quintet
                  args: ["serve", "--pattern", "single-thread", "--protocol", "%s", "--host", "0.0.0.0", "--port", "%d"]
                  ports:
                    - { name: serve, containerPort: %d }
                  readinessProbe:
                    %s
                    periodSeconds: 1
                    failureThreshold: 2
                  livenessProbe:
                    %s
                    periodSeconds: 10
                  lifecycle:
                    preStop:
                      exec: { command: ["sleep", "5"] }
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: quintet
        spec:
          selector: { app: quintet }
          ports:
            - { port: %d, targetPort: serve }
        """
        .formatted(backends, http ? "http" : "echo", port, port, probe, probe, port);
  }
}
