package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call of the C library, for experiments: any of those that are bound, or one that is declared
 * as a manual page declares it.
 *
 * <p>May be used by several threads at once. Each call boxes its arguments and allocates, unlike
 * those of {@link LinuxCalls}.
 */
public final class LinuxCall {
  /** The ones that jextract binds without a descriptor, because their arguments vary. */
  private static final List<String> VARIADIC =
      List.of(
          "int fcntl(int fd, int cmd, ...)",
          "int ioctl(int fd, unsigned long request, ...)",
          "int open(const char *path, int flags, ...)",
          "int prctl(int option, ...)",
          "long syscall(long number, ...)");

  private static final String DESCRIPTOR = "$descriptor";

  private static final Map<String, LinuxCall> BOUND = new ConcurrentHashMap<>();

  private final Prototype prototype;
  private final MemorySegment function;
  private final OptionalLong number;

  /** How it is linked, by the number of arguments. */
  private final Map<Integer, MethodHandle> handles = new ConcurrentHashMap<>();

  private LinuxCall(Prototype prototype, MemorySegment function, OptionalLong number) {
    this.prototype = prototype;
    this.function = function;
    this.number = number;
  }

  private static Prototype prototype(String name, FunctionDescriptor descriptor) {
    List<MemoryLayout> arguments =
        descriptor.argumentLayouts().stream().map(LinuxCall::asLong).toList();
    return new Prototype(name, descriptor.returnLayout().map(LinuxCall::asLong), arguments, false);
  }

  private static MemoryLayout asLong(MemoryLayout layout) {
    return layout instanceof AddressLayout ? JAVA_LONG : layout;
  }

  static List<String> names() {
    Stream<String> fixed =
        Arrays.stream(Linux.class.getMethods())
            .map(Method::getName)
            .filter(name -> name.endsWith(DESCRIPTOR))
            .map(name -> name.substring(0, name.length() - DESCRIPTOR.length()));
    Stream<String> varying = VARIADIC.stream().map(text -> Prototype.parse(text).name());
    return Stream.concat(fixed, varying).sorted().toList();
  }

  static LinuxCall of(String name) {
    return BOUND.computeIfAbsent(name, LinuxCall::bound);
  }

