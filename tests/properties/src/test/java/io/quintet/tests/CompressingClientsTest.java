package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.websocket.WebSocket;
import io.quintet.websocket.WebSocketSettings;
import io.quintet.websocket.WebSockets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chromium compresses messages, alone and in a context; skipped where it is missing. */
@OwnProcesses
class CompressingClientsTest {
  @ParameterizedTest
  @ValueSource(strings = {"messages", "context"})
  void chromiumGetsItsMessagesBack(String deflate, @TempDir Path folder) throws Exception {
    Command.needs("chromium");
    WebSocketSettings settings = WebSocketSettings.of(Map.of("deflate", deflate));
    try (Server server =
            Quintet.server(
                    Http.codec(),
                    request ->
                        request.path().equals("/")
                            ? HttpResponse.text("a page")
                            : WebSockets.acceptWith(request, settings, WebSocket::send))
                .start();
        Browser browser = new Browser(folder)) {
      browser.open("http://127.0.0.1:" + server.port() + "/");
      browser.until("document.body.textContent === 'a page'", 60);
      String result =
          browser
              .value(
                  """
                  new Promise((done) => {
                    const sent = ['', 'small', 'large \\u00e9\\u{1f600} '.repeat(20000)];
                    for (let i = 0; i < 50; i++) sent.push('alike '.repeat(400) + i);
                    const socket = new WebSocket('ws://' + location.host + '/socket');
                    let got = 0;
                    socket.onopen = () => sent.forEach((each) => socket.send(each));
                    socket.onmessage = (event) => {
                      if (event.data !== sent[got]) done('another text at ' + got);
                      got++;
                      if (got === sent.length) socket.close(1000);
                    };
                    socket.onclose = (event) =>
                      done(socket.extensions.split(';')[0] + ' ' + event.code + ' ' + got);
                  })
                  """)
              .getAsString();
      assertEquals("permessage-deflate 1000 53", result);
    }
  }
}
