package io.quintet.http;

import io.quintet.codec.Session;
import java.io.Closeable;
import java.util.concurrent.Flow;

/**
 * A session in the place of content.
 *
 * @param session what the connection carries behind the response
 */
record SessionContent(Session session) implements Flow.Publisher<byte[]>, Closeable {
  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
    throw new IllegalStateException("a session is no content");
  }

  /** Nobody gets the response. */
  @Override
  public void close() {
    session.lost();
  }
}
