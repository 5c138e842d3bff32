/**
 * HTTP/1.1 by RFC 9110 and RFC 9112, strict: what is malformed is refused with 400 and a close,
 * never guessed.
 */
@NullMarked
package io.quintet.http;

import org.jspecify.annotations.NullMarked;
