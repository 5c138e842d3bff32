package io.quintet.testkit;

import io.quintet.ffi.Errno;
import io.quintet.ffi.Events;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.cmsghdr;
import io.quintet.ffi.linux.iovec;
import io.quintet.ffi.linux.msghdr;
import io.quintet.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one simulated thread. Results and errors are those of Linux, as far as the agreement
 * test shows; sockets never block. Any call may hand the turn to another thread first, and may fail
 * as its manual page declares.
 */
final class SimulatedKernel implements Kernel {
  private static final long CONTROL_HEAD_BYTES = cmsghdr.layout().byteSize();
  private static final int TYPE_MASK = 0xf;

  /** Seconds since 1970 at which time of day stands still, so that replies can be compared. */
  static final long EPOCH_SECONDS = 1_800_000_000L;

  private final SimulatedMachine machine;
  private final SimulatedProcess process;
  private final System.Logger logger = new StoryLogger();
  private long calls;

  /** That of the loop or worker whose kernel this is, if it is one's. */
  private @Nullable EpollInstance own;

  SimulatedKernel(SimulatedMachine machine, SimulatedProcess process) {
    this.machine = machine;
    this.process = process;
  }

  /** Begins a call. Gives 0, or the negated error number with which it is to fail. */
  private int enter(String call, int fd) {
    calls++;
    machine.enter(process);
    int errno = machine.faults().next(call);
    if (errno == 0) {
      return 0;
    }
    if (!Faults.isPassing(call, errno)) {
      machine.struck(process, process.at(fd), own);
    }
    return -errno;
  }

  private int leave(String call, int fd, int result) {
    if (machine.story().isTold()) {
      machine.story().transitions();
      machine
          .story()
          .tell(call + "(" + (fd < 0 ? "" : fd) + ") = " + (result < 0 ? error(result) : result));
    }
    return result;
  }

  private static String error(int result) {
    return Errno.of(-result).map(Errno::name).orElse("errno " + -result);
  }

  private <T> @Nullable T at(int fd, Class<T> kind) {
    Description description = process.at(fd);
    return kind.isInstance(description) ? kind.cast(description) : null;
  }

  private boolean isSocket(int fd) {
    return switch (process.at(fd)) {
      case Description.Fresh _, ListeningSocket _, StreamSocket _, PacketSocket _ -> true;
      case null, default -> false;
    };
  }

  private int bad(int fd) {
    return process.at(fd) == null ? -Linux.EBADF() : -Linux.ENOTSOCK();
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    int result = enter("socket", -1);
    if (result == 0) {
      result = process.install(new Description.Fresh(domain, type & TYPE_MASK));
    }
    return leave("socket", -1, result);
  }

  @Override
  public int bind(int fd, SocketAddress address) {
    int result = enter("bind", fd);
    return leave("bind", fd, result == 0 ? bound(fd, address) : result);
  }

  private int bound(int fd, SocketAddress address) {
    Description.Fresh fresh = at(fd, Description.Fresh.class);
    if (fresh == null) {
      return !isSocket(fd) ? bad(fd) : -Linux.EINVAL();
    }
    if (fresh.isBound()) {
      return -Linux.EINVAL();
    }
    if (address instanceof SocketAddress.UnixAbstract unix) {
      if (machine.unixNames().containsKey(unix.name())) {
        return -Linux.EADDRINUSE();
      }
      fresh.unixName = unix.name();
      return 0;
    }
    if (address instanceof SocketAddress.UnixPath unix) {
      fresh.unixName = unix.path();
      return machine.files().bind(unix.path());
    }
    int wanted = ((SocketAddress.Inet4) address).port();
    int port = wanted == 0 ? machine.freePort() : wanted;
    PortGroup group = machine.port(port);
    if (!group.admits(fresh.sharesPort)) {
      return -Linux.EADDRINUSE();
    }
    group.bound(fresh);
    fresh.port = port;
    return 0;
  }

  @Override
  public int listen(int fd, int backlog) {
    int result = enter("listen", fd);
    if (result == 0) {
      Description.Fresh fresh = at(fd, Description.Fresh.class);
      result =
          fresh == null
              ? process.at(fd) instanceof ListeningSocket ? 0 : bad(fd)
              : listening(fd, fresh, backlog);
    }
    return leave("listen", fd, result);
  }

