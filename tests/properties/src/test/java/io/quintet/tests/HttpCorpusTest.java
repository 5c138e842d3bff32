package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Input;
import io.quintet.http.Http;
import io.quintet.testkit.HttpCorpus;
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
    List<Integer> verdict = new ArrayList<>();
    Decoding.feed(
            Http.codec().decoder(),
            new Input(bytes.length),
            bytes,
            begin -> Math.min(begin + (begin == 0 ? first : each), bytes.length),
            request -> {
              verdict.add(200);
              return !Http.codec().isLast(request);
            })
        .ifPresent(refusal -> verdict.add(refusal.code()));
    return verdict;
  }
}
