package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Where each request builds on the one before it, workers do not overtake each other. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class OrderedRequestsTest {
  private static final int CLIENTS = 4;
  private static final int REQUESTS = 2_000;

  @Parameter Arrangement arrangement;

  private final Map<String, List<Integer>> seen = new ConcurrentHashMap<>();

  private RespReply note(RespCommand command) {
    // A list that is not safe for several threads at once: only their order makes it so.
    List<Integer> list = seen.computeIfAbsent(command.text(0), _ -> new ArrayList<>());
    list.add(Integer.valueOf(command.text(1)));
    return new RespReply.Whole(list.size());
  }

  @Test
  void theRequestsOfAConnectionAreHandledInTheirOrder() throws Exception {
    try (Server server = arrangement.of(Quintet.server(Resp.codec(), this::note)).start()) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        StringBuilder requests = new StringBuilder();
        for (int j = 0; j < REQUESTS; j++) {
          requests.append("NOTE ").append(i).append(' ').append(j).append('\n');
        }
        clients.add(new Client(server.port()).send(requests.toString()));
      }
      List<Integer> all = new ArrayList<>();
      for (int j = 0; j < REQUESTS; j++) {
        all.add(j);
        for (Client client : clients) {
          assertEquals(":" + (j + 1), client.receiveLine());
        }
      }
      for (Client client : clients) {
        client.close();
      }
      for (int i = 0; i < CLIENTS; i++) {
        assertEquals(all, seen.get(Integer.toString(i)));
      }
    }
  }
}