  private int listening(int fd, Description.Fresh fresh, int backlog) {
    ListeningSocket.Names names;
    if (!fresh.unixName.isEmpty()) {
      String name = fresh.unixName;
      names =
          new ListeningSocket.Names() {
            @Override
            public void closed(ListeningSocket listener) {
              machine.unixNames().remove(name, listener);
            }

            @Override
            public @Nullable ListeningSocket migrationTarget() {
              return null;
            }
          };
    } else {
      if (fresh.port == 0) {
        fresh.port = machine.freePort();
        machine.port(fresh.port).bound(fresh);
      }
      names = machine.port(fresh.port);
    }
    ListeningSocket listener =
        new ListeningSocket(names, fresh.port, fresh.unixName, process.id, backlog);
    if (fresh.unixName.isEmpty()) {
      machine.port(fresh.port).listens(fresh, listener);
    } else {
      machine.unixNames().put(fresh.unixName, listener);
    }
    process.replace(fd, listener);
    return 0;
  }

  @Override
  public SocketAddress name(int fd) {
    Description description = process.at(fd);
    if (description instanceof ListeningSocket local && !local.unixName().isEmpty()) {
      return SimulatedFiles.isPath(local.unixName())
          ? new SocketAddress.UnixPath(local.unixName())
          : new SocketAddress.UnixAbstract(local.unixName());
    }
    int port =
        switch (description) {
          case ListeningSocket listener -> listener.port();
          case Description.Fresh fresh -> fresh.port;
          case null, default -> throw new IllegalArgumentException("fd " + fd + " is not bound");
        };
    return new SocketAddress.Inet4(0x7f000001, port);
  }

  @Override
  public Optional<SocketAddress> local(int fd) {
    return process.at(fd) instanceof StreamSocket
        ? Optional.of(new SocketAddress.Inet4(0x7f000001, 0))
        : Optional.empty();
  }

  /** All clients live at one address; those of a unix socket have names of their own. */
  @Override
  public Optional<SocketAddress> peer(int fd) {
    return process.at(fd) instanceof StreamSocket stream && stream.client() != null
        ? Optional.of(stream.client().address())
        : local(fd);
  }

  @Override
  public <T> int setOption(int fd, SocketOption<T> option, T value) {
    int result = enter("setsockopt", fd);
    return leave(
        "setsockopt " + option.name(), fd, result == 0 ? optionSet(fd, option, value) : result);
  }

  private int optionSet(int fd, SocketOption<?> option, Object value) {
    Description description = process.at(fd);
    if (!isSocket(fd)) {
      return bad(fd);
    }
    if (option == SocketOption.SO_REUSEPORT && description instanceof Description.Fresh fresh) {
      fresh.sharesPort = (Boolean) value;
    }
    if (description instanceof ListeningSocket listener) {
      PortGroup group = machine.port(listener.port());
      if (option == SocketOption.SO_REUSEPORT) {
        group.shares((Boolean) value);
      }
      if (option == SocketOption.SO_ATTACH_REUSEPORT_CBPF) {
        if (!group.isShared()) {
          return -Linux.EINVAL();
        }
        group.filter((SocketFilter) value);
      }
      if (option == SocketOption.SO_DETACH_REUSEPORT_BPF) {
        int missing = group.isFiltered() ? 0 : -Linux.ENOENT();
        group.filter(null);
        return missing;
      }
    }
    return 0;
  }

  @Override
  public int setNonBlocking(int fd) {
    return process.at(fd) == null ? -Linux.EBADF() : 0; // all are
  }

  @Override
  public int descriptorsMax() {
    return machine.settings().descriptorsMax();
  }

  @Override
  public int unlink(String path) {
    machine.enter(process);
    machine.unixNames().remove(path);
    return leave("unlink", -1, machine.files().unlink(path));
  }

  @Override
  public Optional<FileStatus> status(String path) {
    machine.enter(process);
    return machine.files().status(path);
  }

  @Override
  public Optional<FileStatus> statusOf(int fd) {
    return process.at(fd) == null ? Optional.empty() : Optional.of(SimulatedFiles.socket(0));
  }

