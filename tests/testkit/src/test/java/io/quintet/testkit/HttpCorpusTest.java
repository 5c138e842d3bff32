package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each request of the corpus gets its verdict, however its bytes arrive. */
class HttpCorpusTest {
  static List<HttpCorpus.Case> cases() {
    return HttpCorpus.cases();
  }

  @Test
  void itHasAtLeastThreeHundredCasesEachWithAClauseAndAnotherName() {
    Set<String> names = new HashSet<>();
    for (HttpCorpus.Case one : cases()) {
      assertTrue(one.clause().matches("RFC [0-9]{4} [0-9.]+"), one.clause());
      assertTrue(names.add(one.name()), one.name());
    }
    assertTrue(names.size() >= 300, names.size() + " cases");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void itsVerdictIsThatOfTheRfc(HttpCorpus.Case one) {
    byte[] bytes = one.bytes();
    assertEquals(one.verdict(), verdict(bytes, bytes.length, bytes.length), "in one piece");
    for (int i = 1; i < bytes.length; i++) {
      assertEquals(one.verdict(), verdict(bytes, i, bytes.length), "split at " + i);
    }
    assertEquals(one.verdict(), verdict(bytes, 1, 1), "byte by byte");
  }

  /** Presents a first piece and then pieces of a size, as a connection does. */
  private static List<Integer> verdict(byte[] bytes, int first, int each) {
    Decoder<HttpRequest> decoder = Http.codec().decoder();
    Input input = new Input(bytes.length);
    List<Integer> verdict = new ArrayList<>();
    int kept = 0;
    for (int begin = 0; begin < bytes.length; ) {
      int count = Math.min(begin == 0 ? first : each, bytes.length - begin);
      System.arraycopy(input.array(), input.position(), input.array(), 0, kept);
      System.arraycopy(bytes, begin, input.array(), kept, count);
      input.present(0, kept + count);
      begin += count;
      try {
        HttpRequest request;
        while (input.remaining() > 0 && (request = decoder.decode(input)) != null) {
          verdict.add(200);
          if (Http.codec().isLast(request)) {
            return verdict;
          }
        }
      } catch (ProtocolException e) {
        verdict.add(e.code());
        return verdict;
      }
      kept = input.remaining();
    }
    return verdict;
  }
}
