package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.sock_filter;
import io.quintet.ffi.linux.sock_fprog;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
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
   * One instruction, {@code struct sock_filter}.
   *
   * @param code operation
   * @param operand constant that it works with
   * @param skips instructions that a jump skips where its condition holds; elsewhere it skips none
   */
  public record Instruction(int code, int operand, int skips) {
    /**
     * One that does not jump.
     *
     * @param code operation
     * @param operand constant that it works with
     */
    public Instruction(int code, int operand) {
      this(code, operand, 0);
    }
  }

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

  /**
   * Any of the listeners, each as likely as its weight is of all.
   *
   * @param weights one for each of the first listeners, 0 for one that gets nothing; at least one
   *     is not 0
   * @return the program
   */
  public static SocketFilter weighted(List<Integer> weights) {
    int total = weights.stream().mapToInt(Integer::intValue).sum();
    if (total <= 0) {
      throw new IllegalArgumentException("weights are " + weights + "; valid are some above 0");
    }
    List<Instruction> all = new ArrayList<>(drawn(Linux.SKF_AD_RANDOM(), total));
    int below = 0;
    for (int i = 0; below < total; i++) {
      below += weights.get(i);
      if (weights.get(i) > 0) {
        if (below < total) {
          int jump = Linux.BPF_JMP() | Linux.BPF_JGE() | Linux.BPF_K();
          all.add(new Instruction(jump, below, 1));
        }
        all.add(new Instruction(Linux.BPF_RET() | Linux.BPF_K(), i));
      }
    }
    return new SocketFilter(all);
  }

  private static SocketFilter remainder(int source, int divisor) {
    List<Instruction> all = new ArrayList<>(drawn(source, divisor));
    all.add(RETURN_A);
    return new SocketFilter(all);
  }

  private static List<Instruction> drawn(int source, int divisor) {
    return List.of(
        new Instruction(
            Linux.BPF_LD() | Linux.BPF_W() | Linux.BPF_ABS(), Linux.SKF_AD_OFF() + source),
        new Instruction(Linux.BPF_ALU() | Linux.BPF_MOD() | Linux.BPF_K(), divisor));
  }

  /** Lays out a {@code struct sock_fprog} and the instructions that it points to. */
  MemorySegment write(SegmentAllocator allocator) {
    MemorySegment filters = sock_filter.allocateArray(instructions.size(), allocator);
    for (int i = 0; i < instructions.size(); i++) {
      MemorySegment filter = sock_filter.asSlice(filters, i);
      sock_filter.code(filter, (short) instructions.get(i).code());
      sock_filter.jt(filter, (byte) instructions.get(i).skips());
      sock_filter.k(filter, instructions.get(i).operand());
    }
    MemorySegment program = sock_fprog.allocate(allocator);
    sock_fprog.len(program, (short) instructions.size());
    sock_fprog.filter(program, filters);
    return program;
  }
}