  /** Of a socket that another process has passed to this one. */
  @Override
  @SuppressWarnings("unchecked")
  public <T> Optional<T> option(int fd, SocketOption<T> option) {
    if (!(process.at(fd) instanceof ListeningSocket listener)) {
      return Optional.empty();
    }
    Object value =
        option == SocketOption.SO_TYPE
            ? Linux.SOCK_STREAM()
            : option == SocketOption.SO_DOMAIN
                ? listener.unixName().isEmpty() ? Linux.AF_INET() : Linux.AF_UNIX()
                : option == SocketOption.SO_ACCEPTCONN ? true : null;
    return Optional.ofNullable((T) value);
  }

  @Override
  public int accept4(int fd, int flags) {
    int result = enter("accept4", fd);
    result = result == 0 ? accepted(fd) : result;
    if (-result == Linux.EMFILE() || -result == Linux.ENFILE()) {
      machine.lacksDescriptors();
    }
    return leave("accept4", fd, result);
  }

  private int accepted(int fd) {
    ListeningSocket listener = at(fd, ListeningSocket.class);
    if (listener == null) {
      return !isSocket(fd) ? bad(fd) : -Linux.EINVAL();
    }
    if (process.isFull()) {
      listener.fellShort();
      return -Linux.EMFILE();
    }
    Description connection = listener.accept();
    if (connection == null) {
      return -Linux.EAGAIN();
    }
    if (connection instanceof StreamSocket stream) {
      overtakes(listener);
      machine.accepted++;
      stream.countWhenClosed(machine);
      machine.isAccepted(stream);
    }
    if (connection instanceof PacketSocket packet) {
      packet.isOf(process.id);
    }
    return process.install(connection);
  }

  /**
   * Who waits where no descriptor was left has its turn: of the others that share the limit, each
   * may be about to accept and may have waited before. Where clients are shed nobody waits: a
   * listener that stands still between two steps may find any number of others gone by.
   */
  private void overtakes(ListeningSocket listener) {
    if (machine.sheds) {
      return;
    }
    List<Description> open = process.descriptions();
    long listeners = open.stream().filter(ListeningSocket.class::isInstance).distinct().count();
    for (Description each : open) {
      if (each != listener && each instanceof ListeningSocket other) {
        int times = other.overtaken();
        if (times > 2 * (listeners - 1) && machine.settings().strict()) {
          machine.violation(
              other.waiting()
                  + " clients wait for a descriptor at one listener while others have accepted "
                  + times,
              null);
        }
      }
    }
  }

  @Override
  public int connect(int fd, SocketAddress address) {
    int result = enter("connect", fd);
    return leave("connect", fd, result == 0 ? connected(fd, address) : result);
  }

  private int connected(int fd, SocketAddress address) {
    Description.Fresh fresh = at(fd, Description.Fresh.class);
    if (fresh == null) {
      Description description = process.at(fd);
      return description instanceof StreamSocket || description instanceof ListeningSocket
          ? -Linux.EISCONN()
          : bad(fd);
    }
    ListeningSocket listener = machine.listenerOf(address);
    if (listener == null) {
      boolean nothing =
          address instanceof SocketAddress.UnixPath unix && !machine.files().has(unix.path());
      return nothing ? -Linux.ENOENT() : -Linux.ECONNREFUSED();
    }
    if (listener.isFull()) {
      return -Linux.EAGAIN();
    }
    if (fresh.family == Linux.AF_UNIX()) {
      PacketSocket own = PacketSocket.connected(process.id, listener.process());
      listener.arrived(own.peer());
      process.replace(fd, own);
    } else {
      StreamSocket own = connect(listener);
      process.replace(fd, own);
    }
    return 0;
  }

  private StreamSocket connect(ListeningSocket listener) {
    int bytes = machine.settings().bufferBytes();
    StreamSocket own = StreamSocket.connected(bytes, bytes);
    listener.arrived(own.peer());
    return own;
  }

  @Override
  public long recv(int fd, long buffer, long length, int flags) {
    int result = enter("recv", fd);
    if (result == 0 && flags == Linux.MSG_PEEK()) {
      PacketSocket packet = at(fd, PacketSocket.class);
      result = packet == null ? notConnected(fd) : peeked(packet, buffer);
    } else if (result == 0) {
      StreamSocket stream = at(fd, StreamSocket.class);
      if (stream == null) {
        result = notConnected(fd);
      } else {
        if (stream.isCongested()) {
          machine.violation("more is read though the peer does not take its replies", null);
        }
        int most = (int) Math.min(length, Math.max(stream.available(), 1));
        byte[] bytes = new byte[cut(most)];
        result = stream.receive(bytes);
        if (result > 0) {
          Memory.copy(bytes, 0, buffer, result);
          machine.receivedBytes += result;
        }
      }
    }
    return leave("recv", fd, result);
  }

