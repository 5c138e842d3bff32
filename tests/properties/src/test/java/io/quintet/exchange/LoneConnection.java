package io.quintet.exchange;

import io.quintet.codec.Encoder;
import io.quintet.codec.Line;
import io.quintet.codec.Output;
import io.quintet.kernel.Kernel;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timeouts;
import io.quintet.service.Service;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The connection of a request whose reply alone is looked at, on a loop that nobody runs. */
class LoneConnection implements Origin<String, String> {
  private static final Timeouts NO_DEADLINES =
      new Timeouts(0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0);

  private final LoopContext loop =
      new LoopContext("loop", kernel(), NO_DEADLINES, List.of(), () -> {});

  /** Descriptors are made; nothing else is asked for. */
  private static Kernel kernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) ->
                switch (method.getReturnType().getName()) {
                  case "int" -> 3;
                  case "long" -> 0L;
                  default -> throw new IllegalStateException(method.getName());
                });
  }

  @Override
  public LoopContext loop() {
    return loop;
  }

  @Override
  public Service<String, String> service() {
    throw new IllegalStateException("the handler is run elsewhere");
  }

  @Override
  public Encoder<String, String> encoder() {
    return Line.codec().encoder();
  }

  @Override
  public void encode(String request, String reply, Output out) {
    throw new IllegalStateException("no whole reply is encoded");
  }

  @Override
  public void drop(String request, String reply) {
    throw new IllegalStateException("no whole reply is dropped");
  }

  @Override
  public String describe(@Nullable String request) {
    return "request";
  }

  @Override
  public void replyReady() {
    throw new IllegalStateException("mail is looked at only");
  }

  @Override
  public void wake() {
    throw new IllegalStateException("no reply comes in parts");
  }

  @Override
  public void execute(Runnable task) {
    throw new IllegalStateException("nothing goes on here");
  }
}
