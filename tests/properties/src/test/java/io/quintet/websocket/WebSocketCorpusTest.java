package io.quintet.websocket;

import static io.quintet.websocket.Deflated.deflated;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.Session;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Frames written from RFC 6455 and RFC 3629, each whole and cut at each byte. What a client sends:
 * T and B are messages of one frame, t and b first frames, c and C further ones, P pings, O pongs,
 * X close frames, H bytes as they are; behind the colon a text, or behind x: bytes in hexadecimal.
 * D and E are T and B with the bit for what is compressed, d and e are t and b with it; behind y:
 * is what is to be compressed, behind n: how many letters a. Cases of RFC 7692 are of a WebSocket
 * with permessage-deflate, those of 7692c keep the context. What is to come of it: messages, the
 * last pong, and the code of our close frame; it is 1006 where there is none.
 */
class WebSocketCorpusTest {
  private static final int FUZZ_INPUTS = Integer.getInteger("quintet.websocket.fuzz", 20_000);
  private static final int MESSAGE_BYTES_MAX = 70_000;

  private static final String CASES =
      """
      5.2 | nothing | | 1006
      5.6 | a text | T:hello | T:hello 1006
      5.6 | an empty text | T: | T: 1006
      5.6 | bytes | Bx:00ff80 | Bx:00ff80 1006
      5.6 | no bytes | Bx: | Bx: 1006
      5.6 | two messages | T:a T:b | T:a T:b 1006
      5.6 | a text and bytes | T:a Bx:01 | T:a Bx:01 1006
      5.2 | a first byte alone | H:81 | 1006
      5.2 | a header alone | H:8185 | 1006
      5.2 | a key alone | H:818500000000 | 1006
      5.3 | a frame that is not masked | H:810161 | 1002
      5.3 | an empty frame that is not masked | H:8100 | 1002
      5.3 | a ping that is not masked | H:8900 | 1002
      5.3 | a close frame that is not masked | H:8800 | 1002
      5.3 | a key of zeros | H:818100000000 H:61 | T:a 1006
      5.3 | a key of ones | H:8181ffffffff H:9e | T:a 1006
      5.3 | a key with four bytes | H:818501020304 H:6066626960 | T:adama 1006
      5.2 | reserved bit 1 | H:c18100000000 H:61 | 1002
      5.2 | reserved bit 2 | H:a18100000000 H:61 | 1002
      5.2 | reserved bit 3 | H:918100000000 H:61 | 1002
      5.2 | all reserved bits | H:f18100000000 H:61 | 1002
      5.2 | a reserved bit of a ping | H:c98000000000 | 1002
      5.2 | a reserved bit of a close frame | H:c88000000000 | 1002
      5.2 | a reserved bit of a continuation | t:a H:c08000000000 | 1002
      5.2 | opcode 3 | H:838000000000 | 1002
      5.2 | opcode 4 | H:848000000000 | 1002
      5.2 | opcode 5 | H:858000000000 | 1002
      5.2 | opcode 6 | H:868000000000 | 1002
      5.2 | opcode 7 | H:878000000000 | 1002
      5.2 | opcode 11 | H:8b8000000000 | 1002
      5.2 | opcode 12 | H:8c8000000000 | 1002
      5.2 | opcode 13 | H:8d8000000000 | 1002
      5.2 | opcode 14 | H:8e8000000000 | 1002
      5.2 | opcode 15 | H:8f8000000000 | 1002
      5.2 | opcode 3 in fragments | H:038000000000 | 1002
      5.2 | a request of HTTP | H:474554202f20485454502f312e310d0a | 1002
      5.2 | 16 bits of length for 0 | H:82fe000000000000 | 1002
      5.2 | 16 bits of length for 125 | H:82fe007d00000000 | 1002
      5.2 | 64 bits of length for 1 | H:82ff000000000000000100000000 | 1002
      5.2 | 64 bits of length for 65535 | H:82ff000000000000ffff00000000 | 1002
      5.2 | a length with its highest bit | H:82ff800000000000000000000000 | 1002
      5.2 | the longest length | H:82ff7fffffffffffffff00000000 | 1009
      5.2 | a length of 32 bits | H:82ff000000010000000000000000 | 1009
      10.4 | a message one byte too long | H:82ff000000000001117100000000 | 1009
      10.4 | a message too long in its second frame | b:a H:80ff000000000001117000000000 | 1009
      5.4 | two fragments | t:a C:b | T:ab 1006
      5.4 | three fragments | t:a c:b C:c | T:abc 1006
      5.4 | empty fragments | t: c: C: | T: 1006
      5.4 | an empty last fragment | t:a C: | T:a 1006
      5.4 | an empty first fragment | t: C:a | T:a 1006
      5.4 | bytes in fragments | bx:00 cx:01 Cx:02 | Bx:000102 1006
      5.4 | a message behind one in fragments | t:a C:b T:c | T:ab T:c 1006
      5.4 | two messages in fragments | t:a C:b b:c C:d | T:ab Bx:6364 1006
      5.4 | a message that does not end | t:a c:b | 1006
      5.4 | a continuation of nothing | c:a | 1002
      5.4 | a last continuation of nothing | C:a | 1002
      5.4 | a continuation behind a message | T:a C:b | T:a 1002
      5.4 | a continuation behind a message in fragments | t:a C:b C:c | T:ab 1002
      5.4 | a text inside a text | t:a T:b | 1002
      5.4 | a first fragment inside a text | t:a t:b | 1002
      5.4 | bytes inside a text | t:a Bx:00 | 1002
      5.4 | a text inside bytes | bx:00 T:a | 1002
      5.5 | a ping in fragments | H:098000000000 | 1002
      5.5 | a pong in fragments | H:0a8000000000 | 1002
      5.5 | a close frame in fragments | H:088000000000 | 1002
      5.5 | a ping of 126 bytes | H:89fe007e00000000 | 1002
      5.5 | a pong of 126 bytes | H:8afe007e00000000 | 1002
      5.5 | a close frame of 126 bytes | H:88fe007e00000000 | 1002
      5.5 | a ping with 64 bits of length | H:89ff000000000001000000000000 | 1002
      5.5.2 | a ping | P:hi | pong:hi 1006
      5.5.2 | an empty ping | P: | pong: 1006
      5.5.2 | a ping that is no text | Px:ff | pong:x:ff 1006
      5.5.2 | a ping between messages | T:a P:p T:b | T:a T:b pong:p 1006
      5.5.2 | a ping inside a message | t:a P:p C:b | T:ab pong:p 1006
      5.5.2 | a ping inside a character | tx:c3 P:p Cx:a9 | T:é pong:p 1006
      5.5.3 | a pong that nobody asked for | O:hi | 1006
      5.5.3 | a pong inside a message | t:a O:hi C:b | T:ab 1006
      5.5.1 | a close frame without a code | Xx: | 1005
      5.5.1 | a close frame with half a code | Xx:03 | 1002
      5.5.1 | a close frame | Xx:03e8 | 1000
      5.5.1 | a close frame with a reason | Xx:03e8646f6e65 | 1000
      5.5.1 | a close frame with a reason that is not UTF-8 | Xx:03e8ff | 1007
      5.5.1 | a close frame with half a character | Xx:03e8c3 | 1007
      5.5.1 | a close frame inside a message | t:a Xx:03e8 | 1000
      5.5.1 | a message behind a close frame | Xx:03e8 T:a | 1000
      5.5.1 | a ping behind a close frame | Xx:03e8 P:a | 1000
      5.5.1 | two close frames | Xx:03e8 Xx:03e9 | 1000
      5.5.1 | what is malformed behind a close frame | Xx:03e8 H:ffff | 1000
      5.5.1 | a message before a close frame | T:a Xx:03e9 | T:a 1001
      7.4 | code 0 | Xx:0000 | 1002
      7.4 | code 999 | Xx:03e7 | 1002
      7.4 | code 1001 | Xx:03e9 | 1001
      7.4 | code 1002 | Xx:03ea | 1002
      7.4 | code 1003 | Xx:03eb | 1003
      7.4 | code 1004 | Xx:03ec | 1002
      7.4 | code 1005 | Xx:03ed | 1002
      7.4 | code 1006 | Xx:03ee | 1002
      7.4 | code 1007 | Xx:03ef | 1007
      7.4 | code 1008 | Xx:03f0 | 1008
      7.4 | code 1009 | Xx:03f1 | 1009
      7.4 | code 1010 | Xx:03f2 | 1010
      7.4 | code 1011 | Xx:03f3 | 1011
      7.4 | code 1012 | Xx:03f4 | 1012
      7.4 | code 1014 | Xx:03f6 | 1014
      7.4 | code 1015 | Xx:03f7 | 1002
      7.4 | code 1016 | Xx:03f8 | 1002
      7.4 | code 2000 | Xx:07d0 | 1002
      7.4 | code 2999 | Xx:0bb7 | 1002
      7.4 | code 3000 | Xx:0bb8 | 3000
      7.4 | code 3999 | Xx:0f9f | 3999
      7.4 | code 4000 | Xx:0fa0 | 4000
      7.4 | code 4999 | Xx:1387 | 4999
      7.4 | code 5000 | Xx:1388 | 1002
      7.4 | code 65535 | Xx:ffff | 1002
      3629 | two bytes | Tx:c3a9 | T:é 1006
      3629 | three bytes | Tx:e282ac | T:€ 1006
      3629 | four bytes | Tx:f09f9880 | Tx:f09f9880 1006
      3629 | the first of two bytes | Tx:c280 | Tx:c280 1006
      3629 | the last of two bytes | Tx:dfbf | Tx:dfbf 1006
      3629 | the first of three bytes | Tx:e0a080 | Tx:e0a080 1006
      3629 | before the surrogates | Tx:ed9fbf | Tx:ed9fbf 1006
      3629 | behind the surrogates | Tx:ee8080 | Tx:ee8080 1006
      3629 | the last of three bytes | Tx:efbfbf | Tx:efbfbf 1006
      3629 | the first of four bytes | Tx:f0908080 | Tx:f0908080 1006
      3629 | U+10FFFF | Tx:f48fbfbf | Tx:f48fbfbf 1006
      3629 | U+0000 | Tx:00 | Tx:00 1006
      3629 | U+110000 | Tx:f4908080 | 1007
      3629 | a first byte of five | Tx:f888808080 | 1007
      3629 | a first byte F5 | Tx:f5808080 | 1007
      3629 | a byte FE | Tx:fe | 1007
      3629 | a byte FF | Tx:ff | 1007
      3629 | a further byte first | Tx:80 | 1007
      3629 | a byte too many | Tx:c3a980 | 1007
      3629 | an overlong slash of two bytes | Tx:c0af | 1007
      3629 | an overlong U+007F | Tx:c1bf | 1007
      3629 | an overlong slash of three bytes | Tx:e080af | 1007
      3629 | an overlong U+07FF | Tx:e09fbf | 1007
      3629 | an overlong slash of four bytes | Tx:f08080af | 1007
      3629 | an overlong U+FFFF | Tx:f08fbfbf | 1007
      3629 | the first surrogate | Tx:eda080 | 1007
      3629 | the last surrogate | Tx:edbfbf | 1007
      3629 | a pair of surrogates | Tx:eda081edb080 | 1007
      3629 | a character that does not end | Tx:c3 | 1007
      3629 | a character of three that does not end | Tx:e282 | 1007
      3629 | a character of four that does not end | Tx:f09f98 | 1007
      3629 | a letter in place of a further byte | Tx:c361 | 1007
      3629 | a first byte in place of a further one | Tx:e2c3a9 | 1007
      3629 | ASCII before what is not UTF-8 | Tx:616161616161616161ff | 1007
      3629 | a character over two fragments | tx:e2 Cx:82ac | T:€ 1006
      3629 | a character over three fragments | tx:e2 cx:82 Cx:ac | T:€ 1006
      3629 | a character over an empty fragment | tx:e2 c: Cx:82ac | T:€ 1006
      3629 | a character that does not end in fragments | tx:e2 Cx:82 | 1007
      3629 | what cannot be UTF-8 in a first fragment | tx:ff | 1007
      3629 | an overlong form in a first fragment | tx:e080 | 1007
      3629 | bytes that are not UTF-8 | Bx:c3ff | Bx:c3ff 1006
      3629 | bytes that are not UTF-8 behind half a text | T:a bx:c3 Cx:ff | T:a Bx:c3ff 1006
      7692 7.2.3.1 | a compressed text | Dx:f248cdc9c90700 | T:Hello 1006
      7692 7.2.3.1 | a compressed text in fragments | dx:f248cd Cx:c9c90700 | T:Hello 1006
      7692 7.2.3.1 | a compressed text byte by byte | dx:f2 cx:48 cx:cd cx:c9 cx:c9 cx:07 Cx:00 | T:Hello 1006
      7692 7.2.3.2 | two alike by themselves | Dx:f248cdc9c90700 Dx:f248cdc9c90700 | T:Hello T:Hello 1006
      7692 7.2.3.2 | one that repeats another, unasked | Dx:f248cdc9c90700 Dx:f200110000 | T:Hello 1002
      7692c 7.2.3.2 | two alike by themselves in a context | Dx:f248cdc9c90700 Dx:f248cdc9c90700 | T:Hello T:Hello 1006
      7692c 7.2.3.2 | one that repeats another | Dx:f248cdc9c90700 Dx:f200110000 | T:Hello T:Hello 1006
      7692c 7.2.3.2 | one that repeats another behind a plain one | Dx:f248cdc9c90700 T:a Dx:f200110000 | T:Hello T:a T:Hello 1006
      7692c 7.2.3.2 | bytes that repeat a text | Dx:f248cdc9c90700 Ex:f200110000 | T:Hello Bx:48656c6c6f 1006
      7692c 7.2.3.2 | one that repeats nothing | Dx:f200110000 | 1002
      7692 7.2.3.3 | a stored block | Dx:000500faff48656c6c6f00 | T:Hello 1006
      7692 7.2.3.4 | a last block | Dx:f348cdc9c9070000 | T:Hello 1006
      7692 7.2.3.4 | a last block alone | Dx:f348cdc9c90700 | T:Hello 1006
      7692 7.2.3.4 | two last blocks | Dx:f348cdc9c90700f348cdc9c9070000 | T:HelloHello 1006
      7692 7.2.3.4 | a last block and one that is not | Dx:f348cdc9c90700f248cdc9c90700 | T:HelloHello 1006
      7692 7.2.3.4 | a last block in the first of two fragments | dx:f348cdc9c90700 Cx:00 | T:Hello 1006
      7692 7.2.3.4 | messages of last blocks | Dx:f348cdc9c9070000 Dx:f348cdc9c9070000 | T:Hello T:Hello 1006
      7692c 7.2.3.4 | a last block in a context | Dx:f348cdc9c9070000 Dx:f248cdc9c90700 | T:Hello T:Hello 1006
      7692 7.2.3.4 | a last block of no bytes | Dx:01 | T: 1006
      7692c 7.2.3.4 | a last block of no bytes in a context | Dx:01 Dx:f248cdc9c90700 | T: T:Hello 1006
      7692 7.2.3.5 | two blocks | Dx:f24805000000ffffcac9c90700 | T:Hello 1006
      7692 7.2.3.5 | two blocks in fragments | dx:f24805000000ffff Cx:cac9c90700 | T:Hello 1006
      7692 7.2.3.6 | an empty text | Dx:00 | T: 1006
      7692 7.2.3.6 | no bytes | Ex:00 | Bx: 1006
      7692 7.2.3.6 | nothing at all | D: | T: 1006
      7692 7.2.3.6 | nothing in fragments | d: c: C: | T: 1006
      7692c 7.2.3.6 | nothing at all in a context | Dx:f248cdc9c90700 D: Dx:f200110000 | T:Hello T: T:Hello 1006
      7692 7.2.2 | empty fragments | d: cx:f248cd c: Cx:c9c90700 | T:Hello 1006
      7692 7.2.2 | an empty last fragment | dx:f248cdc9c90700 C: | T:Hello 1006
      7692 7.2.2 | compressed bytes | Ey:00ff80 | Bx:00ff80 1006
      7692 7.2.2 | empty blocks | Dx:000000ffff000000ffff00 | T: 1006
      7692 7.2.2 | a text that is cut within a block | Dx:f248cdc9 | 1002
      7692 7.2.2 | a stored block that is cut | Dx:000500faff4865 | 1002
      7692 7.2.2 | a text without its end | dx:f248cd | 1006
      7692 7.2.2 | a block of no kind | Dx:0600 | 1002
      7692 7.2.2 | a stored block of two lengths | Dx:000500faf048656c6c6f00 | 1002
      7692 7.2.2 | what is no block behind one | Dx:f24805000000ffff06 | 1002
      7692 6.1 | plain messages | T:a Bx:00 t:a C:b | T:a Bx:00 T:ab 1006
      7692 6.1 | a plain message between others | Dx:f248cdc9c90700 T:a Dx:f248cdc9c90700 | T:Hello T:a T:Hello 1006
      7692 6.1 | a plain message in fragments behind another | Dx:f248cdc9c90700 t:a C:b | T:Hello T:ab 1006
      7692 6.1 | a ping inside a message | dx:f248cd P:p Cx:c9c90700 | T:Hello pong:p 1006
      7692 6.1 | a message inside a message | dx:f248cd T:a | 1002
      7692 6.1 | a compressed message inside a plain one | t:a Dx:00 | 1002
      7692 6.1 | a close frame inside a message | dx:f248cd Xx:03e8 | 1000
      7692 6.1 | a message before a close frame | Dx:f248cdc9c90700 Xx:03e8 | T:Hello 1000
      7692 6.1 | a bit on a continuation | dx:f248cd H:c08000000000 | 1002
      7692 6.1 | a bit on a first continuation | t:a H:408000000000 | 1002
      7692 6.1 | a bit on a continuation of nothing | H:c08000000000 | 1002
      7692 6.1 | a bit on a ping | H:c98000000000 | 1002
      7692 6.1 | a bit on a pong | H:ca8000000000 | 1002
      7692 6.1 | a bit on a close frame | H:c88000000000 | 1002
      7692 6.1 | a bit on opcode 3 | H:c38000000000 | 1002
      7692 6.1 | reserved bit 2 | H:a18000000000 | 1002
      7692 6.1 | reserved bit 3 | H:918000000000 | 1002
      7692 6.1 | reserved bits 1 and 2 | H:e18000000000 | 1002
      7692 3629 | a compressed character | Dy:e282ac | T:€ 1006
      7692 3629 | a byte FF | Dy:ff | 1007
      7692 3629 | a byte FF in bytes | Ey:ff | Bx:ff 1006
      7692 3629 | a character that does not end | Dy:e282 | 1007
      7692 3629 | a character that does not end behind others | Dy:6161e282 | 1007
      7692 3629 | an overlong form | Dy:e080af | 1007
      7692 3629 | a character over stored blocks | dx:000100feffe2 Cx:000200fdff82ac00 | T:€ 1006
      7692 3629 | half a character before a plain text | Ey:e2 T:a | Bx:e2 T:a 1006
      7692 3629 | a byte FF before what is no block | Dx:000100feffff06 | 1007
      7692 3629 | a byte FF before what is cut | dx:000100feffff Cx:f2 | 1007
      7692 10.4 | the longest message | En:70000 | Bn:70000 1006
      7692 10.4 | the longest text | Dn:70000 | Tn:70000 1006
      7692 10.4 | a message one byte too long | En:70001 | 1009
      7692 10.4 | a text one byte too long | Dn:70001 | 1009
      7692 10.4 | ten times too long | En:700000 | 1009
      7692 10.4 | too long in its second frame | ex:000100feff61 Cn:70000 | 1009
      7692c 10.4 | a message one byte too long in a context | En:70001 | 1009
      7692c 10.4 | the longest message twice in a context | En:70000 En:70000 | Bn:70000 Bn:70000 1006
      7692 10.4 | a frame as long as may be | H:c1ff00000000000156cc00000000 | 1006
      7692 10.4 | a frame that is longer | H:c1ff00000000000156cd00000000 | 1009
      7692 10.4 | the longest length | H:c1ff7fffffffffffffff00000000 | 1009
      """;

