package io.quintet.cli;

import com.google.gson.Gson;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The routes of {@code quintet serve --protocol http}. */
final class Demo {
  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");
  private static final HttpResponse HEALTHY = HttpResponse.text("healthy\n");
  private static final HttpResponse DONE = HttpResponse.text("done\n");
  private static final ThreadLocal<Burner> BURNERS = ThreadLocal.withInitial(Burner::new);
  private static final long MICROS_MAX = 10_000_000;
  private static final long MILLIS_MAX = 60_000;

  private final Gson gson = new Gson();
  private final Supplier<String> pattern;

  Demo(Supplier<String> pattern) {
    this.pattern = pattern;
  }

  /** Health checks are answered while every worker is busy. */
  static boolean isInline(HttpRequest request) {
    return request.path().equals("/health");
  }

  HttpResponse answer(HttpRequest request) throws InterruptedException {
    return switch (request.path()) {
      case "/" -> reading(request).orElse(HELLO);
      case "/health" -> reading(request).orElse(HEALTHY);
      case "/where" -> reading(request).orElseGet(() -> where(request));
      case "/work" -> reading(request).orElseGet(() -> work(request));
      case "/sleep" -> {
        Optional<HttpResponse> refused = reading(request);
        yield refused.isPresent() ? refused.get() : sleep(request);
      }
      case "/echo" -> echo(request);
      case Icon.PATH -> reading(request).orElseGet(Icon::get);
      default -> HttpResponse.text(404, "There is no such route.\n");
    };
  }

  /** A refusal unless the method is GET or HEAD. */
  private static Optional<HttpResponse> reading(HttpRequest request) {
    String method = request.method();
    return method.equals("GET") || method.equals("HEAD")
        ? Optional.empty()
        : Optional.of(notAllowed("GET, HEAD"));
  }

  private static HttpResponse notAllowed(String allowed) {
    return HttpResponse.text(405, "This route answers " + allowed + ".\n")
        .withHeader("Allow", allowed);
  }

  private HttpResponse where(HttpRequest request) {
    String thread = Thread.currentThread().getName();
    Map<String, Object> where = new LinkedHashMap<>();
    where.put("pattern", pattern.get());
    where.put("process", ProcessHandle.current().pid());
    where.put("thread", thread);
    where.put("number", Integer.parseInt(thread.substring(thread.lastIndexOf('-') + 1)));
    where.put("peer", request.peer().address().map(Object::toString).orElse(""));
    return HttpResponse.json(gson.toJson(where) + "\n");
  }

  private static HttpResponse echo(HttpRequest request) {
    if (!request.method().equals("POST")) {
      return notAllowed("POST");
    }
    String type = request.header("Content-Type").orElse("application/octet-stream");
    return HttpResponse.of(200, type, request.body());
  }

  private static HttpResponse work(HttpRequest request) {
    long micros = parameter(request, "micros", MICROS_MAX);
    if (micros < 0) {
      return badParameter("micros", MICROS_MAX);
    }
    BURNERS.get().burn(micros * 1000);
    return DONE;
  }

  private static HttpResponse sleep(HttpRequest request) throws InterruptedException {
    long millis = parameter(request, "millis", MILLIS_MAX);
    if (millis < 0) {
      return badParameter("millis", MILLIS_MAX);
    }
    Thread.sleep(millis);
    return DONE;
  }

  private static HttpResponse badParameter(String name, long most) {
    return HttpResponse.text(
        400, "The query must be " + name + "=N with N from 0 to " + most + ".\n");
  }

  /** The value of a query of one parameter, or -1. */
  private static long parameter(HttpRequest request, String name, long most) {
    String query = request.query().orElse("");
    String digits = query.startsWith(name + "=") ? query.substring(name.length() + 1) : "";
    boolean number =
        !digits.isEmpty() && digits.length() < 10 && digits.chars().allMatch(Character::isDigit);
    long value = number ? Long.parseLong(digits) : -1;
    return value <= most ? value : -1;
  }
}
