package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.sock_filter;
import io.quintet.ffi.linux.sock_fprog;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/**
 * A classic BPF program that gives, for a connection that arrives, the index of its listener among
 * those that share the port, in the order in which they were bound: socket(7),
 * SO_ATTACH_REUSEPORT_CBPF. An index that does not exist leaves the choice to the kernel's hash.
 *
 * @param instructions what it does, in order
 */
public record SocketFilter(List<Instruction> instructions) {
  /**
   * One instruction, {@code struct sock_filter} without jumps.
   *
   * @param code operation
   * @param operand constant that it works with
   */
  public record Instruction(int code, int operand) {}

  private static final Instruction RETURN_A = new Instruction(Linux.BPF_RET() | Linux.BPF_A(), 0);

  /** Takes the instructions as they are. */
  public SocketFilter {
    instructions = List.copyOf(instructions);
  }

  /**
   * Any of the first listeners, each as likely.
   *
   * @param listeners how many, at least 1
   * @return the program
   */
  public static SocketFilter any(int listeners) {
    return remainder(Linux.SKF_AD_RANDOM(), listeners);
  }

  /**
   * The listener of the processor on which the connection arrives.
   *
   * @param listeners how many there are, at least 1; further processors begin again at the first
   * @return the program
   */
  public static SocketFilter byProcessor(int listeners) {
    return remainder(Linux.SKF_AD_CPU(), listeners);
  }

  private static SocketFilter remainder(int source, int divisor) {
    return new SocketFilter(
        List.of(
            new Instruction(
                Linux.BPF_LD() | Linux.BPF_W() | Linux.BPF_ABS(), Linux.SKF_AD_OFF() + source),
            new Instruction(Linux.BPF_ALU() | Linux.BPF_MOD() | Linux.BPF_K(), divisor),
            RETURN_A));
  }

  /** Lays out a {@code struct sock_fprog} and the instructions that it points to. */
  MemorySegment write(SegmentAllocator allocator) {
    MemorySegment filters = sock_filter.allocateArray(instructions.size(), allocator);
    for (int i = 0; i < instructions.size(); i++) {
      MemorySegment filter = sock_filter.asSlice(filters, i);
      sock_filter.code(filter, (short) instructions.get(i).code());
      sock_filter.k(filter, instructions.get(i).operand());
    }
    MemorySegment program = sock_fprog.allocate(allocator);
    sock_fprog.len(program, (short) instructions.size());
    sock_fprog.filter(program, filters);
    return program;
  }
}
