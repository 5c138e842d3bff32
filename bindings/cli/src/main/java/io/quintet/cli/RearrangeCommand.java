package io.quintet.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quintet rearrange}: another pattern for a running server. */
@Command(
    name = "rearrange",
    description = "Changes the pattern of a server that was started with --admin, while it serves.",
    mixinStandardHelpOptions = true)
final class RearrangeCommand implements Callable<Integer> {
  private static final Duration ANSWER = Duration.ofMinutes(2);
  private static final int DONE = 200;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "URL",
      description = "Where the server's admin listens, for example http://127.0.0.1:9090.")
  private URI url;

  @Parameters(
      index = "1",
      paramLabel = "ID",
      completionCandidates = PatternIds.class,
      description = "Pattern: ${COMPLETION-CANDIDATES}; from and to multi-process is refused.")
  private String pattern;

  @Option(names = "--loops", paramLabel = "N", description = "Loops, where it has several.")
  private @Nullable Integer loops;

  @Option(names = "--workers", paramLabel = "N", description = "Workers, where it has several.")
  private @Nullable Integer workers;

  @Override
  public Integer call() throws InterruptedException {
    Map<String, Object> given = new LinkedHashMap<>();
    given.put("pattern", pattern);
    if (loops != null) {
      given.put("loops", loops);
    }
    if (workers != null) {
      given.put("workers", workers);
    }
    String query =
        given.entrySet().stream()
            .map(each -> each.getKey() + "=" + encoded(each.getValue()))
            .collect(Collectors.joining("&"));
    HttpRequest request =
        HttpRequest.newBuilder(url.resolve("/rearrange?" + query))
            .timeout(ANSWER)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (response.statusCode() != DONE) {
        throw new CommandException(response.body().strip());
      }
      JsonObject done = JsonParser.parseString(response.body()).getAsJsonObject();
      spec.commandLine()
          .getOut()
          .printf(
              "rearranged from %s to %s in %d ms%n",
              done.get("from").getAsString(),
              done.get("to").getAsString(),
              done.get("millis").getAsLong());
      return 0;
    } catch (ConnectException e) {
      throw new CommandException("nobody listens at " + url);
    } catch (IOException e) {
      throw new CommandException("no answer from " + url + ": " + e);
    } catch (JsonParseException | IllegalStateException e) {
      throw new CommandException(
          url + " is not where a server that was started with --admin listens");
    }
  }

  private static String encoded(Object value) {
    return URLEncoder.encode(value.toString(), StandardCharsets.UTF_8);
  }
}
