package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Where one thread's calls leave their errno, and how a call is linked: the only place that turns
 * "−1 and errno" into a negated error number.
 *
 * <p>The segment is of an automatic arena: a downcall then pays no reference counting for it, which
 * a shared arena would double the cost of a call with (measured 2026-11-23).
 */
final class Capture {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final long ERRNO_OFFSET =
      Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

  final MemorySegment segment;

  Capture() {
    this(Arena.ofAuto());
  }

  Capture(Arena arena) {
    this.segment = arena.allocate(Linker.Option.captureStateLayout());
  }

  /** Links a call that sets errno, its pointers passed as {@code long}. */
  static MethodHandle link(MemorySegment function, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(function, pointersAsLongs(descriptor), ERRNO);
  }

  /**
   * Links a variadic call such as {@code fcntl}, whose fixed arguments are {@code descriptor}'s.
   */
  static MethodHandle linkVariadic(
      MemorySegment function, FunctionDescriptor descriptor, int fixed) {
    return LINKER.downcallHandle(
        function, pointersAsLongs(descriptor), ERRNO, Linker.Option.firstVariadicArg(fixed));
  }

  /**
   * Links syscall(2), for a call that not every C library has a name for: the number comes first,
   * and a pointer is a {@code long}.
   */
  static MethodHandle linkSystemCall(MemoryLayout... arguments) {
    MemorySegment syscall = LINKER.defaultLookup().find("syscall").orElseThrow();
    FunctionDescriptor descriptor =
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG).appendArgumentLayouts(arguments);
    return linkVariadic(syscall, descriptor, 1);
  }

  /** Links a call that cannot fail, or whose errno nobody asks for. */
  static MethodHandle linkPlain(MemorySegment function, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(function, pointersAsLongs(descriptor));
  }

  int result(int result) {
    return result >= 0 ? result : -segment.get(JAVA_INT, ERRNO_OFFSET);
  }

  long result(long result) {
    return result >= 0 ? result : -segment.get(JAVA_INT, ERRNO_OFFSET);
  }

  /** Of a call whose result may be an address, negative or not. */
  long errnoIfMinusOne(long result) {
    return result == -1 ? -segment.get(JAVA_INT, ERRNO_OFFSET) : result;
  }

  /** A downcall throws nothing: what arrives here is a mistake in this module. */
  static AssertionError unreachable(Throwable cause) {
    return new AssertionError("a downcall threw", cause);
  }

  private static FunctionDescriptor pointersAsLongs(FunctionDescriptor descriptor) {
    MemoryLayout[] arguments =
        descriptor.argumentLayouts().stream().map(Capture::asLong).toArray(MemoryLayout[]::new);
    return descriptor
        .returnLayout()
        .map(result -> FunctionDescriptor.of(asLong(result), arguments))
        .orElseGet(() -> FunctionDescriptor.ofVoid(arguments));
  }

  private static MemoryLayout asLong(MemoryLayout layout) {
    return layout instanceof AddressLayout ? JAVA_LONG : layout;
  }
}