  private int notConnected(int fd) {
    Description description = process.at(fd);
    return !isSocket(fd) ? bad(fd) : -Linux.ENOTCONN();
  }

  /** A part of so many bytes: all of them, or any fewer. */
  private int cut(int most) {
    return most > 1
            && machine.settings().cutsOnce() > 0
            && machine.choices().once(machine.settings().cutsOnce())
        ? 1 + machine.choices().draw(most - 1)
        : most;
  }

  @Override
  public long send(int fd, long buffer, long length, int flags) {
    int result = enter("send", fd);
    if (result == 0) {
      StreamSocket stream = at(fd, StreamSocket.class);
      if (stream == null) {
        result =
            !isSocket(fd)
                ? bad(fd)
                : -Linux.EPIPE(); // tcp_sendmsg of a socket in TCP_CLOSE or TCP_LISTEN
      } else {
        byte[] bytes = new byte[(int) length];
        Memory.copy(buffer, bytes, 0, bytes.length);
        result = stream.send(bytes, cut(bytes.length));
        machine.sentBytes += Math.max(result, 0);
      }
    }
    if (at(fd, StreamSocket.class) instanceof StreamSocket stream) {
      Turns.Task task = machine.turns().current();
      boolean full = result == -Linux.EAGAIN() || result >= 0 && result < length;
      stream.writes(task.written, Math.max(result, 0), full, machine);
      task.written = 0;
    }
    return leave("send", fd, result);
  }

  @Override
  public int shutdown(int fd, int how) {
    int result = enter("shutdown", fd);
    if (result == 0) {
      StreamSocket stream = at(fd, StreamSocket.class);
      boolean listens = process.at(fd) instanceof ListeningSocket && how == Linux.SHUT_WR();
      result = stream != null ? stream.shutdown(how) : listens ? 0 : notConnected(fd);
    }
    return leave("shutdown", fd, result);
  }

  /** The descriptor is released, whatever else close(2) reports. */
  @Override
  public int close(int fd) {
    calls++;
    machine.enter(process);
    if (process.at(fd) instanceof StreamSocket stream) {
      machine.turns().current().written = 0;
      stream.closedBy(process);
    }
    int result = process.close(fd);
    if (result == -Linux.EBADF() && machine.settings().strict()) {
      machine.violation("close(" + fd + ") of a descriptor that is not open", null);
    }
    int errno = result == 0 ? machine.faults().next("close") : 0;
    return leave("close", fd, errno == 0 || errno == Linux.EBADF() ? result : -errno);
  }

  @Override
  public int peerProcess(int fd) {
    int result = enter("getsockopt", fd);
    if (result == 0) {
      PacketSocket packet = at(fd, PacketSocket.class);
      result = packet == null ? -Linux.ENOTSOCK() : packet.peer().process();
    }
    return leave("getsockopt SO_PEERCRED", fd, result);
  }

  @Override
  public long sendmsg(int fd, long message, int flags) {
    int result = enter("sendmsg", fd);
    if (result == 0) {
      PacketSocket packet = at(fd, PacketSocket.class);
      result = packet == null ? notConnected(fd) : sent(packet, header(message));
    }
    return leave("sendmsg", fd, result);
  }

  private int sent(PacketSocket packet, MemorySegment header) {
    MemorySegment vector = msghdr.msg_iov(header).reinterpret(iovec.layout().byteSize());
    byte[] body = new byte[(int) iovec.iov_len(vector)];
    Memory.copy(iovec.iov_base(vector).address(), body, 0, body.length);
    Description passed = null;
    if (msghdr.msg_controllen(header) > 0) {
      long control = msghdr.msg_control(header).address();
      passed = process.at(Memory.getInt(control + CONTROL_HEAD_BYTES));
      if (passed == null) {
        return -Linux.EBADF();
      }
    }
    return packet.send(new PacketSocket.Message(body, passed), machine.packetsMax);
  }

