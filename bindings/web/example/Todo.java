import com.google.gson.Gson;
import io.quintet.http.HttpResponse;
import io.quintet.web.AccessLog;
import io.quintet.web.Compression;
import io.quintet.web.Cookie;
import io.quintet.web.EventStream;
import io.quintet.web.Router;
import io.quintet.web.SecurityHeaders;
import io.quintet.web.ServerSentEvent;
import io.quintet.web.StaticFiles;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicInteger;

/** A list of things to do: the folder of its pages, and the id of a pattern. */
class Todo {
  record Item(String id, String text) {}

  public static void main(String[] arguments) throws Exception {
    var items = new ConcurrentSkipListMap<String, Item>();
    var ids = new AtomicInteger();
    var changes = new SubmissionPublisher<ServerSentEvent>();
    var gson = new Gson();
    var routes =
        Router.builder()
            .get("/todos", _ -> HttpResponse.json(gson.toJson(items.values())))
            .get("/todos/{id}", q -> answer(gson, items.get(q.parameter("id"))))
            .delete("/todos/{id}", q -> answer(gson, items.remove(q.parameter("id"))))
            .post(
                "/todos",
                q -> {
                  var item =
                      new Item("" + ids.incrementAndGet(), q.form().first("text").orElse(""));
                  items.put(item.id(), item);
                  changes.offer(ServerSentEvent.of("added", gson.toJson(item)), null);
                  return Cookie.of("last", item.id()).on(answer(gson, item));
                })
            .get("/last", q -> answer(gson, items.get(q.cookie("last").orElse(""))))
            .get("/changes", _ -> EventStream.of(changes))
            .files("/", StaticFiles.in(Path.of(arguments[0])));
    try (var log = AccessLog.of(AccessLog.Format.COMBINED, System.err::println)) {
      Router router =
          routes.filter(log).filter(SecurityHeaders.strict()).filter(Compression.gzip()).build();
      var server = router.server().option("topology", arguments[1]).start();
      System.out.println("listening on " + server.port());
      server.awaitStopped();
    }
  }

  static HttpResponse answer(Gson gson, Item item) {
    return item == null ? HttpResponse.text(404, "no") : HttpResponse.json(gson.toJson(item));
  }
}
