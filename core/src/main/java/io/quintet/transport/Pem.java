package io.quintet.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of a PEM file, RFC 7468. Text around blocks is ignored, as is usual.
 *
 * @param label what it says it holds, such as {@code CERTIFICATE}
 * @param content its bytes
 * @param encrypted whether it is encrypted as OpenSSL did before PKCS#8 (RFC 1421's Proc-Type)
 */
record Pem(String label, byte[] content, boolean encrypted) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([^-\r\n]*)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final Pattern FIELDS =
      Pattern.compile("\\A\\s*(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+");

  /** Whether a file is one of PEM. */
  static boolean isPem(byte[] file) {
    return new String(file, ISO_8859_1).contains("-----BEGIN ");
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if a block is damaged, with what it is
   */
  static List<Pem> read(byte[] file) {
    String text = new String(file, ISO_8859_1);
    List<Pem> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    int end = 0;
    while (matcher.find()) {
      requireNoBeginning(text.substring(end, matcher.start()));
      blocks.add(block(matcher.group(1), matcher.group(2)));
      end = matcher.end();
    }
    requireNoBeginning(text.substring(end));
    return blocks;
  }

  private static void requireNoBeginning(String between) {
    int begin = between.indexOf("-----BEGIN ");
    if (begin >= 0) {
      throw new IllegalArgumentException(
          between.substring(begin).lines().findFirst().orElse("a block") + " has no end");
    }
  }

  private static Pem block(String label, String body) {
    Matcher fields = FIELDS.matcher(body);
    boolean hasFields = fields.find();
    boolean encrypted = hasFields && fields.group().contains("ENCRYPTED");
    String encoded = hasFields ? body.substring(fields.end()) : body;
    try {
      byte[] content = Base64.getDecoder().decode(encoded.replaceAll("\\s", ""));
      return new Pem(label, content, encrypted);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a block " + label + " is no Base64", e);
    }
  }
}
