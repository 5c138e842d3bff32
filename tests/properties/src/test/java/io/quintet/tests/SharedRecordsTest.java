package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What several threads do with one machine is recorded in the order in which they did it. */
class SharedRecordsTest {
  private static final int REQUESTS = 50;

  @Test
  void eachStepOfARepliesPlaceAndOfAMailboxIsRecorded() throws IOException {
    long replies = Recorded.replayed("reply");
    long mailboxes = Recorded.replayed("mailbox-wakeup");
    try (Server server =
            Quintet.server(Line.codec(), request -> request)
                .pattern(Pattern.LOAD_BALANCED)
                .option("workers", 2)
                .start();
        Client client = new Client(server.port())) {
      for (int i = 0; i < REQUESTS; i++) {
        client.send("hello\n");
        assertEquals("hello", client.receiveLine());
      }
    }
    // at least what loops did: a worker that looks for requests may drop what it did before
    replies = Recorded.replayed("reply") - replies;
    mailboxes = Recorded.replayed("mailbox-wakeup") - mailboxes;
    assertTrue(replies >= REQUESTS, replies + " steps of replies");
    assertTrue(mailboxes >= REQUESTS, mailboxes + " steps of mailboxes");
  }
}