  private static MemorySegment header(long message) {
    return MemorySegment.ofAddress(message).reinterpret(msghdr.layout().byteSize());
  }

  private static int peeked(PacketSocket packet, long buffer) {
    int error = packet.takeError();
    if (error != 0) {
      return -error;
    }
    byte[] body = packet.peek();
    if (body.length == 0) {
      return packet.isEnded() ? 0 : -Linux.EAGAIN();
    }
    Memory.copy(body, 0, buffer, body.length);
    return body.length;
  }

  @Override
  public long recvmsg(int fd, long message, int flags) {
    int result = enter("recvmsg", fd);
    if (result == 0) {
      PacketSocket packet = at(fd, PacketSocket.class);
      result = packet == null ? notConnected(fd) : received(packet, header(message));
    }
    return leave("recvmsg", fd, result);
  }

  private int received(PacketSocket packet, MemorySegment header) {
    int error = packet.takeError();
    if (error != 0) {
      return -error;
    }
    PacketSocket.Message message = packet.receive();
    if (message == null) {
      return packet.isEnded() ? 0 : -Linux.EAGAIN();
    }
    MemorySegment vector = msghdr.msg_iov(header).reinterpret(iovec.layout().byteSize());
    byte[] body = message.body();
    Memory.copy(body, 0, iovec.iov_base(vector).address(), body.length);
    Description passed = message.passed();
    if (passed != null) {
      int fd = process.install(passed);
      passed.release();
      if (fd >= 0) {
        MemorySegment control = msghdr.msg_control(header).reinterpret(CONTROL_HEAD_BYTES + 8);
        cmsghdr.cmsg_len(control, CONTROL_HEAD_BYTES + Integer.BYTES);
        cmsghdr.cmsg_level(control, Linux.SOL_SOCKET());
        cmsghdr.cmsg_type(control, Linux.SCM_RIGHTS());
        Memory.putInt(control.address() + CONTROL_HEAD_BYTES, fd);
      }
    }
    return body.length;
  }

  @Override
  public int dup(int fd) {
    int result = enter("fcntl", fd);
    if (result == 0) {
      Description description = process.at(fd);
      result = description == null ? -Linux.EBADF() : process.install(description);
    }
    return leave("dup", fd, result);
  }

  @Override
  public int pin(int processor) {
    return 0;
  }

  @Override
  public int endWithParent() {
    return 0;
  }

  @Override
  public int epollCreate1(int flags) {
    int result = enter("epoll_create1", -1);
    if (result == 0) {
      own = new EpollInstance();
      result = process.install(own);
    }
    return leave("epoll_create1", -1, result);
  }

  @Override
  public int epollCtl(int epfd, int operation, int fd, long event) {
    int result = enter("epoll_ctl", fd);
    boolean memory = -result == Linux.ENOMEM() || -result == Linux.ENOSPC();
    if (result == 0 || memory && operation != Linux.EPOLL_CTL_ADD()) { // only that needs some
      result = controlled(epfd, operation, fd, event);
    }
    String name =
        operation == Linux.EPOLL_CTL_ADD()
            ? "epoll_ctl ADD"
            : operation == Linux.EPOLL_CTL_MOD() ? "epoll_ctl MOD" : "epoll_ctl DEL";
    return leave(name, fd, result);
  }

  private int controlled(int epfd, int operation, int fd, long event) {
    Description target = process.at(fd);
    if (process.at(epfd) == null || target == null) {
      return -Linux.EBADF();
    }
    EpollInstance epoll = at(epfd, EpollInstance.class);
    if (epoll == null || target == epoll) {
      return -Linux.EINVAL();
    }
    boolean adds = operation == Linux.EPOLL_CTL_ADD();
    int interest = Memory.getInt(event);
    boolean removes = operation == Linux.EPOLL_CTL_DEL();
    if (!removes && !adds && (interest & Linux.EPOLLEXCLUSIVE()) != 0) {
      return -Linux.EINVAL();
    }
    Watch watch = epoll.find(fd, target);
    if (adds && watch != null) {
      return -Linux.EEXIST();
    }
    if (!adds && watch == null) {
      return -Linux.ENOENT();
    }
    if (removes) {
      epoll.remove(watch);
      return 0;
    }
    long data = Memory.getLong(event + Events.DATA_OFFSET);
    if (adds) {
      epoll.add(new Watch(epoll, fd, target, interest, data));
      if (target instanceof StreamSocket stream) {
        stream.belongsTo(epoll, process);
      }
    } else if (watch.isExclusive()) {
      return -Linux.EINVAL();
    } else {
      watch.change(interest, data);
      epoll.recheck(watch);
    }
    return 0;
  }