  private record Case(String name, WebSocketDeflate deflate, byte[] sent, String verdict) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stream<Case> cases() {
    return CASES
        .lines()
        .map(
            line -> {
              String[] parts =
                  Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
              String texts =
                  Pattern.compile("T:(\\S*)")
                      .matcher(parts[3])
                      .replaceAll(text -> "Tx:" + hex(text.group(1).getBytes(UTF_8)));
              String verdict =
                  Pattern.compile("n:(\\d+)")
                      .matcher(texts)
                      .replaceAll(count -> "x:" + "61".repeat(Integer.parseInt(count.group(1))));
              WebSocketDeflate deflate =
                  parts[0].startsWith("7692c")
                      ? WebSocketDeflate.CONTEXT
                      : parts[0].startsWith("7692")
                          ? WebSocketDeflate.MESSAGES
                          : WebSocketDeflate.OFF;
              return new Case(parts[1] + " (" + parts[0] + ")", deflate, frames(parts[2]), verdict);
            });
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] frames(String tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String token : tokens.split(" ")) {
      if (!token.isEmpty()) {
        bytes.writeBytes(frame(token));
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] frame(String token) {
    int colon = token.indexOf(':');
    String rest = token.substring(colon + 1);
    byte[] payload =
        switch (token.charAt(0) == 'H' ? 'x' : token.charAt(colon - 1)) {
          case 'x' -> HexFormat.of().parseHex(rest);
          case 'y' -> deflated(HexFormat.of().parseHex(rest));
          case 'n' -> deflated("a".repeat(Integer.parseInt(rest)).getBytes(UTF_8));
          default -> rest.getBytes(UTF_8);
        };
    return switch (token.charAt(0)) {
      case 'T' -> frame(0x81, payload);
      case 'B' -> frame(0x82, payload);
      case 't' -> frame(0x01, payload);
      case 'b' -> frame(0x02, payload);
      case 'c' -> frame(0x00, payload);
      case 'C' -> frame(0x80, payload);
      case 'P' -> frame(0x89, payload);
      case 'O' -> frame(0x8a, payload);
      case 'X' -> frame(0x88, payload);
      case 'D' -> frame(0xc1, payload);
      case 'E' -> frame(0xc2, payload);
      case 'd' -> frame(0x41, payload);
      case 'e' -> frame(0x42, payload);
      default -> payload;
    };
  }

  /** A masked frame of at most 65535 bytes. */
  private static byte[] frame(int first, byte[] payload) {
    byte[] key = {(byte) 0x37, (byte) 0xfa, 0x21, 0x3d};
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(first);
    if (payload.length < 126) {
      bytes.write(0x80 | payload.length);
    } else {
      bytes.write(0x80 | 126);
      bytes.write(payload.length >> 8);
      bytes.write(payload.length);
    }
    bytes.writeBytes(key);
    for (int i = 0; i < payload.length; i++) {
      bytes.write(payload[i] ^ key[i % 4]);
    }
    return bytes.toByteArray();
  }

  /** A session and what comes of it. */
  private static final class Peer implements Session.Link {
    private final WebSocketSession session;
    private final Input input = new Input(64 << 10);
    private final StringBuilder heard = new StringBuilder();
    private String pong = "";
    private int code = CloseCode.LOST;
    private boolean ended;

    Peer(WebSocketDeflate deflate) {
      WebSocketSettings settings =
          new WebSocketSettings(MESSAGE_BYTES_MAX, 1 << 20, List.of(), List.of(), deflate, 0);
      boolean context = deflate == WebSocketDeflate.CONTEXT;
      session =
          new WebSocketSession(
              request(),
              "",
              settings,
              deflate == WebSocketDeflate.OFF
                  ? null
                  : Compression.of(new DeflateTerms(context, context, ""), settings),
              (socket, message) -> heard.append(text(message)).append(' '));
      session.open(this);
    }

    private static HttpRequest request() {
      byte[] head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(UTF_8);
      return Objects.requireNonNull(Http.codec().decoder().decode(Input.of(head)), "a request");
    }

    private static String text(WebSocketMessage message) {
      return (message.isText() ? "Tx:" : "Bx:") + HexFormat.of().formatHex(message.bytes());
    }

    /** Takes bytes as a connection does: what is left comes again in front of what follows. */
    void take(byte[] bytes, int from, int to) {
      int kept = input.remaining();
      System.arraycopy(input.array(), input.position(), input.array(), 0, kept);
      System.arraycopy(bytes, from, input.array(), kept, to - from);
      input.present(0, kept + to - from);
      if (ended) {
        return;
      }
      try {
        session.receive(input);
      } catch (ProtocolException cause) {
        session.refuse(cause);
        input.skip(input.remaining());
      }
      write();
    }

    private void write() {
      while (session.hasOutput() && !ended) {
        Output out = Output.ofBytes(1 << 16);
        session.write(out);
        read(out.toBytes());
        ended = out.ended();
      }
    }

    private void read(byte[] frames) {
      for (int at = 0; at < frames.length; ) {
        int length = frames[at + 1];
        byte[] payload = Arrays.copyOfRange(frames, at + 2, at + 2 + length);
        if ((frames[at] & 0x0f) == Frame.PONG) {
          String said = new String(payload, UTF_8);
          pong =
              Arrays.equals(said.getBytes(UTF_8), payload)
                  ? "pong:" + said + " "
                  : "pong:x:" + HexFormat.of().formatHex(payload) + " ";
        } else {
          code = FrameReader.code(payload);
        }
        at += 2 + length;
      }
    }

    String verdict() {
      return heard + pong + code;
    }

    @Override
    public void wake() {
      // it is asked behind each piece
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void failed(String what, Throwable cause) {
      throw new AssertionError(what, cause);
    }

    @Override
    public Executor owner() {
      return Runnable::run;
    }
  }

  private static String verdict(WebSocketDeflate deflate, byte[] sent, List<Integer> ends) {
    Peer peer = new Peer(deflate);
    int from = 0;
    for (int end : ends) {
      peer.take(sent, from, end);
      from = end;
    }
    peer.take(sent, from, sent.length);
    peer.session.lost();
    assertFalse(peer.session.holdsNativeMemory(), "native memory is left");
    return peer.verdict();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void itsVerdictIsThatOfTheRfc(Case one) {
    byte[] sent = one.sent;
    assertEquals(one.verdict, verdict(one.deflate, sent, List.of()), "in one piece");
    List<Integer> each = new ArrayList<>();
    for (int end = 1; end < sent.length; end++) {
      each.add(end);
      assertEquals(one.verdict, verdict(one.deflate, sent, List.of(end)), "cut at " + end);
    }
    assertEquals(one.verdict, verdict(one.deflate, sent, each), "byte by byte");
  }

  @Test
  void thereAreAtLeast120Cases() {
    assertTrue(cases().count() >= 120, cases().count() + " cases");
  }

  /** Frames that were changed at random, whole and cut: nothing else comes out than a verdict. */
  @Test
  void howWhatIsSentIsCutDoesNotMatter() {
    List<byte[]> seeds = cases().map(Case::sent).filter(sent -> sent.length > 0).toList();
    long seed = Long.getLong("quintet.websocket.seed", 1);
    Random random = new Random(seed);
    for (int i = 0; i < FUZZ_INPUTS; i++) {
      byte[] sent = mutated(seeds, random);
      WebSocketDeflate deflate = WebSocketDeflate.values()[i % WebSocketDeflate.values().length];
      String whole = verdict(deflate, sent, List.of());
      List<Integer> ends =
          random.ints(random.nextInt(4), 0, sent.length + 1).sorted().boxed().toList();
      // a pong may stand for several pings, so that the last is what counts
      assertEquals(whole, verdict(deflate, sent, ends), "input " + i + " of seed " + seed);
    }
  }

  private static byte[] mutated(List<byte[]> seeds, Random random) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes.writeBytes(seeds.get(random.nextInt(seeds.size())));
    }
    byte[] sent = bytes.toByteArray();
    for (int i = random.nextInt(4); i > 0; i--) {
      sent[random.nextInt(sent.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return sent;
  }

  /** What is announced and does not come takes no memory, and what comes is copied few times. */
  @Test
  void aMessageByteByByteIsCopiedFewTimes() {
    byte[] payload = new byte[60_000];
    Arrays.fill(payload, (byte) 'a');
    byte[] sent = frame(0x81, payload);
    Peer peer = new Peer(WebSocketDeflate.OFF);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < sent.length - 1; i++) {
      peer.take(sent, i, i + 1);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 8L * payload.length, allocated + " bytes");
  }
}
