package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Codec;
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.SkipException;

/**
 * Publishers and subscribers of content keep the rules of Reactive Streams, which {@link Flow} has
 * them keep: each rule that its own kit can check, and the reason where it says that one cannot be.
 */
class ReactiveStreamsTest {
  private static final TestEnvironment PATIENCE = new TestEnvironment(60_000, 20, 20);

  /** More parts than any rule needs, but those that ask for as many as there may be. */
  private static final long PARTS_MAX = 1_000;

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String END = "0\r\n\r\n";

  private static final BlockingQueue<Flow.Publisher<byte[]>> ASKED = new LinkedBlockingQueue<>();
  private static final BlockingQueue<Flow.Subscriber<? super byte[]>> ANSWERING =
      new LinkedBlockingQueue<>();
  private static final Queue<Client> CLIENTS = new ConcurrentLinkedQueue<>();

  /** Gives requests at their head. */
  private static Server streaming;

  /** Gives them with their whole body. */
  private static Server gathering;

  @BeforeAll
  static void start() {
    streaming = server(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE));
    gathering = server(Http.codec());
  }

  private static Server server(Codec<HttpRequest, HttpResponse> codec) {
    return Quintet.serverLater(
            codec,
            (request, reply) -> {
              if (request.method().equals("POST")) {
                ASKED.add(request.content());
              } else {
                reply.send(HttpResponse.streaming(200, List.of(), ANSWERING::add));
              }
            })
        .option("drainTimeoutMillis", 100) // most requests are never answered
        .start();
  }

  @AfterAll
  static void end() throws IOException {
    for (Client client : CLIENTS) {
      client.close();
    }
    streaming.close();
    gathering.close();
  }

  private static void ask(Server server, String request) {
    try {
      Client client = new Client(server.port());
      CLIENTS.add(client);
      client.send(request);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T next(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(60, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("the server was not asked within 10 seconds");
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Rules for who publishes, to any subscriber. */
  private abstract static class PublisherRules extends FlowPublisherVerification<byte[]> {
    PublisherRules() {
      super(PATIENCE);
    }

    @Override
    public Flow.@Nullable Publisher<byte[]> createFailedFlowPublisher() {
      return null; // it refuses nobody
    }
  }

  /** Rules for who subscribes. */
  private abstract static class SubscriberRules extends FlowSubscriberBlackboxVerification<byte[]> {
    SubscriberRules() {
      super(PATIENCE);
    }

    @Override
    public byte[] createElement(int number) {
      return Integer.toString(number).getBytes(US_ASCII);
    }
  }

  /** What is written to a stream. */
  private static final class WrittenRules extends PublisherRules {
    @Override
    public Flow.Publisher<byte[]> createFlowPublisher(long parts) {
      return Streams.written(
          out -> {
            for (long i = 0; i < parts; i++) {
              out.write(1);
              out.flush();
            }
          });
    }
  }

  /** The content of a request, as it comes. */
  private static final class ContentRules extends PublisherRules {
    @Override
    public long maxElementsFromPublisher() {
      return PARTS_MAX;
    }

    @Override
    public Flow.Publisher<byte[]> createFlowPublisher(long parts) {
      ask(streaming, POST + "1\r\nx\r\n".repeat((int) parts) + END);
      return next(ASKED);
    }

    /** One that somebody has subscribed to already. */
    @Override
    public Flow.Publisher<byte[]> createFailedFlowPublisher() {
      Flow.Publisher<byte[]> taken = createFlowPublisher(1);
      Streams.reading(taken);
      return taken;
    }
  }

  /** The content of a request that has come, which is one part. */
  private static final class BodyRules extends PublisherRules {
    @Override
    public long maxElementsFromPublisher() {
      return 1;
    }

    @Override
    public Flow.Publisher<byte[]> createFlowPublisher(long parts) {
      ask(gathering, POST + (parts == 0 ? "" : "1\r\nx\r\n") + END);
      return next(ASKED);
    }
  }

  /** What takes the content of a response. */
  private static final class ResponseRules extends SubscriberRules {
    @Override
    public Flow.Subscriber<byte[]> createFlowSubscriber() {
      ask(streaming, GET);
      return narrowed(next(ANSWERING));
    }
  }

  /** What a stream is read from. */
  private static final class ReadingRules extends SubscriberRules {
    @Override
    public Flow.Subscriber<byte[]> createFlowSubscriber() {
      CompletableFuture<Flow.Subscriber<byte[]>> subscriber = new CompletableFuture<>();
      InputStream in = Streams.reading(to -> subscriber.complete(narrowed(to)));
      Thread.ofVirtual()
          .start(
              () -> {
                try (in) {
                  in.transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                  // the rules let it fail
                }
              });
      return subscriber.join();
    }
  }

  /** A consumer of anything consumes bytes. */
  @SuppressWarnings("unchecked")
  private static Flow.Subscriber<byte[]> narrowed(Flow.Subscriber<? super byte[]> subscriber) {
    return (Flow.Subscriber<byte[]>) subscriber;
  }

  @TestFactory
  Stream<DynamicTest> whatIsWrittenKeepsTheRulesOfPublishers() {
    WrittenRules rules = new WrittenRules();
    return each(rules, rules::setUp);
  }

  @TestFactory
  Stream<DynamicTest> theContentOfRequestsKeepsTheRulesOfPublishers() {
    ContentRules rules = new ContentRules();
    return each(rules, rules::setUp);
  }

  @TestFactory
  Stream<DynamicTest> wholeBodiesKeepTheRulesOfPublishers() {
    BodyRules rules = new BodyRules();
    return each(rules, rules::setUp);
  }

  @TestFactory
  Stream<DynamicTest> responsesKeepTheRulesOfSubscribers() {
    ResponseRules rules = new ResponseRules();
    rules.startPublisherExecutorService();
    return each(rules, rules::setUp).onClose(rules::shutdownPublisherExecutorService);
  }

  @TestFactory
  Stream<DynamicTest> readersKeepTheRulesOfSubscribers() {
    ReadingRules rules = new ReadingRules();
    rules.startPublisherExecutorService();
    return each(rules, rules::setUp).onClose(rules::shutdownPublisherExecutorService);
  }

  /** What comes before each. */
  private interface SetUp {
    void run() throws Exception;
  }

  private static Stream<DynamicTest> each(Object rules, SetUp setUp) {
    return Arrays.stream(rules.getClass().getMethods())
        .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
        .filter(method -> !method.getName().startsWith("untested_")) // which no kit can check
        .sorted(Comparator.comparing(Method::getName))
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.getName(),
                    () -> {
                      setUp.run();
                      check(rule, rules);
                    }));
  }

  private static void check(Method rule, Object rules) throws Throwable {
    try {
      rule.invoke(rules);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SkipException reason) {
        System.out.println(rule.getName() + " skipped: " + reason.getMessage());
        Assumptions.abort(reason.getMessage());
      }
      throw e.getCause();
    }
  }
}
