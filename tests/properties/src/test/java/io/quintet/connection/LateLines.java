package io.quintet.connection;

import io.quintet.codec.Line;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import java.util.LinkedHashMap;
import java.util.Map;

/** A service of lines, of which those that begin with "late" are answered by a test. */
final class LateLines {
  /** The replies to these, by line. */
  final Map<String, Reply<String>> replies = new LinkedHashMap<>();

  final Service<String, String> service =
      Service.later(
          Line.codec(100),
          (line, reply) -> {
            if (line.startsWith("late")) {
              replies.put(line, reply);
            } else {
              reply.send(line);
            }
          });
}
