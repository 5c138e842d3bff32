package io.quintet.cli;

import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.rlimit;
import io.quintet.kernel.World;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code quintet doctor}: what of this machine matters to a server, and what to change. */
@Command(
    name = "doctor",
    description = "Prints what matters on this machine, with what to change and why.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Runnable {
  private static final long DESCRIPTORS_ENOUGH = 65_536;
  private static final long BACKLOG_ENOUGH = 4_096;

  /** RFC 6335 section 6: as many as the dynamic ports. */
  private static final int CLIENT_PORTS_ENOUGH = 16_384;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    LinuxCalls linux = LinuxCalls.open();
    say("kernel", System.getProperty("os.version"), "");
    say(
        "JDK",
        Runtime.version() + ", " + System.getProperty("java.vendor"),
        Runtime.version().feature() >= 24
            ? ""
            : "a JDK 24 or newer starts faster: it has AOT caches");
    int cores = Runtime.getRuntime().availableProcessors();
    say(
        "cores",
        Integer.toString(cores),
        cores > 1 ? "" : "patterns with several loops need more than one core to gain anything");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = rlimit.allocate(arena);
      int result = linux.processes().getrlimit(Linux.RLIMIT_NOFILE(), limits.address());
      LinuxException.check(result, "getrlimit RLIMIT_NOFILE");
      descriptors(rlimit.rlim_cur(limits), rlimit.rlim_max(limits));
    }
    setting(
        "net/core/somaxconn",
        BACKLOG_ENOUGH,
        "sysctl -w net.core.somaxconn=4096: a shorter queue drops bursts of connections");
    setting(
        "net/ipv4/tcp_migrate_req",
        1,
        "sysctl -w net.ipv4.tcp_migrate_req=1: closing one of several SO_REUSEPORT listeners then"
            + " hands its queued connections to another instead of resetting them");
    setting(
        "net/ipv4/tcp_max_syn_backlog",
        1_024,
        "sysctl -w net.ipv4.tcp_max_syn_backlog=1024: bursts of half-open connections are dropped");
    ports();
    overflows();
    ring();
  }

  /** What the listeners here have come to since the network namespace began. */
  private void overflows() {
    Map<String, Long> counts = World.linux().networkCounts();
    long overflows = counts.getOrDefault("listenOverflows", 0L);
    say(
        "accept queues overflowed",
        overflows + " times",
        overflows == 0
            ? ""
            : "a larger backlog and net.core.somaxconn, or more loops that accept: a full accept"
                + " queue drops connections, whose clients try again after a second");
    long cookies = counts.getOrDefault("synCookies", 0L);
    say(
        "SYN cookies sent",
        cookies + " times",
        cookies == 0
            ? ""
            : "a larger net.ipv4.tcp_max_syn_backlog and backlog: connections opened by a cookie"
                + " lack options such as window scaling");
  }

  private void ring() {
    try {
      World.linux().loopKernel("io_uring");
      say("io_uring", "can be used: --kernel io_uring", "");
    } catch (IllegalArgumentException e) {
      say("io_uring", "cannot be used", String.valueOf(e.getMessage()));
    }
  }

  private void descriptors(long soft, long hard) {
    String advice =
        soft >= DESCRIPTORS_ENOUGH
            ? ""
            : "ulimit -n or LimitNOFILE= in systemd: each connection takes a descriptor, and at the"
                + " limit accepting pauses";
    say("open files", soft + " (at most " + hard + ")", advice);
  }

  private void setting(String name, long enough, String advice) {
    List<Long> values = values(name);
    boolean good = values.size() == 1 && values.getFirst() >= enough;
    say(name.replace('/', '.'), shown(values), good ? "" : advice);
  }

  private void ports() {
    List<Long> ends = values("net/ipv4/ip_local_port_range");
    boolean good = ends.size() == 2 && ends.getLast() - ends.getFirst() + 1 >= CLIENT_PORTS_ENOUGH;
    String advice =
        "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\": each connection to one address"
            + " needs a port of its own, also those of a load from here";
    say("client ports", shown(ends), good ? "" : advice);
  }

  private static String shown(List<Long> values) {
    return values.isEmpty()
        ? "not in this kernel"
        : values.stream().map(String::valueOf).collect(Collectors.joining(" to "));
  }

  /** Numbers of a setting; none where the kernel does not have it. */
  private static List<Long> values(String setting) {
    try {
      return Stream.of(ProcFile.text(Path.of("/proc/sys", setting)).strip().split("\\s+"))
          .map(Long::valueOf)
          .toList();
    } catch (IOException | NumberFormatException e) {
      return List.of();
    }
  }

  private void say(String what, String value, String advice) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%-4s %-28s %s%n", advice.isEmpty() ? "ok" : "note", what, value);
    if (!advice.isEmpty()) {
      out.printf("     %-28s -> %s%n", "", advice);
    }
  }
}
