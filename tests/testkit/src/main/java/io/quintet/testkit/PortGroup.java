package io.quintet.testkit;

import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.linux.Linux;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listeners of one port: one, or several that share it by SO_REUSEPORT, socket(7). */
final class PortGroup implements ListeningSocket.Names {
  /** Processors on which a connection may arrive. */
  private static final int PROCESSORS = 4;

  private final SimulatedMachine machine;
  private final List<ListeningSocket> listeners = new ArrayList<>();
  private final List<Description.Fresh> bound = new ArrayList<>();
  private boolean shared;
  private @Nullable SocketFilter filter;

  PortGroup(SimulatedMachine machine) {
    this.machine = machine;
  }

  /** Whether one more socket may be bound: the first, or one that shares with others that do. */
  boolean admits(boolean shares) {
    return bound.isEmpty() && listeners.isEmpty() || shares && shared;
  }

  void bound(Description.Fresh socket) {
    shared = socket.sharesPort;
    bound.add(socket);
    socket.boundTo(this);
  }

  void unbound(Description.Fresh socket) {
    bound.remove(socket);
  }

  /** A socket that was bound listens. */
  void listens(Description.Fresh socket, ListeningSocket listener) {
    bound.remove(socket);
    listeners.add(listener);
  }

  /** A socket that listens there shares the port with others from now on, or no more. */
  void shares(boolean value) {
    shared = value;
  }

  boolean isShared() {
    return shared;
  }

  void filter(@Nullable SocketFilter given) {
    filter = given;
  }

  boolean isFiltered() {
    return filter != null;
  }

  /** The last one takes the place of one that goes, as reuseport_detach_sock of Linux has it. */
  @Override
  public void closed(ListeningSocket listener) {
    int index = listeners.indexOf(listener);
    ListeningSocket last = listeners.removeLast();
    if (last != listener) {
      listeners.set(index, last);
    }
    if (listeners.isEmpty()) {
      filter = null;
    }
  }

  @Override
  public @Nullable ListeningSocket migrationTarget() {
    return machine.settings().migratesRequests() ? choose() : null;
  }

  /** Who gets a connection that arrives; null if nobody listens. */
  @Nullable ListeningSocket choose() {
    if (listeners.size() < 2) {
      return listeners.isEmpty() ? null : listeners.getFirst();
    }
    int index = filter == null ? listeners.size() : run(filter);
    return listeners.get(
        index >= 0 && index < listeners.size()
            ? index
            : machine.choices().kernel(listeners.size()));
  }

  private int run(SocketFilter program) {
    int accumulator = 0;
    for (int i = 0; i < program.instructions().size(); i++) {
      SocketFilter.Instruction instruction = program.instructions().get(i);
      int code = instruction.code();
      int operand = instruction.operand();
      if (code == (Linux.BPF_LD() | Linux.BPF_W() | Linux.BPF_ABS())) {
        int range =
            operand - Linux.SKF_AD_OFF() == Linux.SKF_AD_CPU() ? PROCESSORS : Integer.MAX_VALUE;
        accumulator = machine.choices().draw(range);
      } else if (code == (Linux.BPF_ALU() | Linux.BPF_MOD() | Linux.BPF_K())) {
        accumulator = Integer.remainderUnsigned(accumulator, operand);
      } else if (code == (Linux.BPF_JMP() | Linux.BPF_JGE() | Linux.BPF_K())) {
        i += Integer.compareUnsigned(accumulator, operand) >= 0 ? instruction.skips() : 0;
      } else if (code == (Linux.BPF_RET() | Linux.BPF_A())) {
        return accumulator;
      } else if (code == (Linux.BPF_RET() | Linux.BPF_K())) {
        return operand;
      } else {
        throw new IllegalArgumentException("this BPF instruction is not simulated: " + instruction);
      }
    }
    throw new IllegalArgumentException("a BPF program ends with a return");
  }
}