  private static LinuxCall bound(String name) {
    for (String text : VARIADIC) {
      if (Prototype.parse(text).name().equals(name)) {
        return define(text);
      }
    }
    try {
      FunctionDescriptor descriptor =
          (FunctionDescriptor) Linux.class.getMethod(name + DESCRIPTOR).invoke(null);
      MemorySegment address = (MemorySegment) Linux.class.getMethod(name + "$address").invoke(null);
      return new LinuxCall(prototype(name, descriptor), address, OptionalLong.empty());
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(
          "no call \""
              + name
              + "\" is bound; declare it as its manual page does:"
              + " LinuxCalls.define(\"int dup2(int oldfd, int newfd)\")",
          e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("this C library has no \"" + name + "\"", e);
    }
  }

  static LinuxCall define(String declaration) {
    Prototype prototype = Prototype.parse(declaration);
    return new LinuxCall(
        prototype,
        Linker.nativeLinker()
            .defaultLookup()
            .find(prototype.name())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the C library has no \""
                            + prototype.name()
                            + "\"; give the number of the system call as well, as in"
                            + " LinuxCalls.define(\"int pidfd_open(pid_t pid, unsigned int flags)\","
                            + " 434)")),
        OptionalLong.empty());
  }

  static LinuxCall define(String declaration, long number) {
    MemorySegment syscall = Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow();
    return new LinuxCall(Prototype.parse(declaration), syscall, OptionalLong.of(number));
  }

  /**
   * Its name.
   *
   * @return name of the function or of the system call
   */
  public String name() {
    return prototype.name();
  }

  /**
   * Makes the call.
   *
   * @param arguments a number for each integer; for each pointer an address, a {@link
   *     MemorySegment}, a text, which is passed as a C string that lives as long as the call, or
   *     null
   * @return what the function returned, or the negated error number where that was -1
   * @throws IllegalArgumentException where the arguments do not fit the declaration
   */
  public long call(@Nullable Object... arguments) {
    int declared = prototype.arguments().size();
    if (arguments.length < declared || arguments.length > declared && !prototype.variadic()) {
      throw new IllegalArgumentException(
          this + " takes " + declared + " arguments, not " + arguments.length);
    }
    try (Arena arena = Arena.ofConfined()) {
      Capture capture = new Capture(arena);
      List<Object> passed = new ArrayList<>();
      passed.add(capture.segment);
      number.ifPresent(passed::add);
      for (int i = 0; i < arguments.length; i++) {
        boolean isInt =
            i < declared && prototype.arguments().get(i).byteSize() == JAVA_INT.byteSize();
        passed.add(
            isInt ? (Object) asInt(i, arguments[i]) : (Object) asLong(i, arguments[i], arena));
      }
      long result = result(capture, passed);
      if (Strace.on()) {
        String shown =
            Arrays.stream(arguments).map(LinuxCall::shown).collect(Collectors.joining(", "));
        Strace.print(result, "%s", name() + "(" + shown + ")");
      }
      return result;
    }
  }

  private long result(Capture capture, List<Object> passed) {
    Object result;
    try {
      result = handles.computeIfAbsent(passed.size() - 1, this::link).invokeWithArguments(passed);
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    return result == null ? 0 : capture.errnoIfMinusOne(((Number) result).longValue());
  }

  private MethodHandle link(int arguments) {
    MemoryLayout[] layouts = new MemoryLayout[arguments];
    Arrays.fill(layouts, JAVA_LONG); // what varies is passed in whole registers
    int shift = number.isPresent() ? 1 : 0;
    for (int i = 0; i < prototype.arguments().size(); i++) {
      layouts[i + shift] = prototype.arguments().get(i);
    }
    FunctionDescriptor descriptor =
        prototype
            .result()
            .map(result -> FunctionDescriptor.of(number.isPresent() ? JAVA_LONG : result, layouts))
            .orElseGet(() -> FunctionDescriptor.ofVoid(layouts));
    return prototype.variadic()
        ? Capture.linkVariadic(function, descriptor, prototype.arguments().size() + shift)
        : Capture.link(function, descriptor);
  }

  private int asInt(int index, @Nullable Object argument) {
    if (argument instanceof Number given) {
      long value = whole(index, given);
      if (value == (int) value || value == Integer.toUnsignedLong((int) value)) {
        return (int) value;
      }
    }
    throw refused(index, argument, "an int");
  }

  private long asLong(int index, @Nullable Object argument, Arena arena) {
    return switch (argument) {
      case null -> 0;
      case Number given -> whole(index, given);
      case MemorySegment segment -> segment.address();
      case String text -> arena.allocateFrom(text).address();
      default -> throw refused(index, argument, "a number, a MemorySegment, a text or null");
    };
  }

  private long whole(int index, Number given) {
    if (given instanceof Double || given instanceof Float) {
      throw refused(index, given, "a whole number");
    }
    return given.longValue();
  }

  private IllegalArgumentException refused(int index, @Nullable Object argument, String valid) {
    return new IllegalArgumentException(
        this + ": argument " + (index + 1) + " is " + argument + "; valid is " + valid);
  }

  private static String shown(@Nullable Object argument) {
    return switch (argument) {
      case null -> "NULL";
      case MemorySegment segment -> "0x" + Long.toHexString(segment.address());
      case String text -> "\"" + text + "\"";
      default -> argument.toString();
    };
  }

  /** How it is called, a pointer being a long: {@code long read(int, long, long)}. */
  @Override
  public String toString() {
    String arguments =
        prototype.arguments().stream().map(LinuxCall::type).collect(Collectors.joining(", "));
    String more = prototype.variadic() ? ", ..." : "";
    return prototype.result().map(LinuxCall::type).orElse("void")
        + " "
        + name()
        + "("
        + arguments
        + more
        + ")";
  }

  private static String type(MemoryLayout layout) {
    return layout.byteSize() == JAVA_INT.byteSize() ? "int" : "long";
  }
}
