package io.quintet.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Private keys in the forms in which they are written: PKCS#8 (RFC 5958), encrypted or not, PKCS#1
 * (RFC 8017) and SEC 1 (RFC 5915). What is thrown says what a key is instead, and what would help.
 */
final class PrivateKeys {
  static final String VALID =
      "valid is a key in PEM: PKCS#8, encrypted or not, PKCS#1 (RSA) or SEC 1 (EC)";

  private static final List<String> KINDS = List.of("EC", "RSA", "RSASSA-PSS", "Ed25519", "Ed448");

  private static final List<String> CURVES = List.of("secp256r1", "secp384r1", "secp521r1");

  private static final String UNUSED =
      "of a kind or curve that TLS does not use; valid are EC on "
          + String.join(", ", CURVES)
          + ", RSA, Ed25519 and Ed448";

  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int PARAMETERS = 0xa0;

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};

  /** rsaEncryption, 1.2.840.113549.1.1.1, and its parameters, which are NULL. */
  private static final byte[] RSA = {
    0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0
  };

  /** id-ecPublicKey, 1.2.840.10045.2.1; its parameters are the curve. */
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private PrivateKeys() {}

  /** Whether a block is a private key of some form. */
  static boolean isKey(Pem block) {
    return block.label().endsWith("PRIVATE KEY");
  }

  /**
   * Reads one.
   *
   * @param block a private key
   * @param curve what a block EC PARAMETERS beside it holds; empty where there is none
   * @param password of an encrypted one
   * @throws IllegalArgumentException if it cannot be read, with what it is, and what is valid
   */
  static PrivateKey read(Pem block, byte[] curve, char[] password) {
    if (block.encrypted()) {
      throw new IllegalArgumentException(
          "a key that is encrypted in OpenSSL's old form; valid is an encrypted PKCS#8 one, as"
              + " openssl pkcs8 -topk8 -in FILE -out NEW writes it");
    }
    return switch (block.label()) {
      case "PRIVATE KEY" -> plain(block.content());
      case "ENCRYPTED PRIVATE KEY" -> plain(decrypted(block.content(), password));
      case "RSA PRIVATE KEY" -> plain(ofPkcs1(block.content()));
      case "EC PRIVATE KEY" -> plain(ofSec1(block.content(), curve));
      case "OPENSSH PRIVATE KEY" ->
          throw new IllegalArgumentException(
              "a key in OpenSSH's form; " + VALID + ", as ssh-keygen -p -m PKCS8 writes it");
      default -> throw new IllegalArgumentException("a " + block.label() + "; " + VALID);
    };
  }

  private static PrivateKey plain(byte[] encoded) {
    GeneralSecurityException why = null;
    for (String kind : KINDS) {
      PrivateKey key;
      try {
        key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (GeneralSecurityException e) {
        why = e; // of another kind, or damaged
        continue;
      }
      requireUsable(key);
      return key;
    }
    throw new IllegalArgumentException("a private key that is damaged, or " + UNUSED, why);
  }

  /** Refuses a key with which TLS cannot sign. */
  static void requireUsable(PrivateKey key) {
    boolean usable =
        key instanceof ECKey onCurve
            ? CURVES.stream().anyMatch(name -> isOn(onCurve.getParams(), name))
            : key instanceof RSAKey || key.getAlgorithm().equals("EdDSA");
    if (!usable) {
      throw new IllegalArgumentException("a private key " + UNUSED);
    }
  }

  private static boolean isOn(ECParameterSpec curve, String name) {
    try {
      AlgorithmParameters known = AlgorithmParameters.getInstance("EC");
      known.init(new ECGenParameterSpec(name));
      return known.getParameterSpec(ECParameterSpec.class).getCurve().equals(curve.getCurve());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static byte[] decrypted(byte[] encoded, char[] password) {
    if (password.length == 0) {
      throw new IllegalArgumentException(
          "an encrypted private key; its password is the option tlsPassword");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(encoded);
      AlgorithmParameters parameters = info.getAlgParameters();
      // what PBES2 is made of stands in its parameters alone
      String name = parameters == null ? info.getAlgName() : parameters.toString();
      PBEKeySpec spec = new PBEKeySpec(password);
      return info.getKeySpec(SecretKeyFactory.getInstance(name).generateSecret(spec)).getEncoded();
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalArgumentException(
          "an encrypted private key that is damaged, or encrypted otherwise than by PBES2 with"
              + " PBKDF2 and AES, as openssl pkcs8 -topk8 writes it",
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "an encrypted private key that the option tlsPassword does not open", e);
    }
  }

  /** PKCS#8 holds the whole of a PKCS#1 key. */
  private static byte[] ofPkcs1(byte[] key) {
    return field(SEQUENCE, VERSION_0, field(SEQUENCE, RSA), field(OCTET_STRING, key));
  }

  /** And the whole of a SEC 1 key, whose curve is said outside of it. */
  private static byte[] ofSec1(byte[] key, byte[] curve) {
    byte[] known = curve.length == 0 ? curveOf(key) : curve;
    return field(SEQUENCE, VERSION_0, field(SEQUENCE, EC, known), field(OCTET_STRING, key));
  }

  private static byte[] curveOf(byte[] key) {
    try {
      ByteBuffer rest = ByteBuffer.wrap(key);
      take(rest, SEQUENCE);
      skip(rest, INTEGER);
      skip(rest, OCTET_STRING);
      byte[] curve = new byte[take(rest, PARAMETERS)];
      rest.get(curve);
      return curve;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "an EC private key that is damaged or does not say its curve; " + VALID, e);
    }
  }

  // DER, X.690.

  private static void skip(ByteBuffer from, int tag) {
    from.position(take(from, tag) + from.position());
  }

  /** Takes a field's head; gives the length of what follows. */
  private static int take(ByteBuffer from, int tag) {
    if ((from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("another field");
    }
    int length = from.get() & 0xff;
    if (length < 0x80) {
      return length;
    }
    int bytes = length & 0x7f;
    length = 0;
    for (int i = 0; i < bytes; i++) {
      length = Math.addExact(Math.multiplyExact(length, 256), from.get() & 0xff);
    }
    return length;
  }

  private static byte[] field(int tag, byte[]... contents) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int length = 0;
    for (byte[] content : contents) {
      length += content.length;
    }
    all.write(tag);
    if (length < 0x80) {
      all.write(length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      all.write(0x80 | bytes);
      for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        all.write(length >>> shift);
      }
    }
    for (byte[] content : contents) {
      all.writeBytes(content);
    }
    return all.toByteArray();
  }
}