  @Override
  public int epollWait(int epfd, long events, int eventsMax, int timeoutMillis) {
    if (timeoutMillis != 0 && process == machine.first()) {
      machine.sleeps.merge(machine.turns().current().name, 1L, Long::sum);
    }
    int result = enter("epoll_wait", epfd);
    return leave(
        "epoll_wait", epfd, result == 0 ? waited(epfd, events, eventsMax, timeoutMillis) : result);
  }

  private int waited(int epfd, long events, int eventsMax, int timeoutMillis) {
    if (process.at(epfd) == null) {
      return -Linux.EBADF();
    }
    EpollInstance epoll = at(epfd, EpollInstance.class);
    if (epoll == null || eventsMax <= 0) {
      return -Linux.EINVAL();
    }
    if (timeoutMillis != 0 && !epoll.hasEvents()) {
      long until = timeoutMillis < 0 ? Turns.NEVER : machine.nanos() + timeoutMillis * 1_000_000L;
      epoll.waits(true);
      machine.turns().waitFor(epoll::hasEvents, until);
      epoll.waits(false);
      if (process.dead) {
        throw new SimulatedProcess.Killed();
      }
    }
    int[] count = {0};
    return epoll.collect(
        eventsMax,
        (watch, bits) -> {
          long at = events + count[0]++ * Events.EVENT_BYTES;
          Memory.putInt(at, bits);
          Memory.putLong(at + Events.DATA_OFFSET, watch.data);
        });
  }

  @Override
  public int eventfd(int count, int flags) {
    int result = enter("eventfd", -1);
    if (result == 0) {
      result = process.install(new Description.Counter(count));
    }
    return leave("eventfd", -1, result);
  }

  @Override
  public long read(int fd, long buffer, long length) {
    int result = enter("read", fd);
    if (result == 0) {
      Description.Counter counter = at(fd, Description.Counter.class);
      if (counter == null) {
        result = process.at(fd) == null ? -Linux.EBADF() : -Linux.EINVAL();
      } else if (length < Long.BYTES) {
        result = -Linux.EINVAL();
      } else {
        long value = counter.take();
        Memory.putLong(buffer, value);
        result = value == 0 ? -Linux.EAGAIN() : Long.BYTES;
      }
    }
    return leave("read", fd, result);
  }

  /** Callers may hold locks, so the turn is not handed over here. */
  @Override
  public long signal(int fd) {
    if (process.dead) {
      return Long.BYTES; // nobody is left to be woken
    }
    Description.Counter counter = at(fd, Description.Counter.class);
    if (counter == null) {
      machine.violation("signal(" + fd + ") after the eventfd was closed", null);
      return -Linux.EBADF();
    }
    counter.add(1);
    return leave("signal", fd, Long.BYTES);
  }

  @Override
  public System.Logger logger() {
    return logger;
  }

  @Override
  public long calls() {
    return calls;
  }

  @Override
  public int cpuClock() {
    return 1;
  }

  /** Its threads take no time, and make no call to learn that. */
  @Override
  public long cpuNanos(int clock) {
    return 0;
  }

  @Override
  public long nanoTime() {
    return machine.nanos();
  }

  @Override
  public long epochSeconds() {
    return EPOCH_SECONDS;
  }

  /** What is logged is a part of the story; a bug that is logged ends the run. */
  private final class StoryLogger implements System.Logger {
    @Override
    public String getName() {
      return "io.quintet";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String text, @Nullable Throwable thrown) {
      if (thrown instanceof SimulatedProcess.Killed || process.dead) {
        return;
      }
      machine.story().tell("logs " + text + (thrown == null ? "" : ": " + thrown));
      if (level == Level.ERROR) {
        machine.violation(text + (thrown == null ? "" : ": " + thrown), thrown);
      }
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String format, Object... parameters) {
      log(level, bundle, format, (Throwable) null);
    }
  }
}
