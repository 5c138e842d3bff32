/**
 * Codecs: bytes into requests, replies into bytes, and nothing of sockets.
 *
 * <p>A {@link io.quintet.codec.Codec} makes the decoders and encoders that loops use; {@link
 * io.quintet.codec.Echo} and {@link io.quintet.codec.Line} are two small ones to learn from.
 */
@NullMarked
package io.quintet.codec;

import org.jspecify.annotations.NullMarked;
